"""What has come of a trade date: its rows, and where the clock of the tape stood at each.

May import what `flow` may, but no state of the fold. Rows are found by contract and by
time at any hour in a few milliseconds; nothing is paid for that while nobody asks.
"""
