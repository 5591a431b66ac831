"""What is there before anybody trades: names, listings, spots, vols, quotes, history."""
