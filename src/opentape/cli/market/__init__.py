"""The verbs about simulated markets.

Asks the desk and wiring, as all of `cli` does; takes words and arguments from the room
above.
"""
