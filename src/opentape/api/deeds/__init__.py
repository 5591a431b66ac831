"""Deeds: what callers do with what is theirs, where routes only ask about the market."""
