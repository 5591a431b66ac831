"""The national best bid and offer of contracts at instants, and who shows it.

A quote is a function of contract and instant: what a contract is worth, a width that fits
its price and how busy its name is, and noise that is redrawn once a second.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.market.calendar import SECOND_NS
from opentape.simulation.chance import noise
from opentape.simulation.world.listing import Listing
from opentape.simulation.world.names import Kind, Name
from opentape.simulation.world.surface import Asked, Floats

_CHANGES_NS: Final = SECOND_NS
"""A quote stays as it is for this long, but for its spot."""
_PENNY: Final = frozenset({"SPY", "QQQ", "IWM"})
"""Quoted in cents at every price."""
_PENNIED: Final = 600
"""Names up to this rank are quoted in cents below $3, in nickels above."""
_STEP_AT: Final = 3.0
"""Dollars: where the tick grows."""
_STEP_CENTS: Final = 300
_DEEPEST: Final = 20_000

# what the noise is for
_WIDTH, _LEAN, _BID_SIZE, _ASK_SIZE, _SHOWN, _PURPOSES = range(6)
_WORD: Final = 1 << 64


class Quotes(NamedTuple):
    """National best quotes, one a row; prices in cents."""

    bid: NDArray[np.int64]
    ask: NDArray[np.int64]
    tick: NDArray[np.int64]
    bid_size: NDArray[np.int64]
    """Contracts, of all venues at the best price together."""
    ask_size: NDArray[np.int64]
    shown: NDArray[np.int64]
    """How many venues stand at the best offer or bid."""


class Habits(NamedTuple):
    """How each name is quoted, a row a name."""

    below: NDArray[np.int64]
    """Tick below $3 in cents."""
    above: NDArray[np.int64]
    width: Floats
    """How wide, against the busiest name."""
    depth: Floats
    """Contracts usually shown at a price."""
    venues: Floats
    """Venues that usually stand at the best price."""


def habits_of(names: Sequence[Name]) -> Habits:
    """Return how each name is quoted: the busier, the tighter and deeper."""
    rank = np.array([name.rank for name in names], np.float64)
    index = np.array([name.kind is Kind.INDEX for name in names])
    penny = np.array([name.symbol in _PENNY for name in names])
    cents = rank <= _PENNIED
    return Habits(
        below=np.where(cents & ~index, 1, 5),
        above=np.where(penny, 1, np.where(cents & ~index, 5, 10)),
        width=0.55 * rank**0.34,
        depth=np.maximum(180.0 / rank**0.35, 12.0),
        venues=np.where(index, 1.0, np.maximum(11.0 / rank**0.18, 3.5)),
    )


def quote(
    asked: Asked, fair: Floats, listing: Listing, habits: Habits, seed: int
) -> Quotes:
    """Return the best quotes around what contracts are worth."""
    name = listing.block_name[listing.block[asked.strike]]
    contract = 2 * asked.strike + asked.put
    second = asked.ts_ns // _CHANGES_NS

    def chance(purpose: int) -> Floats:
        return noise((_PURPOSES * seed + purpose) % _WORD, contract, second)

    tick = np.where(fair < _STEP_AT, habits.below[name], habits.above[name])
    cents = 100.0 * fair
    far = 0.11 * np.sqrt(asked.spot) * np.minimum(cents / 60.0, 1.0)
    usual = habits.width[name] * (0.6 + 0.02 * cents**0.75 + far)
    spread = chance(_WIDTH)
    ticks = np.maximum(np.rint(usual * (0.5 + 1.2 * spread * spread + 0.4) / tick), 1.0)
    width = ticks * tick
    lean = 0.5 + 0.36 * (chance(_LEAN) - 0.5)
    bid = np.maximum(np.floor((cents - lean * width) / tick + 0.5) * tick, 0.0)
    ask = bid + width
    # a quote that straddles the price where ticks grow is on either one's grid
    above = habits.above[name]
    bid = np.where(bid > _STEP_CENTS, np.floor(bid / above) * above, bid)
    ask = np.where(ask > _STEP_CENTS, np.ceil(ask / above) * above, ask)
    depth = habits.depth[name] * (0.4 + 2.0 / (1.0 + fair))
    bids, asks = chance(_BID_SIZE), chance(_ASK_SIZE)
    return Quotes(
        bid=bid.astype(np.int64),
        ask=ask.astype(np.int64),
        tick=tick,
        bid_size=_sizes(depth, bids),
        ask_size=_sizes(depth, asks),
        shown=_shown(habits.venues[name], chance(_SHOWN)),
    )


def _sizes(depth: Floats, u: Floats) -> NDArray[np.int64]:
    """Return contracts at a price: heavy-tailed around what is usual."""
    size = depth * np.exp(1.1 * np.log(u / (1.0 - u)) * 0.5)
    return np.clip(np.rint(size), 1, _DEEPEST).astype(np.int64)


def _shown(usual: Floats, u: Floats) -> NDArray[np.int64]:
    return np.clip(np.rint(usual * (0.5 + u)), 1, 18).astype(np.int64)
