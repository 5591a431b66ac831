"""The book: exposures by strike and expiry, kept right as open interest changes."""

from copy import copy
from typing import Final, Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from opentape.positioning.exposure import units
from opentape.positioning.flip import Flip, repriced
from opentape.positioning.levels import Levels, levels
from opentape.positioning.max_pain import Pain, pain
from opentape.positioning.options import LevelOptions
from opentape.positioning.pin import Pin, pin
from opentape.positioning.positions import Floats, Positions, floats
from opentape.positioning.sums import (
    WIDTH,
    Masks,
    Places,
    Sums,
    Totals,
    add_groups,
    add_rows,
    as_totals,
)
from opentape.pricing.jit import kernel

Key = TypeVar("Key", np.float64, np.int64)
_DEFAULTS: Final = LevelOptions()


class _Groups(Generic[Key]):
    """Contracts grouped by a key, and the sums of each group."""

    def __init__(self, key: NDArray[Key], live: Masks) -> None:
        members = np.flatnonzero(live)
        members = members[np.argsort(key[members], kind="stable")]
        ordered = key[members]
        starts = np.flatnonzero(
            np.append(True, ordered[1:] != ordered[:-1])[: members.size]
        )
        self.key = ordered[starts]
        self.first: Places = np.append(starts, members.size).astype(np.int64)
        self.member: Places = members.astype(np.int64)
        self.group_of = np.full(key.size, -1, np.int64)
        self.group_of[members] = np.repeat(np.arange(starts.size), np.diff(self.first))
        self.matrix = np.empty((WIDTH, self.key.size))
        self.sums = Sums._make(self.matrix)

    def empty(self) -> Self:
        other = copy(self)
        other.matrix = np.empty_like(self.matrix)
        other.sums = Sums._make(other.matrix)
        return other


class Book:
    """Exposures and levels of a set of contracts at one spot.

    A change of the open interest of one contract is worked in at once: its strike and its
    expiry are added up again from their contracts, so that nothing drifts and the book is
    to the last bit the one made anew.

    Parameters
    ----------
    positions
        Contracts of one underlying, in any order; a chain, or one expiry of it.
    spot
        Dollars; NaN where unknown, and no contract counts.
    """

    def __init__(
        self, positions: Positions, spot: float, options: LevelOptions = _DEFAULTS
    ) -> None:
        self.spot = float(spot)
        self.options = options
        self._given = positions
        self._unit = np.ascontiguousarray(units(positions, spot, options).T)
        self._put: Masks = np.ascontiguousarray(positions.put, np.bool_)
        self._today: Masks = np.ascontiguousarray(positions.dte == 0)
        self._volume = floats(positions.volume)
        self._multiplier = floats(positions.multiplier)
        self._by_strike = _Groups(positions.strike, positions.live)
        self._by_expiry = _Groups(positions.dte, positions.live)
        self._hold(positions.oi)

    def _hold(self, oi: Floats) -> None:
        self._by_strike, self._by_expiry = self._by_strike.empty(), self._by_expiry.empty()
        self._oi = np.empty(self._volume.size)
        self._oi[:] = oi
        self._total = np.empty(WIDTH)
        for groups in (self._by_strike, self._by_expiry):
            add_groups(
                0, groups.key.size, groups.first, groups.member,
                self._put, self._today, self._unit,
                self._oi, self._volume, self._multiplier, groups.matrix,
            )  # fmt: skip
        add_rows(self._by_strike.matrix, self._total)

    @property
    def positions(self) -> Positions:
        """The contracts, with open interest as it stands now."""
        return self._given._replace(oi=self._oi.copy())

    @property
    def strike(self) -> Floats:
        """Strikes of unexpired contracts in dollars, ascending, each once."""
        return self._by_strike.key

    @property
    def strikes(self) -> Sums:
        """Sums of each strike; views that follow `set_oi`."""
        return self._by_strike.sums

    @property
    def dte(self) -> NDArray[np.int64]:
        """Calendar days to each expiry, ascending, each once."""
        return self._by_expiry.key

    @property
    def expiries(self) -> Sums:
        """Sums of each expiry; views that follow `set_oi`."""
        return self._by_expiry.sums

    def totals(self) -> Totals:
        """Return the sums of the whole book."""
        return as_totals(self._total)

    def levels(self) -> Levels:
        """Return the walls and the other levels that the strikes show."""
        return levels(self.strike, self.strikes, self.spot)

    def pain(self) -> Pain:
        """Return what holders would be paid at each strike, and the strike of least."""
        strikes = self.strikes
        return pain(self.strike, strikes.call_shares, strikes.put_shares, self.spot)

    def pin(self, hours: float | None) -> Pin:
        """Return the chance to expire near a strike, with `hours` of trading to go."""
        return pin(self.strike, self.strikes, self.spot, hours, self.options)

    def flip(self, *, weighted: bool = True) -> Flip:
        """Return the spot of zero gamma; not `weighted` where the book is one expiry."""
        return repriced(self.positions, self.spot, self.options, weighted=weighted)

    def set_oi(self, place: int, oi: float) -> None:
        """Change the open interest of one contract.

        Parameters
        ----------
        place
            Its row in the positions that the book was made from.
        oi
            Contracts; NaN where it is no longer known.

        Raises
        ------
        IndexError
            If there is no such row.
        """
        if not 0 <= place < self._oi.size:
            raise IndexError(f"place must be a row of the positions, was {place}")
        strike, expiry = self._by_strike, self._by_expiry
        _change(
            int(place), float(oi), strike.group_of, expiry.group_of,
            strike.first, strike.member,
            expiry.first, expiry.member, self._put, self._today, self._unit,
            self._oi, self._volume, self._multiplier,
            strike.matrix, expiry.matrix, self._total,
        )  # fmt: skip

    def with_oi(self, oi: Floats) -> Self:
        """Return a second book of the same contracts with another open interest.

        Parameters
        ----------
        oi : float64, one a contract
            Contracts; NaN where unknown.
        """
        other = copy(self)
        other._hold(oi)  # noqa: SLF001
        return other


@kernel
def _change(
    place: int, held: float, strike_of: Places, expiry_of: Places,
    strike_first: Places, strike_member: Places,
    expiry_first: Places, expiry_member: Places,
    put: Masks, today: Masks, unit: Floats, oi: Floats, volume: Floats,
    multiplier: Floats, strikes: Floats, expiries: Floats, total: Floats,
) -> None:  # fmt: skip
    oi[place] = held
    strike, expiry = strike_of[place], expiry_of[place]
    if strike < 0:
        return
    add_groups(
        strike, strike + 1, strike_first, strike_member,
        put, today, unit, oi, volume, multiplier, strikes,
    )  # fmt: skip
    add_groups(
        expiry, expiry + 1, expiry_first, expiry_member,
        put, today, unit, oi, volume, multiplier, expiries,
    )  # fmt: skip
    add_rows(strikes, total)
