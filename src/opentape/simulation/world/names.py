"""Table: the underlyings of the simulated market, and those that are invented."""

from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.simulation.chance import stream
from opentape.simulation.options import MarketOptions


class Kind(IntEnum):
    """What an underlying is."""

    STOCK = 0
    FUND = 1
    INDEX = 2


class Name(NamedTuple):
    """One underlying as it stood before the first session."""

    symbol: str
    title: str
    sector: str
    """GICS sector of a stock; `Fund` or `Index`."""
    kind: Kind
    rank: int
    """Place by activity in the whole market, 1 for the busiest."""
    spot: float
    vol: float
    """ATM, 30 days."""
    beta: float
    """Against the market."""
    carry: float
    """Dividend yield, a fraction per year."""
    shares_m: float
    """Shares outstanding, millions."""


SECTORS: Final = (
    "Information Technology",
    "Health Care",
    "Financials",
    "Consumer Discretionary",
    "Communication Services",
    "Industrials",
    "Consumer Staples",
    "Energy",
    "Utilities",
    "Real Estate",
    "Materials",
)
_TECH, _DISCRETIONARY, _COMMUNICATION = SECTORS[0], SECTORS[3], SECTORS[4]
_FUND, _INDEX = "Fund", "Index"
_K: Final = Kind
DEFAULTS: Final = (
    Name("SPY", "S&P 500 fund", _FUND, _K.FUND, 1, 652.0, 0.145, 1.0, 0.012, 1_010),
    Name("QQQ", "Nasdaq 100 fund", _FUND, _K.FUND, 3, 588.0, 0.19, 1.25, 0.006, 630),
    Name("IWM", "Russell 2000 fund", _FUND, _K.FUND, 6, 238.0, 0.22, 1.2, 0.011, 290),
    Name("SPX", "S&P 500", _INDEX, _K.INDEX, 2, 6540.0, 0.145, 1.0, 0.013, 0),
    Name("VIX", "Volatility index", _INDEX, _K.INDEX, 45, 16.5, 0.95, -6.0, 0.0, 0),
    Name("NVDA", "NVDA", _TECH, _K.STOCK, 4, 178.0, 0.40, 1.8, 0.0003, 24_300),
    Name("TSLA", "TSLA", _DISCRETIONARY, _K.STOCK, 5, 396.0, 0.52, 1.9, 0.0, 3_220),
    Name("AAPL", "AAPL", _TECH, _K.STOCK, 7, 236.0, 0.26, 1.1, 0.0044, 14_840),
    Name("META", "META", _COMMUNICATION, _K.STOCK, 11, 756.0, 0.31, 1.3, 0.0028, 2_510),
    Name("AMZN", "AMZN", _DISCRETIONARY, _K.STOCK, 8, 231.0, 0.30, 1.3, 0.0, 10_660),
    Name("MSFT", "MSFT", _TECH, _K.STOCK, 12, 511.0, 0.22, 1.0, 0.0071, 7_430),
    Name("GOOGL", "GOOGL", _COMMUNICATION, _K.STOCK, 14, 243.0, 0.29, 1.1, 0.0034, 12_100),
)
"""Real names with made levels; none of their prints ever traded."""
_FIRST_FREE_RANK: Final = 15
_ZIPF: Final = 1.05
_ZIPF_SHIFT: Final = 1.5


def names_of(options: MarketOptions) -> tuple[Name, ...]:
    """Return the underlyings of a market, those that are asked for in the order given.

    Invented ones are four letters from `Z`; their levels depend on the letters alone.
    """
    known = {name.symbol: name for name in DEFAULTS}
    if options.symbols:
        fresh = (symbol for symbol in options.symbols if symbol not in known)
        ranks = {symbol: _FIRST_FREE_RANK + at for at, symbol in enumerate(fresh)}
        return tuple(
            known.get(symbol) or _invented(symbol, ranks[symbol])
            for symbol in options.symbols
        )
    wanted = len(DEFAULTS) if options.names is None else options.names
    more = range(wanted - len(DEFAULTS))
    invented = [_invented(_letters(at), _FIRST_FREE_RANK + at) for at in more]
    return (*DEFAULTS[:wanted], *invented)


def activity(names: tuple[Name, ...]) -> NDArray[np.float64]:
    """Return the share of the tape's orders that each name has: Zipf's law by rank."""
    rank = np.array([name.rank for name in names], np.float64)
    share = (rank + _ZIPF_SHIFT) ** -_ZIPF
    return np.asarray(share / share.sum())


def _letters(number: int) -> str:
    return "Z" + "".join(chr(ord("A") + number // 26**place % 26) for place in (2, 1, 0))


def _invented(symbol: str, rank: int) -> Name:
    rng = stream(0, "name", symbol)
    spot = round(float(np.clip(rng.lognormal(3.8, 0.9), 4.0, 900.0)), 2)
    return Name(
        symbol=symbol,
        title=f"{symbol} (invented)",
        sector=SECTORS[int(rng.integers(len(SECTORS)))],
        kind=Kind.STOCK,
        rank=rank,
        spot=spot,
        vol=round(float(np.clip(rng.lognormal(-0.85, 0.35), 0.14, 1.6)), 3),
        beta=round(float(rng.normal(1.1, 0.3)), 2),
        carry=round(float(max(0.0, rng.normal(0.008, 0.012))), 4),
        shares_m=round(float(rng.lognormal(5.5, 1.0)), 1),
    )
