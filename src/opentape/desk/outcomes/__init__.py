"""What underlyings did after signals, beside what they did after like trades.

Columns in, rows out: it knows of signals when they were told and at which prices their
underlyings stood, whether a folder was played or sessions were kept.
"""
