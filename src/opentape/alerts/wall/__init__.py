"""The wall: requests to URLs that others chose reach public addresses only.

A URL is read once, by rules stricter than any client's; every address of its name is
checked; the address that was checked is the one that is dialled.
"""
