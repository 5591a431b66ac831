"""A book as answers show it: each figure found once, in whole cents that add up."""

import math
from functools import cached_property
from typing import Final, Literal, NamedTuple

import numpy as np

from opentape.positioning.book import Book
from opentape.positioning.flip import Flip, Regime, regime
from opentape.positioning.levels import Levels
from opentape.positioning.max_pain import ExpiryPain, Pain, by_expiry, front
from opentape.positioning.pin import Pin
from opentape.positioning.positions import Floats

Measure = Literal["gex", "dex", "vex", "chex", "dag"]

_CENTS: Final = 100.0
_PRICE: Final = 6
_LEVEL: Final = 2
_HOURS: Final = 4


class Exposed(NamedTuple):
    """One exposure by strike, in dollars: net is call and put, the total all of net."""

    call: Floats
    put: Floats
    net: Floats
    total: float | None
    """None where no contract counts."""


class Outline:
    """A book that no longer changes, and what is said of it.

    Parameters
    ----------
    book
        Its open interest must not be set again.
    weighted
        Whether its flip counts contracts that are about to expire in part.
    """

    def __init__(self, book: Book, *, weighted: bool) -> None:
        self.book = book
        self._weighted = weighted
        self._exposed: dict[Measure, Exposed] = {}

    @cached_property
    def spot(self) -> float | None:
        """Dollars that everything here was reckoned with; None where unknown."""
        known = 0 < self.book.spot < math.inf
        return round(self.book.spot, _PRICE) if known else None

    @cached_property
    def strike(self) -> list[float]:
        """Dollars, ascending, each once."""
        return self.book.strike.tolist()

    @cached_property
    def counted(self) -> int:
        """How many contracts count in the exposures."""
        return self.book.totals().counted

    @cached_property
    def levels(self) -> Levels:
        """Walls and the other levels that the strikes show."""
        return self.book.levels()

    @cached_property
    def pain(self) -> Pain:
        """What holders would be paid at each strike."""
        return self.book.pain()

    @cached_property
    def pain_by_expiry(self) -> tuple[ExpiryPain, ...]:
        """Max pain of each expiry, the nearest first."""
        return by_expiry(self.book.positions, self.book.spot)

    @cached_property
    def max_pain_front(self) -> float | None:
        """Max pain of the nearest expiry alone."""
        nearest = front(self.book.positions, self.book.spot)
        return None if nearest is None else nearest.level

    @cached_property
    def flip(self) -> Flip:
        """The spot of zero gamma as it was found."""
        return self.book.flip(weighted=self._weighted)

    @cached_property
    def gamma_flip(self) -> float | None:
        """The spot of zero gamma in dollars, to the cent."""
        return None if self.flip.level is None else round(self.flip.level, _LEVEL)

    @cached_property
    def regime(self) -> Regime:
        """The side of the flip that spot is on."""
        return regime(self.spot, self.gamma_flip)

    def exposed(self, measure: Measure) -> Exposed:
        """Return an exposure by strike and in total."""
        found = self._exposed.get(measure)
        if found is None:
            found = self._exposed[measure] = self._added_up(measure)
        return found

    def net(self, measure: Measure) -> float | None:
        """Return an exposure in total."""
        return self.exposed(measure).total

    @cached_property
    def zero_dte_gex(self) -> float | None:
        """Net GEX of the contracts that expire that day; None where none does."""
        today = np.flatnonzero(self.book.dte == 0)
        if not (today.size and self.book.expiries.counted[today[0]]):
            return None
        return float(cents(self.book.strikes.zero_dte_gex).sum()) / _CENTS + 0.0

    def pin(self, hours: float | None) -> Pin:
        """Return the chance to expire near a strike, with `hours` of trading to go."""
        return self.book.pin(None if hours is None else round(hours, _HOURS))

    def _added_up(self, measure: Measure) -> Exposed:
        sums = self.book.strikes._asdict()
        call, put = cents(sums[f"call_{measure}"]), cents(sums[f"put_{measure}"])
        # whole cents add up without rounding, in any order
        net = call + put
        total = float(net.sum()) / _CENTS + 0.0 if self.counted else None
        return Exposed(dollars(call), dollars(put), dollars(net), total)


def dollars(cents: Floats) -> Floats:
    """Return whole cents as dollars, without a sign on a zero."""
    return cents / _CENTS + 0.0


def cents(values: Floats) -> Floats:
    """Return dollars as whole cents."""
    return np.rint(values * _CENTS)
