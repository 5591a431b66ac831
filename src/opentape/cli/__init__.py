"""One file a verb; asks the desk, prints the answer."""
