"""The market as a fold over facts, and the views that are cut from it."""
