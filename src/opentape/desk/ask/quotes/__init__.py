"""Quotes: of a stock, of option contracts, and which contracts are listed."""
