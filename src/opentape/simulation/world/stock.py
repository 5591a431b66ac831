"""Prints of the underlyings themselves, with their quotes, a minute at a time.

A minute depends on the seed, the day and how much each name trades, so minutes may be made
in any order. Indices do not trade.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from opentape.market.calendar import SECOND_NS, Span
from opentape.market.money import NANOS
from opentape.simulation.chance import drawn, noise, stream

MINUTE_NS: Final = 60 * SECOND_NS
Spot = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.float64]]
"""Dollars, from places of names and nanoseconds since 1970 UTC."""


class Exchange(NamedTuple):
    """One place where stocks trade."""

    mic: str
    share: float
    """Of prints, in per cent."""


EXCHANGES: Final = (
    Exchange("FINN", 42.0),
    Exchange("XNAS", 17.0),
    Exchange("ARCX", 10.0),
    Exchange("XNYS", 7.0),
    Exchange("EDGX", 6.5),
    Exchange("BATS", 5.5),
    Exchange("IEXG", 3.0),
    Exchange("MEMX", 3.0),
    Exchange("EPRL", 1.8),
    Exchange("EDGA", 1.3),
    Exchange("BATY", 1.2),
    Exchange("XPSX", 0.8),
    Exchange("XBOS", 0.7),
    Exchange("LTSE", 0.2),
)
"""The first is the facility that trades off the exchanges are reported to."""
MICS: Final = tuple(one.mic for one in EXCHANGES)
_SHARES: Final = np.array([one.share for one in EXCHANGES])
_OFF_EXCHANGE, _NASDAQ = 0, 1
_CENT: Final = NANOS // 100
_SUBPENNY: Final = NANOS // 10_000
_TIGHT_BPS: Final = 0.15
"""Spread of a busy name beyond the cent that it has at least."""
_THIN_BPS: Final = 12.0
_BUSY: Final = 0.02
"""Share of all prints that a name has when it is as tight as can be."""
_OPENING, _CLOSING, _FLAT = 2.5, 2.0, 0.75
_OPENING_FALLS, _CLOSING_FALLS = 0.035, 0.045
"""Shares of the session after which the rush of the open, or of the close, is a third."""
_PLACES: Final = np.array([0.415, 0.415, 0.08, 0.075, 0.0075, 0.0075])
"""How often prints are at the bid, at the ask, in the middle, better by a part of a cent,
below the bid, above the ask."""
_AT_BID, _AT_ASK, _MIDDLE, _BETTER, _BELOW = range(5)
_SIZE_SHARES: Final = np.array([0.62, 0.30, 0.0797, 0.0003])
"""How often prints of a $200 stock are odd lots, one lot, several lots, blocks."""
_ODD, _LOT, _LOTS, _BLOCK = range(4)
BLOCK_SHARES: Final = 10_000
_OPENING_CROSS, _CLOSING_CROSS = 0.012, 0.07
"""Shares of a day's volume that trade in the auctions of the open and the close."""
_MEAN_SIZE: Final = 110.0


class StockPrints(NamedTuple):
    """Prints in time order; every column has the same length."""

    ts_event: NDArray[np.int64]
    """Nanoseconds since 1970 UTC."""
    name: NDArray[np.int32]
    """Place among the names."""
    price: NDArray[np.int64]
    """Nanodollars."""
    size: NDArray[np.int32]
    """Shares, as in the sizes of quotes."""
    bid: NDArray[np.int64]
    """Nanodollars, just before the print."""
    ask: NDArray[np.int64]
    bid_size: NDArray[np.int32]
    ask_size: NDArray[np.int32]
    venue: NDArray[np.uint8]
    """Place in `MICS`."""

    @property
    def rows(self) -> int:
        """How many prints there are."""
        return self.ts_event.size

    def take(self, places: slice) -> "StockPrints":
        """Return the prints at `places`."""
        return StockPrints._make(column[places] for column in self)

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Return prints of several as one, in the order given."""
        return cls._make(np.concatenate(columns) for columns in zip(*parts, strict=True))


class StockTape(NamedTuple):
    """What a session's stock prints are made from."""

    seed: int
    day: int
    """Days since 1970."""
    session: Span
    symbols: tuple[str, ...]
    prints: NDArray[np.float64]
    """Expected over the session by name, 0 for what does not trade."""
    spot: Spot

    @property
    def minutes(self) -> int:
        """How many minutes the session has."""
        return (self.session.end_ns - self.session.start_ns) // MINUTE_NS


def minute(tape: StockTape, at: int) -> StockPrints:
    """Return the prints of one minute, counted from 0 at the open."""
    rng = stream(tape.seed, tape.day, "stock", at)
    share = float(intensity(tape.minutes)[at])
    busy = np.asarray(rng.gamma(4.0, 0.25, tape.prints.size), np.float64)
    count: NDArray[np.int64] = rng.poisson(tape.prints * share * busy)
    name = np.repeat(np.arange(count.size), count)
    after = _arrivals(name, rng)
    order = np.argsort(after, kind="stable")
    ts = tape.session.start_ns + at * MINUTE_NS + after[order]
    return _printed(tape, name[order], ts, rng.random((name.size, _COLUMNS)))


def session_prints(tape: StockTape) -> Iterator[StockPrints]:
    """Yield a session's prints in order of time, the auctions of its two ends included."""
    first = (crosses(tape, closing=False), minute(tape, 0))
    together = StockPrints._make(
        np.concatenate(columns) for columns in zip(*first, strict=True)
    )
    order = np.argsort(together.ts_event, kind="stable")
    yield StockPrints._make(column[order] for column in together)
    for at in range(1, tape.minutes):
        yield minute(tape, at)
    yield crosses(tape, closing=True)


def intensity(minutes: int) -> NDArray[np.float64]:
    """Return the share of a session's prints that falls in each minute: a U."""
    passed = (np.arange(minutes) + 0.5) / minutes
    rush = _OPENING * np.exp(-passed / _OPENING_FALLS)
    close = _CLOSING * np.exp(-(1.0 - passed) / _CLOSING_FALLS)
    shape = _FLAT + 0.8 * (2.0 * passed - 1.0) ** 2 + rush + close
    return np.asarray(shape / shape.sum())


_PLACE, _SIZE, _AMOUNT, _VENUE, _NEAR, _COLUMNS = range(6)
"""What the even numbers of a print are for."""


def _arrivals(name: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Return when each print of a minute comes, after its start, in nanoseconds.

    A third of them follow another of their name within a millisecond: one order meets
    several.
    """
    count = name.size
    after = (rng.random(count) * MINUTE_NS).astype(np.int64)
    gap = rng.exponential(40_000.0, count).astype(np.int64) % 1_000_000
    follows = rng.random(count) < 1.0 / 3.0
    follows &= name == np.concatenate([[-1], name[:-1]])
    leader = np.maximum.accumulate(np.where(follows, 0, np.arange(count)))
    return np.minimum(after[leader] + np.where(follows, gap, 0), MINUTE_NS - 1)


def _printed(
    tape: StockTape,
    name: NDArray[np.int64],
    ts: NDArray[np.int64],
    chance: NDArray[np.float64],
) -> StockPrints:
    spot = tape.spot(name, ts)
    bid, ask = quotes(tape, name, ts, spot)
    venue = drawn(_SHARES, chance[:, _VENUE])
    price, venue = _prices(bid, ask, venue, chance)
    second = ts // SECOND_NS
    return StockPrints(
        ts,
        name.astype(np.int32),
        price,
        _sizes(spot, chance),
        bid,
        ask,
        _depth(noise(tape.seed + 1, name, second)),
        _depth(noise(tape.seed + 2, name, second)),
        venue.astype(np.uint8),
    )


def quotes(
    tape: StockTape,
    name: NDArray[np.int64],
    ts: NDArray[np.int64],
    spot: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the best bid and ask around spots: whole cents, one apart at least."""
    busy = np.minimum(tape.prints[name] / (_BUSY * max(tape.prints.sum(), 1.0)), 1.0)
    width_bps = _THIN_BPS + (_TIGHT_BPS - _THIN_BPS) * busy
    chance = noise(tape.seed, name, ts // SECOND_NS)
    cents = spot * 100.0 * width_bps * 1e-4 * (0.5 + chance)
    width = np.maximum(np.rint(cents), 1.0).astype(np.int64)
    bid = np.floor(spot * 100.0 - 0.5 * width + chance).astype(np.int64)
    bid = np.maximum(bid, 1)
    return bid * _CENT, (bid + width) * _CENT


def _prices(
    bid: NDArray[np.int64],
    ask: NDArray[np.int64],
    venue: NDArray[np.int64],
    chance: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return prices, and venues: parts of a cent trade off the exchanges alone."""
    place = drawn(_PLACES, chance[:, _PLACE])
    near = chance[:, _NEAR]
    improved = (1 + (near * 40.0).astype(np.int64)) * _SUBPENNY
    better = np.where(np.rint(near) == 0.0, bid + improved, ask - improved)
    beyond = _CENT * (1 + (near * near * 3.0).astype(np.int64))
    price = np.choose(
        place,
        [bid, ask, (bid + ask) // 2, better, np.maximum(bid - beyond, _CENT), ask + beyond],
    )
    parts = (price % _CENT != 0) & (place == _BETTER)
    return price, np.where(parts | (place >= _BELOW), _OFF_EXCHANGE, venue)


def _sizes(spot: NDArray[np.float64], chance: NDArray[np.float64]) -> NDArray[np.int32]:
    """Return sizes in shares: the dearer the stock the more odd lots."""
    dearer = np.clip(0.18 * np.log(np.maximum(spot, 1.0) / 200.0), -0.45, 0.3)
    u = chance[:, _SIZE]
    # what odd lots gain the lots lose, blocks stay
    edge = _SIZE_SHARES[_ODD] + dearer
    rest = _SIZE_SHARES[_ODD] + (u - edge) / (1.0 - edge) * (1.0 - _SIZE_SHARES[_ODD])
    kind = drawn(_SIZE_SHARES, np.where(u < edge, 0.0, rest))
    amount = chance[:, _AMOUNT]
    odd = 1.0 + np.floor(98.999 * amount**2.2)
    lots = 100.0 * np.minimum(np.floor(2.0 / (1.0 - amount) ** 0.6), 99.0)
    block = BLOCK_SHARES * np.minimum(1.0 / (1.0 - amount) ** 0.8, 40.0)
    block = 100.0 * np.floor(block / 100.0)
    return np.choose(kind, [odd, np.full_like(odd, 100.0), lots, block]).astype(np.int32)


def _depth(chance: NDArray[np.float64]) -> NDArray[np.int32]:
    return (100.0 * np.minimum(np.ceil(1.0 / chance**0.7), 500.0)).astype(np.int32)


def crosses(tape: StockTape, *, closing: bool) -> StockPrints:
    """Return the auction prints of the open or of the close, one a name that trades."""
    name = np.flatnonzero(tape.prints > 0.0).astype(np.int64)
    purpose = "closing cross" if closing else "opening cross"
    chance = np.array(
        [
            stream(tape.seed, tape.day, purpose, tape.symbols[at]).random(_COLUMNS)
            for at in name.tolist()
        ]
    ).reshape(-1, _COLUMNS)
    after = (chance[:, _NEAR] * 2.0 * SECOND_NS).astype(np.int64)
    edge = tape.session.end_ns if closing else tape.session.start_ns
    order = np.argsort(after, kind="stable")
    name, ts, chance = name[order], edge + after[order], chance[order]
    share = _CLOSING_CROSS if closing else _OPENING_CROSS
    size = share * _MEAN_SIZE * tape.prints[name] * (0.5 + chance[:, _AMOUNT])
    made = _printed(tape, name, ts, chance)
    return made._replace(
        price=(made.bid + made.ask) // 2 // _CENT * _CENT,
        size=np.maximum(np.rint(size), 100.0).astype(np.int32),
        venue=np.full(name.size, _NASDAQ, np.uint8),
    )
