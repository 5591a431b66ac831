"""Numbers: float64 arrays in, float64 arrays out. Knows no contract; imports `market` only."""
