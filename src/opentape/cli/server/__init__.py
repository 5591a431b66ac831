"""Verbs about the server: who may ask it, and how it starts quickly."""
