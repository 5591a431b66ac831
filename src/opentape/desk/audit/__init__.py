"""The audit: what the engine concludes about a simulated tape, held against its truth.

The engine runs as it does in a replay. What it concluded about each print is then compared
with the files beside the tape, which it never reads.
"""
