"""The ring, outwards: webhooks signed, sent and recorded. Fills the desk's ports.

May import the desk and what is below it; knows none of its siblings.
"""
