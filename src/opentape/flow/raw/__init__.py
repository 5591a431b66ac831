"""Raw flow: what was traded, print by print and minute by minute, before anyone judges it.

May import what `flow` may. Accumulators belong to one thread; views of them are handed to
any other and never change.
"""
