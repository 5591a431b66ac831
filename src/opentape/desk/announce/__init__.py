"""What the engine tells, put into the outbox: each thing once, whatever happens between."""
