"""Keys, plans and limits: who asks, what the plan has, and how often it may be asked.

Imports the market only. Keys are kept by a store behind a port; requests read memory.
"""
