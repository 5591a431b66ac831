"""The verbs that ask a running server: scan, card, top, stream."""
