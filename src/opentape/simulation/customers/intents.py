"""Table: who sends orders, and what each kind of customer likes to trade."""

from typing import Final, NamedTuple

from opentape.simulation.records import INTENTS, STYLES


class Intent(NamedTuple):
    """A kind of customer: probabilities, and ranges drawn from evenly."""

    share: tuple[float, float, float]
    """Of the single orders of stocks, funds and indices."""
    calls: float
    """How many of his orders are in calls."""
    out: tuple[float, float]
    """Mean and deviation of the strike, in deviations out of the money."""
    days: tuple[int, int]
    """Calendar days to expiry, drawn evenly in logs."""
    buys: float
    opens_bought: float
    """How many of his purchases open rather than close."""
    opens_sold: float
    rests: float
    """How many of his electronic orders rest on the book until somebody hits them."""
    scale: float
    """Sizes, against the usual."""
    hedges: bool = False


_NEVER: Final = (0.0, 0.0, 0.0)
TABLE: Final = {
    "directional": Intent(
        (32, 18, 8), 0.60, (0.6, 0.6), (1, 45), 0.70, 0.80, 0.30, 0.09, 1.2
    ),
    "lottery": Intent((22, 12, 6), 0.66, (1.5, 0.6), (0, 8), 0.72, 0.85, 0.15, 0.09, 0.7),
    "zero_dte": Intent((6, 34, 44), 0.50, (0.45, 0.5), (0, 0), 0.51, 0.60, 0.55, 0.11, 0.8),
    "overwriter": Intent((9, 5, 3), 1.0, (0.9, 0.4), (14, 50), 0.22, 0.05, 0.95, 0.20, 1.0),
    "put_writer": Intent((8, 7, 8), 0.00, (0.9, 0.4), (5, 45), 0.22, 0.05, 0.95, 0.20, 0.9),
    "hedger": Intent(
        (3, 9, 14), 0.08, (1.0, 0.6), (20, 200), 0.84, 0.95, 0.10, 0.20, 2.2, hedges=True
    ),
    "profit_taker": Intent(
        (17, 13, 14), 0.58, (-0.1, 0.8), (0, 40), 0.25, 0.02, 0.02, 0.16, 1.0
    ),
    "leaps": Intent((3, 2, 3), 0.70, (0.2, 0.8), (180, 900), 0.70, 0.90, 0.45, 0.40, 1.1),
    "institution": Intent(
        (0.8, 1.2, 2.5), 0.50, (0.5, 0.8), (7, 200), 0.52, 0.80, 0.70, 0.25, 6.0
    ),
    "spreader": Intent(_NEVER, 0.5, (0.5, 0.6), (0, 60), 0.5, 0.76, 0.76, 0.0, 1.0),
    "roller": Intent(_NEVER, 0.5, (0.1, 0.7), (1, 30), 0.5, 0.9, 0.9, 0.0, 1.3),
    "arbitrageur": Intent(
        _NEVER, 0.5, (0.0, 0.6), (5, 120), 0.5, 0.7, 0.7, 0.0, 1.0, hedges=True
    ),
}  # fmt: skip
ORDERED: Final = tuple(TABLE[name] for name in INTENTS)
"""By the number that stands for an intent in a column."""


class Style(NamedTuple):
    """A way to execute orders."""

    volume: float
    """Share of the day's contracts in percent."""
    letters: str
    """OPRA letters, each as often as it is written."""
    profile: str
    """Which sizes its orders have."""


WAYS: Final = {
    "auto": Style(37.5, "IIIIIII ", "electronic"),
    "sweep": Style(15.0, "SSSI", "sweep"),
    "worked": Style(4.0, "I", "worked"),
    "auction": Style(8.0, "aaaaaaaab", "auction"),
    "floor": Style(2.5, "e", "floor"),
    "cross": Style(3.5, "cddd", "cross"),
    "complex": Style(11.6, "fffj", "package"),
    "complex_auction": Style(9.0, "gggl", "package"),
    "complex_floor": Style(7.0, "iim", "floor_package"),
    "complex_cross": Style(1.3, "h", "cross_package"),
    "stock_tied": Style(1.0, "nnnkop", "tied"),
    "compression": Style(0.05, "u", "floor"),
}
"""What comes out is electronic 55 %, auctions 17, complex 13, floor 9.5, crosses 4.4 and
stock-tied 1: packages in indices are larger than the table knows."""
ORDERED_WAYS: Final = tuple(WAYS[name] for name in STYLES[:-1])
"""By the number that stands for a style in a column; nobody sends a cancel."""
