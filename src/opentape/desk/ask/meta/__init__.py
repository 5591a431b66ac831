"""Questions about the server itself: what it knows, whose key it is, how it reckons."""
