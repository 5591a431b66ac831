"""Numbers: float64 arrays in and out. Knows no contract; imports `market` only."""
