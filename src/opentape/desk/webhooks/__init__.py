"""Webhooks: who is told of what, when it is tried again, and when nobody is any more.

Decisions and use cases; rows are kept and requests are made behind ports.
"""
