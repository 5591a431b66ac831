"""Verbs about the server: who may ask it."""
