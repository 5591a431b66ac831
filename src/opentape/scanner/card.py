"""The direction of a watchlist on a card: a line a symbol."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from opentape.client.wire.replies import SummaryReply

HEAD: Final = (
    f"{'SYM':6} {'DIR':8} {'NET PREMIUM':>16} {'OPEN':>14} {'CLOSE':>14} {'SIGNALS':>8}"
)


class Order(StrEnum):
    """How the lines of a card are sorted."""

    WATCHLIST = "watchlist"
    """As the symbols were given."""
    NET = "net"
    """Most bullish first."""
    SIZE = "size"
    """Largest net premium of either direction first."""
    SIGNALS = "signals"
    """Most signals first."""
    SYMBOL = "symbol"


class Row(NamedTuple):
    """One line of a card."""

    symbol: str
    net: float
    """Bullish less bearish premium, US dollars."""
    opening: float
    closing: float
    signals: int

    @property
    def direction(self) -> str:
        """Which way the net premium leans."""
        return "BULLISH" if self.net > 0 else "BEARISH" if self.net < 0 else "NEUTRAL"

    @property
    def text(self) -> str:
        """The line."""
        return (
            f"{self.symbol:6} {self.direction:8} "
            f"${self.net:>14,.0f} "
            f"${self.opening:>12,.0f} "
            f"${self.closing:>12,.0f} "
            f"{self.signals:>8}"
        )


def row(symbol: str, summary: SummaryReply) -> Row:
    """Return the line of a symbol; what its server does not tell counts as none."""
    return Row(
        symbol,
        summary.net_directional_premium or 0,
        summary.opening_premium or 0,
        summary.closing_premium or 0,
        summary.signal_count or 0,
    )


def heading(window_minutes: int) -> str:
    """Return what stands above the lines: two lines after an empty one."""
    return f"\n=== Watchlist Direction Card (window={window_minutes}m) ===\n{HEAD}"


def ordered(rows: Sequence[Row], order: Order) -> list[Row]:
    """Return the lines in an order; those that are alike stay as they are.

    Examples
    --------
    >>> rows = [Row("A", -5, 0, 0, 2), Row("B", 3, 0, 0, 9), Row("C", 0, 0, 0, 1)]
    >>> ["".join(one.symbol for one in ordered(rows, order)) for order in Order]
    ['ABC', 'BCA', 'ABC', 'BAC', 'ABC']
    """
    if order is Order.NET:
        return sorted(rows, key=lambda one: -one.net)
    if order is Order.SIZE:
        return sorted(rows, key=lambda one: -abs(one.net))
    if order is Order.SIGNALS:
        return sorted(rows, key=lambda one: -one.signals)
    return sorted(rows, key=lambda one: one.symbol) if order is Order.SYMBOL else list(rows)
