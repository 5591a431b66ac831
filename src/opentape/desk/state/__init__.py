"""What stands now: immutable views of the market, one for each underlying."""
