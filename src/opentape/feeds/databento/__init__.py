"""Databento's DBN files to prints and open interest; knows no other vendor."""

from opentape.feeds.databento.source import DbnSource

__all__ = ["DbnSource"]
