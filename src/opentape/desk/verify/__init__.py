"""Verify: what was told of signals, held against the evidence that was kept beside it.

The rules are written down a second time here, one print and one signal at a time in plain
Python, from the description of the method. Nothing of the fold and none of its kernels is
used: what both say alike was not made by one mistake.
"""
