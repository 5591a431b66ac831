"""Rules: which signals matter, written by traders, checked before they run."""
