"""A chain as a picture, the only place that draws with Matplotlib."""
