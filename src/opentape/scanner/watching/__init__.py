"""The daemon: what was alerted, what is still to be told, and the loops that do it."""
