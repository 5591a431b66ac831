"""Copies of all that an installation keeps: application data and sessions.

A backup is a folder or a tar archive of `backup.json`, `opentape.db` (application data,
whatever database it came from), `sessions` and `SHA256SUMS` over all of them.
"""
