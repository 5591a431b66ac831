"""Rules over sessions of the past: what they would have told, and what came after.

It folds sessions as they were taken and says when something was told; what a rule is, it
does not know.
"""
