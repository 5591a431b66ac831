"""Who holds what and what it forces them to do. Imports `pricing` and `market` only."""
