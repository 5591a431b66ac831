"""The verbs about chains and single options: `chain`, `price`, `iv`.

Asks the desk and wiring, as all of `cli` does; takes words and arguments from the room
above.
"""
