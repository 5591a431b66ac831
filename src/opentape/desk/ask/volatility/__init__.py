"""The vol dashboard of an underlying: what it did, what options expect, who is exposed."""

from opentape.desk.ask.volatility.answer import volatility
from opentape.desk.ask.volatility.reply import VolatilityReply

__all__ = ["VolatilityReply", "volatility"]
