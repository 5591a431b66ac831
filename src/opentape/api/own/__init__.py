"""What callers own, and do with it: deeds, one module a noun."""
