"""A session on disk while it runs: one SQLite file, a row an entry, a transaction a row.

`journal` writes it, `kept` reads it, from the same process or another. The places of an
entry are those of the session's own table of contracts, which is kept beside them.
"""
