"""The server about itself: whether it can answer, and what it has counted."""
