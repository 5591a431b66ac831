"""Settings to simulated markets: made, kept, played."""
