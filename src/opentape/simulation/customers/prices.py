"""Where in the quote orders trade, and who crosses, by the way they are executed."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.simulation.customers.orders import Floats, Ints
from opentape.simulation.records import STYLES
from opentape.simulation.world.quotes import Quotes


class Deal(NamedTuple):
    """What decides the price of a print, one a row."""

    style: Ints
    nth: Ints
    """Place among the prints of its order."""
    customer: Ints
    rests: NDArray[np.bool_]
    size: Ints
    walks: NDArray[np.bool_]
    """Its order takes more than the quote shows."""


class Where(NamedTuple):
    """Chances of where in the quote a print is made, which add up to one."""

    touch: float
    """The quote of the other side."""
    inside: float
    """Between mid and that quote."""
    middle: float
    beyond: float
    """Between mid and the order's own quote."""
    own: float
    """The order's own quote."""
    outside: float
    """A tick beyond the touch."""


_PLACES: Final = {
    "auto": Where(0.72, 0.11, 0.13, 0.01, 0.02, 0.01),
    "sweep": Where(0.93, 0.02, 0.02, 0.0, 0.0, 0.03),
    "worked": Where(0.45, 0.15, 0.25, 0.05, 0.10, 0.0),
    "auction": Where(0.14, 0.15, 0.40, 0.17, 0.13, 0.01),
    "floor": Where(0.12, 0.24, 0.34, 0.18, 0.08, 0.04),
    "cross": Where(0.08, 0.20, 0.52, 0.20, 0.0, 0.0),
    "complex": Where(0.155, 0.10, 0.38, 0.11, 0.23, 0.025),
    "complex_auction": Where(0.145, 0.11, 0.38, 0.12, 0.22, 0.025),
    "complex_floor": Where(0.14, 0.20, 0.30, 0.19, 0.12, 0.05),
    "complex_cross": Where(0.10, 0.20, 0.44, 0.20, 0.06, 0.0),
    "stock_tied": Where(0.16, 0.20, 0.28, 0.20, 0.14, 0.02),
    "compression": Where(0.0, 0.0, 1.0, 0.0, 0.0, 0.0),
}
_TABLE: Final = np.array([_PLACES[name] for name in STYLES[:-1]])
_EDGES: Final = np.cumsum(_TABLE, axis=1) / _TABLE.sum(axis=1, keepdims=True)
_TOUCH, _INSIDE, _MIDDLE, _BEYOND, _OWN, _OUTSIDE = range(6)
_WALKED: Final = 0.85
"""Share of the later prints of an order that walks which are beyond the quote."""
_NOBODY: Final = np.array(
    ["cross" in name or name == "compression" for name in STYLES[:-1]]
)
"""Styles in which nobody crosses: both sides were brought together."""


def price_of(deal: Deal, quotes: Quotes, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Return the price of each print in cents, and who crossed."""
    u, depth = rng.random(deal.style.size), rng.random(deal.style.size)
    place = (u[:, None] >= _EDGES[deal.style, :-1]).sum(axis=1)
    # the first print of an order that is routed never walks past the quote that it saw
    later = (deal.nth > 0) & deal.walks & (depth < _WALKED)
    place = np.where(later, _OUTSIDE, place)
    place = np.where((deal.nth == 0) & _is_sweep(deal) & (place == _OUTSIDE), _TOUCH, place)
    aggressor = np.where(deal.rests, -deal.customer, deal.customer)
    # an order that waits on the book is taken at its own price
    place = np.where(deal.rests, _TOUCH, place)
    price = _priced(place, aggressor, quotes, depth)
    return np.maximum(price, 1), np.where(_NOBODY[deal.style], 0, aggressor)


def _is_sweep(deal: Deal) -> NDArray[np.bool_]:
    return deal.style == STYLES.index("sweep")


def _priced(place: Ints, aggressor: Ints, quotes: Quotes, depth: Floats) -> Ints:
    """Return prices in cents: improved ones on whole cents, whatever the tick."""
    bid, ask = quotes.bid, quotes.ask
    touch, own = np.where(aggressor > 0, ask, bid), np.where(aggressor > 0, bid, ask)
    middle = (bid + ask) // 2
    half = (ask - bid) // 2
    # one cent to just short of the middle; a narrow quote has no room inside
    step = np.minimum(1 + (depth * np.maximum(half - 1, 0)).astype(np.int64), half)
    inside = touch - aggressor * step
    beyond = own + aggressor * step
    odd = (bid + ask) % 2
    # half a cent cannot trade: such a middle goes to either side
    mid = middle + odd * (depth < 0.5)  # noqa: PLR2004 - either side alike
    outside = touch + aggressor * quotes.tick
    choices = (touch, inside, mid, beyond, own, outside)
    price = np.choose(place, choices)
    return np.where(half == 0, np.where(place == _OUTSIDE, outside, touch), price)
