"""What every request passes first: its path, its origin, its key, its limits.

Plain ASGI layers, no framework; `guard` puts them on.
"""
