"""Options-flow engine: prints in, the intentions behind them out."""

__version__ = "0.1.0"
