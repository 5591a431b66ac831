"""Questions about who holds what: the settled book, and the one that flow has made."""
