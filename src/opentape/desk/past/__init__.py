"""The past: the market as it stood at any instant that is kept."""
