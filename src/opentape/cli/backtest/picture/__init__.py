"""The picture of a backtest."""
