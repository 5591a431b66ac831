"""Who holds what: positions of customers and dealers, print by print.

All customers together are long and short of a contract, the dealers are one net book, and
every print changes one customer's position against theirs. Open interest is then the
larger of what customers hold long and what they hold short: the dealers have the rest.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.pricing.jit import kernel
from opentape.simulation.records import BookKept

_OF_LISTED: Final = 9.0
"""Open interest of the market over the contracts of a usual day."""
_EVENED: Final = 0.55
"""Open interest lies more evenly over contracts than a day's volume: its power."""
_TRADED_BEFORE: Final = 0.8
"""Share of the listed contracts that anybody holds."""
_LONG: Final = 0.48
"""Share of contracts that customers hold more of long than short: they write as much."""


class Positions(NamedTuple):
    """What customers hold of each listed contract, and what traded so far."""

    long: NDArray[np.int64]
    """Purchases that opened less sales that closed; below 0 see `sides`."""
    short: NDArray[np.int64]
    volume: NDArray[np.int64]
    last: NDArray[np.int64]
    """Price of the last print in cents, 0 before the first."""

    @property
    def open_interest(self) -> NDArray[np.int64]:
        """Contracts that are held, whoever holds them."""
        return np.maximum(*self.sides)

    @property
    def sides(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """What customers hold long and short, neither below nought.

        Where a cancel took back an opening that others had closed against, what closed it
        turns out to have opened the other side.
        """
        long, short = np.maximum(self.long, 0), np.maximum(self.short, 0)
        return long + short - self.short, short + long - self.long


def opening(
    popularity: NDArray[np.float64], contracts: float, rng: np.random.Generator
) -> Positions:
    """Return what customers hold when the market is first met.

    Parameters
    ----------
    popularity
        How much each contract trades, against the others.
    contracts
        Volume of a usual day.
    """
    usual = popularity**_EVENED
    held = usual * np.exp(1.3 * rng.standard_normal(usual.size))
    held *= rng.random(usual.size) < _TRADED_BEFORE
    total = max(float(held.sum()), 1e-9)
    interest = np.rint(held * (_OF_LISTED * contracts / total))
    other = np.rint(interest * (0.35 + 0.65 * rng.random(usual.size)))
    more_long = rng.random(usual.size) < _LONG
    return empty(usual.size)._replace(
        long=np.where(more_long, interest, other).astype(np.int64),
        short=np.where(more_long, other, interest).astype(np.int64),
    )


def empty(contracts: int) -> Positions:
    """Return positions of nobody."""
    return Positions(*(np.zeros(contracts, np.int64) for _ in Positions._fields))


class Trades(NamedTuple):
    """Prints and cancels in order of time, as far as positions go."""

    contract: NDArray[np.int32]
    size: NDArray[np.int64]
    """Contracts; below 0 on a row that takes a print back."""
    customer: NDArray[np.int8]
    price: NDArray[np.int64]
    """Cents."""
    takes_back: NDArray[np.int64]
    """The row of the print that is taken back, -1 where it is not among these."""


def trade(
    positions: Positions,
    trades: Trades,
    opens: NDArray[np.int8],
    oi_change: NDArray[np.int32],
) -> None:
    """Fold prints into positions.

    A customer who would close more than customers hold opens: `opens` is set to what
    happened. A cancel unmakes what the print of its side and `opens` did. `oi_change` is
    filled.
    """
    _fold(*positions, *trades, opens, oi_change)


@kernel
def _held(long: int, short: int) -> int:
    return max(max(long, 0) + max(-short, 0), max(short, 0) + max(-long, 0))


@kernel
def _fold(
    long: NDArray[np.int64],
    short: NDArray[np.int64],
    volume: NDArray[np.int64],
    last: NDArray[np.int64],
    contract: NDArray[np.int32],
    size: NDArray[np.int64],
    customer: NDArray[np.int8],
    price: NDArray[np.int64],
    takes_back: NDArray[np.int64],
    opens: NDArray[np.int8],
    oi_change: NDArray[np.int32],
) -> None:
    for row in range(contract.size):
        at = contract[row]
        lots = size[row]
        before = _held(int(long[at]), int(short[at]))
        side = customer[row]
        if takes_back[row] >= 0:
            opens[row] = opens[takes_back[row]]
        closable = short[at] if side > 0 else long[at]
        if lots > 0 and side != 0 and opens[row] == 0 and closable < lots:
            opens[row] = 1
        if side > 0:
            if opens[row] == 1:
                long[at] += lots
            else:
                short[at] -= lots
        elif side < 0:
            if opens[row] == 1:
                short[at] += lots
            else:
                long[at] -= lots
        volume[at] += lots
        if lots > 0:
            last[at] = price[row]
        oi_change[row] = _held(int(long[at]), int(short[at])) - before


def kept(before: Positions, after: Positions) -> BookKept:
    """Return who held each contract at the open and the close, where anybody did.

    One that only traded in prints that were taken back is among them.
    """
    place = np.flatnonzero((before.open_interest > 0) | (after.last > 0))
    (long, short), (long_close, short_close) = before.sides, after.sides
    return BookKept(
        contract=place.astype(np.int32),
        open_interest=before.open_interest[place],
        next_open_interest=after.open_interest[place],
        volume=after.volume[place],
        customer_long=long[place],
        customer_short=short[place],
        customer_long_close=long_close[place],
        customer_short_close=short_close[place],
    )
