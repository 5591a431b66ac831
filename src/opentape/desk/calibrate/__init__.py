"""How near a simulated day comes to what is public about the real tape.

Columns in, rows out: each a figure of the day beside its anchor. May import `market`,
`simulation.records` and the desk's ports.
"""
