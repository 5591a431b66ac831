"""American options: price, greeks and vol, with a continuous carry or cash dividends."""

from opentape.pricing.american.answers import American, Dividends, greeks, price, solve

__all__ = ["American", "Dividends", "greeks", "price", "solve"]
