"""What is wrong with a feed: every flaw of its rows noted as they are folded.

May import what `flow` may. A ledger belongs to one thread; views of it are handed to any
other and never change. All of it follows from the rows: no clock is read.
"""
