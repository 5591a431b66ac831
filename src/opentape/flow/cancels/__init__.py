"""Cancels: find the prints that they name, and make their contracts as if they never came.

May import what `flow` may.
"""
