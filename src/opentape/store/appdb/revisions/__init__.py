"""What was done to the tables, one revision a module. What was released never changes.

A new one names the one before it as `down_revision` and spells its tables itself, because
`schema` moves on. There is no way back but a backup, so none has a `downgrade`.
"""
