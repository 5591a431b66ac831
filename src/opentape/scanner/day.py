"""The strongest tickers of a day: premium weighted by score."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from opentape.client.wire.replies import FlowSignal
from opentape.scanner.lines import dollars

MOST = 5
AT = dt.time(16, 5)
"""New York; the closing prints are in."""
UNTIL = dt.time(20)
"""A digest that is later than this is no news."""
MINUTES = 395
"""From the open to `AT`."""


class Ticker(NamedTuple):
    """What the signals of one ticker come to."""

    symbol: str
    weighted: float
    """Premium of each signal times its score out of 100, summed; US dollars."""
    net: float
    """Bullish less bearish of the same."""
    premium: float
    signals: int

    @property
    def direction(self) -> str:
        """Which way it leans."""
        return "BULLISH" if self.net > 0 else "BEARISH" if self.net < 0 else "NEUTRAL"

    @property
    def text(self) -> str:
        """One line."""
        return (
            f"{self.symbol:6} {self.direction:8} weighted {dollars(self.weighted)}, "
            f"premium {dollars(self.premium)}, {self.signals} signals"
        )


class Digest(NamedTuple):
    """The strongest tickers of a day, strongest first."""

    date: dt.date
    tickers: tuple[Ticker, ...]

    @property
    def title(self) -> str:
        """What stands above it."""
        return f"Top {len(self.tickers)} of {self.date}"


def digest(
    date: dt.date, signals: Iterable[tuple[str, FlowSignal]], most: int = MOST
) -> Digest:
    """Return the strongest tickers among signals, each given with its symbol.

    Examples
    --------
    >>> flow = [("A", FlowSignal(premium=100.0, score=90, intent="bullish")),
    ...         ("B", FlowSignal(premium=300.0, score=50, intent="bearish"))]
    >>> [(one.symbol, one.weighted) for one in digest(dt.date(2026, 5, 21), flow).tickers]
    [('B', 150.0), ('A', 90.0)]
    """
    by_symbol = defaultdict[str, list[FlowSignal]](list)
    for symbol, signal in signals:
        by_symbol[symbol].append(signal)
    found = [_ticker(symbol, some) for symbol, some in by_symbol.items()]
    best = sorted(found, key=lambda one: (-one.weighted, one.symbol))
    return Digest(date, tuple(best[:most]))


def _ticker(symbol: str, signals: list[FlowSignal]) -> Ticker:
    weights = [(one.premium or 0.0) * (one.score or 0) / 100 for one in signals]
    signs = {"bullish": 1, "bearish": -1}
    net = sum(
        weight * signs.get(one.intent, 0)
        for weight, one in zip(weights, signals, strict=True)
    )
    premium = sum(one.premium or 0.0 for one in signals)
    return Ticker(symbol, sum(weights), net, premium, len(signals))
