"""Databento's DBN files to prints, quotes and open interest; knows no other vendor."""

from opentape.feeds.databento.source import DbnSource
from opentape.feeds.databento.standing import StandingQuotes

__all__ = ["DbnSource", "StandingQuotes"]
