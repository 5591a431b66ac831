"""The files of a market folder beside its tape, and the folder played as a live feed."""
