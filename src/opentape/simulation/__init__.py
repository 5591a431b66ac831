"""A market whose truth is known: who traded, why and with whom, and the tape of it.

Pure: numbers in, columns out. May import `market` and `pricing` only, and the engine that
is measured on this market never imports it.
"""
