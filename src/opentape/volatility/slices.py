"""The expiries of a chain, with the forward and the carry that its own quotes imply."""

from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.market.calendar import in_session
from opentape.market.chain import Chain, years
from opentape.market.roots import AM_SETTLED
from opentape.pricing.forward import Floats
from opentape.volatility.carry import Terms, implied_terms, pairs_of
from opentape.volatility.options import ChainOptions

_DAYS: Final = 365.0


class CarryFrom(IntEnum):
    """Where the carry of an expiry comes from."""

    PARITY = 0
    GIVEN = 1
    DEFAULT = 2


class Given(NamedTuple):
    """What the caller knows and quotes are not asked for."""

    carry: float | None = None
    """Dividend yield of every expiry, instead of what the quotes imply."""
    spot: bool = False
    """Whether the chain's spot is the caller's own."""


class Slices(NamedTuple):
    """Expiries, one a row in order of time; AM- and PM-settled ones of a date are two."""

    spot: float
    """What the quotes were made at, dollars."""
    of: NDArray[np.int64]
    """The slice of each contract of the chain."""
    expiry_day: NDArray[np.int64]
    """Days since 1970-01-01."""
    am: NDArray[np.bool_]
    """Whether the opening prices settle it."""
    years: Floats
    """To the settlement instant, ACT/365; not positive when it has passed."""
    rate: Floats
    carry: Floats
    carry_from: NDArray[np.int8]

    @property
    def rows(self) -> int:
        """How many expiries there are."""
        return self.years.size

    @property
    def forward(self) -> Floats:
        """Dollars a share, NaN for an expiry that has passed."""
        ahead = np.where(self.years > 0, self.years, np.nan)
        return self.spot * np.exp((self.rate - self.carry) * ahead)


def sliced(
    chain: Chain,
    state: NDArray[np.int8],
    is_american: NDArray[np.bool_],
    options: ChainOptions,
    given: Given,
) -> Slices:
    """Return the expiries of a chain.

    Parameters
    ----------
    state : int8, one a contract
        `market.chain.Quoted`.
    is_american : bool, one a contract
        Whether early exercise has to be taken out before parity holds.
    """
    roots = np.array([root in AM_SETTLED for root in chain.contracts.roots], np.bool_)
    am = roots[chain.contracts.root_codes[chain.contract]]
    _, first, of = np.unique(
        np.stack([chain.expiry_day, ~am]), axis=1, return_index=True, return_inverse=True
    )
    until = years(chain)[first]
    bare = Slices(
        spot=chain.spot,
        of=of.astype(np.int64),
        expiry_day=chain.expiry_day[first],
        am=am[first],
        years=until,
        rate=rates(until, options),
        carry=np.full(until.size, options.carry if given.carry is None else given.carry),
        carry_from=np.full(until.size, CarryFrom.GIVEN, np.int8),
    )
    if given.carry is not None:
        return bare
    early = np.zeros(until.size, np.bool_)
    np.logical_or.at(early, bare.of, is_american)
    terms = Terms(bare.years, bare.rate, bare.carry, early)
    told = implied_terms(
        pairs_of(chain, state, bare.of),
        terms,
        chain.spot,
        spot_is_sure=given.spot or in_session(chain.as_of),
    )
    origin = np.where(told.known, CarryFrom.PARITY, CarryFrom.DEFAULT).astype(np.int8)
    return bare._replace(spot=told.spot, carry=told.carry, carry_from=origin)


def rates(years: Floats, options: ChainOptions) -> Floats:
    """Return the rate to each time: off the curve if there is one, flat outside it."""
    if not options.rates:
        return np.full(years.size, options.rate)
    knots = sorted((float(days), rate) for days, rate in options.rates.items())
    days, curve = zip(*knots, strict=True)
    return np.interp(years * _DAYS, days, curve)
