"""How orders become prints: how many, when, at which venue, at what price."""

from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.market.calendar import SECOND_NS
from opentape.market.venues import MICS
from opentape.simulation.chance import drawn
from opentape.simulation.customers.intents import ORDERED_WAYS
from opentape.simulation.customers.orders import Floats, Ints, Orders
from opentape.simulation.customers.prices import Deal, price_of
from opentape.simulation.records import PACKAGES, STYLES
from opentape.simulation.scene import Scene, Seen, is_index, look

_MS_NS: Final = SECOND_NS // 1_000
_SWEEP_MS, _SWEEP_SPREAD, _SWEEP_MOST_MS = 11.0, 1.5, 520.0
"""Median, deviation in logs and longest span of a sweep."""
_HURRIED, _OUTGROWN = 0.16, 0.9
"""Share of sweeps that walk beyond the quote: of small ones, of those beyond its size."""
_WORKED_S: Final = 25.0
"""Usual pause between two prints of an order that is worked."""
_LEG_MS: Final = 2.0
"""The legs of a package print within this."""

# chances of one, two ... prints an order
_COUNTS: Final = {
    "auto": (82, 10, 4, 2, 1, 1),
    "sweep": (0, 42, 22, 13, 8, 5, 3, 2, 1.5, 1, 0.7, 0.5, 0.3, 0.3, 0.2, 0.2, 0.1, 0.1),
    "worked": (0, 0, 20, 20, 20, 10, 10, 10, 10),
    "auction": (72, 18, 7, 3),
    "floor": (90, 10),
    "complex": (84, 12, 4),
    "complex_auction": (84, 12, 4),
}
_MOST: Final = max(len(chances) for chances in _COUNTS.values())

# share of the day's electronic prints in percent
VENUES: Final = {
    "XCBO": 14, "XPHO": 11, "AMXO": 9, "ARCO": 9, "EMLD": 4, "EDGO": 6, "GMNI": 4,
    "XISX": 7, "MCRY": 4, "XMIO": 6, "MPRL": 7, "XNDQ": 6, "XBXO": 2, "C2OX": 3,
    "BATO": 5, "XBOX": 6, "MXOP": 4, "SPHR": 3,
}  # fmt: skip
_FLOORS: Final = ("XCBO", "XPHO", "AMXO", "ARCO", "XBOX")
_HOME: Final = "XCBO"
"""The one exchange that lists options on indices."""
_ROUTE: Final = np.array(
    [MICS.index(mic) for mic in sorted(VENUES, key=lambda mic: -VENUES[mic])]
)
"""Venues as a sweep visits them, the busiest first."""


class Fills(NamedTuple):
    """Prints, one a row, in no order of time."""

    order: Ints
    """Row of the order."""
    ts: Ints
    price: Ints
    """Cents."""
    size: Ints
    aggressor: Ints
    """1 where a buyer crossed, -1 where a seller did, 0 where nobody did."""
    venue: Ints
    """Place in `venues.MICS`."""
    letter: Ints
    seen: Seen


def prints_of(orders: Orders, rng: np.random.Generator) -> Ints:
    """Return how many prints each order becomes; never more than it has contracts."""
    table = np.zeros((len(STYLES) - 1, _MOST))
    table[:, 0] = 1.0
    for name, chances in _COUNTS.items():
        table[STYLES.index(name), : len(chances)] = chances
    edges = np.cumsum(table, axis=1)
    edges /= edges[:, -1:]
    u = rng.random(orders.rows)
    count = 1 + (u[:, None] >= edges[orders.style, :-1]).sum(axis=1)
    return np.minimum(count, orders.size)


def fill(scene: Scene, orders: Orders, prints: Ints, rng: np.random.Generator) -> Fills:
    """Return the prints of orders, as many of each as `prints` says."""
    order = np.repeat(np.arange(orders.rows), prints)
    nth = np.arange(order.size) - np.repeat(np.cumsum(prints) - prints, prints)
    style = orders.style[order]
    ts = orders.ts[order] + _delay(style, order, nth, prints, rng)
    ts = np.minimum(ts, scene.session.end_ns - 1)
    size = _split(orders.size, prints, order, nth, rng)
    seen = look(scene, orders.strike[order], orders.put[order], ts)
    deal = Deal(
        style=style,
        nth=nth,
        customer=orders.customer[order],
        rests=orders.rests[order],
        size=size,
        walks=_walks(orders, order, seen, rng),
    )
    price, aggressor = price_of(deal, seen.quotes, rng)
    return Fills(
        order=order,
        ts=ts,
        price=price,
        size=size,
        aggressor=aggressor,
        venue=_venues(scene, orders, order, nth, rng),
        letter=_letters(orders, rng)[order],
        seen=_matched(seen, deal, aggressor, rng),
    )


def _walks(
    orders: Orders, order: Ints, seen: Seen, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Return whether the order of each print takes more than the quote shows.

    Sweeps do: a few for haste, and many of those that are larger than what is shown.
    """
    quotes = seen.quotes
    first = np.searchsorted(order, np.arange(orders.rows))
    shown = np.where(orders.customer > 0, quotes.ask_size[first], quotes.bid_size[first])
    share = np.where(orders.size > shown, _OUTGROWN, _HURRIED)
    walks = rng.random(orders.rows) < share
    return (walks & (orders.style == STYLES.index("sweep")))[order]


def _delay(
    style: Ints, order: Ints, nth: Ints, prints: Ints, rng: np.random.Generator
) -> Ints:
    """Return how long after its order's first moment each print comes."""
    count = prints.size
    u = rng.random(order.size)
    span = _SWEEP_MS * np.exp(_SWEEP_SPREAD * rng.standard_normal(count))
    span = np.minimum(span, _SWEEP_MOST_MS)[order]
    last = nth == prints[order] - 1
    # the first print is at once and the last one at the end of the span
    within = np.where(last, 1.0, u) * (nth > 0) * span
    worked = np.where(nth > 0, (nth + u - 0.5) * _WORKED_S * 1_000.0, 0.0)
    legs = _LEG_MS * u
    packed = np.array([name in PACKAGES for name in STYLES[:-1]])[style]
    ms = np.where(style == STYLES.index("sweep"), within, 0.0)
    ms = np.where(style == STYLES.index("worked"), worked, ms)
    return (np.where(packed, legs, ms) * _MS_NS).astype(np.int64)


def _split(
    total: Ints, prints: Ints, order: Ints, nth: Ints, rng: np.random.Generator
) -> Ints:
    """Return the sizes of prints: at least one contract each, in sum the order's."""
    weight = rng.exponential(size=order.size)
    running = np.cumsum(weight)
    first = (np.cumsum(prints) - prints)[order]
    before = running[first] - weight[first]
    part = (running - before) / (running[first + prints[order] - 1] - before)
    spare = (total - prints)[order]
    reached = np.where(nth == prints[order] - 1, spare, np.floor(part * spare))
    start = np.where(nth == 0, 0, np.concatenate([[0], reached[:-1]]))
    return (1 + reached - start).astype(np.int64)


def _venues(
    scene: Scene, orders: Orders, order: Ints, nth: Ints, rng: np.random.Generator
) -> Ints:
    """Return where each print is made: sweeps go round, a package and all else stays."""
    share = np.array(list(VENUES.values()), np.float64)
    places = np.array([MICS.index(mic) for mic in VENUES])
    home = places[drawn(share, _of_send(orders, rng))]
    floor = np.array([MICS.index(mic) for mic in _FLOORS])
    on_floor = np.array(["floor" in name for name in STYLES[:-1]])[orders.style]
    pick = (_of_send(orders, rng) * floor.size).astype(np.int64)
    home = np.where(on_floor, floor[pick], home)
    start = rng.integers(0, _ROUTE.size, orders.rows)
    routed = _ROUTE[(start[order] + nth) % _ROUTE.size]
    venue = np.where(orders.style[order] == STYLES.index("sweep"), routed, home[order])
    name = scene.listing.block_name[scene.listing.block[orders.strike]]
    return np.where(is_index(scene)[name][order], MICS.index(_HOME), venue)


def _letters(orders: Orders, rng: np.random.Generator) -> Ints:
    """Return the letter of each order: the legs of a package have one."""
    table, count = _letter_table()
    pick = (_of_send(orders, rng) * count[orders.style]).astype(np.int64)
    return table[orders.style, pick]


def _of_send(orders: Orders, rng: np.random.Generator) -> Floats:
    """Return a number in [0, 1) for each order, the same for all legs of a package."""
    return rng.random(int(orders.send.max(initial=-1)) + 1)[orders.send]


@cache
def _letter_table() -> tuple[Ints, Ints]:
    widest = max(len(way.letters) for way in ORDERED_WAYS)
    rows = [[ord(one) for one in way.letters.ljust(widest)] for way in ORDERED_WAYS]
    return np.array(rows), np.array([len(way.letters) for way in ORDERED_WAYS])


def _matched(seen: Seen, deal: Deal, aggressor: Ints, rng: np.random.Generator) -> Seen:
    """Return quotes whose sizes fit what traded.

    What an automatic order takes was shown; where a customer's order rested and was taken
    whole, the size at that price often was his.
    """
    quotes = seen.quotes
    alone = deal.rests & (rng.random(deal.size.size) < 0.5)  # noqa: PLR2004 - a guess
    bid, ask = quotes.bid_size, quotes.ask_size
    bid = np.where(
        (aggressor < 0) & alone, deal.size, np.maximum(bid, _taken(deal, aggressor < 0))
    )
    ask = np.where(
        (aggressor > 0) & alone, deal.size, np.maximum(ask, _taken(deal, aggressor > 0))
    )
    return seen._replace(quotes=quotes._replace(bid_size=bid, ask_size=ask))


def _taken(deal: Deal, crossed: NDArray[np.bool_]) -> Ints:
    automatic = deal.style == STYLES.index("auto")
    return np.where(crossed & automatic, deal.size, 0)


def mean_prints() -> Floats:
    """Return how many prints an order of each style becomes on average, if it is large."""
    means = np.ones(len(STYLES) - 1)
    for name, chances in _COUNTS.items():
        share = np.array(chances, np.float64)
        means[STYLES.index(name)] = share @ (np.arange(share.size) + 1) / share.sum()
    return means
