"""Prints written as vendors write them, each format so that `feeds` reads it back.

A format is one module: batches in, the vendor's own columns out, whole columns at a time.
What it has no place for is in `missing`.
"""
