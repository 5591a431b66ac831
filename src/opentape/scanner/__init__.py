"""The scanner: what signals look like, which of them matter, and whom to tell.

It knows a server only through `opentape.client`, and imports no other room.
"""
