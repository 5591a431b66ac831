"""A session that is over, on disk: its columns in Parquet, its other facts in SQLite.

Prints are sorted by underlying within slices of some two million, each with the place it
arrived at: one underlying is read alone, and the order of arrival comes back exactly.
"""
