"""Search the slice nearest to points: outliers made light, laws of no arbitrage held."""
