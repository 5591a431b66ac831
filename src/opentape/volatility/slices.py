"""The expiries of a chain, with the forward and the carry that its own quotes imply."""

import math
from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.market.chain import Chain, Quoted, years
from opentape.market.roots import AM_SETTLED
from opentape.pricing import american, bsm
from opentape.pricing.forward import Floats, Parity, implied_carry, parity
from opentape.volatility.options import ChainOptions

_NEAREST: Final = 12
"""Strikes next to the money that tell the carry of contracts with early exercise."""
_ROUNDS: Final = 3
"""Early exercise is worth little near the money: this often settles the carry to 1e-6."""
_FARTHEST: Final = 1.0
"""A forward further from spot than this, as a logarithm, is a mistake."""
_DAYS: Final = 365.0
PRICED: Final = (Quoted.TWO_SIDED, Quoted.LOCKED)


class CarryFrom(IntEnum):
    """Where the carry of an expiry comes from."""

    PARITY = 0
    GIVEN = 1
    DEFAULT = 2


class Slices(NamedTuple):
    """Expiries, one a row in order of time; AM- and PM-settled ones of a date are two."""

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
    forward: Floats
    """Dollars a share, NaN for an expiry that has passed."""
    carry_from: NDArray[np.int8]

    @property
    def rows(self) -> int:
        """How many expiries there are."""
        return self.years.size


def rates(years: Floats, options: ChainOptions) -> Floats:
    """Return the rate to each time: off the curve if there is one, flat outside it."""
    if not options.rates:
        return np.full(years.size, options.rate)
    knots = sorted((float(days), rate) for days, rate in options.rates.items())
    days, curve = zip(*knots, strict=True)
    return np.interp(years * _DAYS, days, curve)


class _Pairs(NamedTuple):
    """Strikes that are quoted both ways."""

    of: NDArray[np.int64]
    strike: Floats
    call: Floats
    put: Floats
    half: Floats


def sliced(
    chain: Chain,
    state: NDArray[np.int8],
    is_american: NDArray[np.bool_],
    options: ChainOptions,
    given_carry: float | None = None,
) -> Slices:
    """Return the expiries of a chain.

    Parameters
    ----------
    state : int8, one a contract
        `market.chain.Quoted`.
    is_american : bool, one a contract
        Whether early exercise has to be taken out before parity holds.
    given_carry : float, optional
        The carry of every expiry, instead of what the quotes imply.
    """
    roots = np.array([root in AM_SETTLED for root in chain.contracts.roots], np.bool_)
    am = roots[chain.contracts.root_codes[chain.contract]]
    until = years(chain)
    _, first, of = np.unique(
        np.stack([chain.expiry_day, ~am]), axis=1, return_index=True, return_inverse=True
    )
    time = until[first]
    rate = rates(time, options)
    origin = CarryFrom.DEFAULT if given_carry is None else CarryFrom.GIVEN
    bare = Slices(
        of=of.astype(np.int64),
        expiry_day=chain.expiry_day[first],
        am=am[first],
        years=time,
        rate=rate,
        carry=np.full(time.size, options.carry if given_carry is None else given_carry),
        forward=np.full(time.size, np.nan),
        carry_from=np.full(time.size, origin, np.int8),
    )
    if given_carry is None:
        early = np.zeros(time.size, np.bool_)
        np.logical_or.at(early, bare.of, is_american)
        _imply(bare, _pairs(chain, state, bare.of), chain.spot, early)
    alive = time > 0
    bare.forward[alive] = chain.spot * np.exp((rate - bare.carry)[alive] * time[alive])
    return bare


def _pairs(chain: Chain, state: NDArray[np.int8], of: NDArray[np.int64]) -> _Pairs:
    """Return strikes with a two-sided quote each way, contracts of one root together."""
    priced = np.isin(state, PRICED)
    key = chain.contracts.keys[chain.contract] >> 1
    call, put = np.flatnonzero(priced & ~chain.put), np.flatnonzero(priced & chain.put)
    _, at_call, at_put = np.intersect1d(
        key[call], key[put], assume_unique=True, return_indices=True
    )
    call, put = call[at_call], put[at_put]
    middle, half = 0.5 * (chain.bid + chain.ask), 0.5 * (chain.ask - chain.bid)
    return _Pairs(of[call], chain.strike[call], middle[call], middle[put],
                  half[call] + half[put])  # fmt: skip


def _imply(slices: Slices, pairs: _Pairs, spot: float, early: NDArray[np.bool_]) -> None:
    """Write the carry that parity implies over the default of each expiry that has one."""
    near = _near_the_money(slices, pairs, spot)
    pairs = _Pairs._make(column[near | ~early[pairs.of]] for column in pairs)
    exercise = np.zeros(pairs.of.size), np.zeros(pairs.of.size)
    with_early = early[pairs.of]
    for _ in range(_ROUNDS if with_early.any() else 1):
        for at in np.unique(pairs.of).tolist():
            _imply_one(slices, at, pairs, exercise, spot)
        if with_early.any():
            exercise = _worth_of_exercise(slices, pairs, spot, with_early)


def _imply_one(
    slices: Slices, at: int, pairs: _Pairs, exercise: tuple[Floats, Floats], spot: float
) -> None:
    years_left, rate = float(slices.years[at]), float(slices.rate[at])
    if not years_left > 0:
        return
    mine = pairs.of == at
    found: Parity = parity(
        pairs.strike[mine],
        pairs.call[mine] - exercise[0][mine],
        pairs.put[mine] - exercise[1][mine],
        pairs.half[mine],
        float(np.exp(-rate * years_left)),
    )
    if abs(math.log(found.forward / spot)) < _FARTHEST:
        slices.carry[at] = implied_carry(spot, found.forward, years_left, rate)
        slices.carry_from[at] = CarryFrom.PARITY


def _near_the_money(slices: Slices, pairs: _Pairs, spot: float) -> NDArray[np.bool_]:
    """Return which pairs are among the nearest few to spot of their expiry."""
    away = np.abs(np.log(pairs.strike / spot))
    order = np.lexsort((away, pairs.of))
    first = np.searchsorted(pairs.of[order], np.arange(slices.rows))
    rank = np.empty(order.size, np.int64)
    rank[order] = np.arange(order.size) - first[pairs.of[order]]
    return rank < _NEAREST


def _worth_of_exercise(
    slices: Slices, pairs: _Pairs, spot: float, early: NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """Return what early exercise adds to each call and put, dollars; 0 where not known."""
    until, rate, carry = (
        column[pairs.of] for column in (slices.years, slices.rate, slices.carry)
    )
    out_put = pairs.strike < slices_forward(spot, until, rate, carry)
    out = np.where(out_put, pairs.put, pairs.call)
    vol = american.solve(out_put, out, spot, pairs.strike, until, rate, carry).vol
    worth = tuple(
        np.where(
            early,
            american.price(put, spot, pairs.strike, until, rate, carry, vol)
            - bsm.price(put, spot, pairs.strike, until, rate, carry, vol),
            0.0,
        )
        for put in (False, True)
    )
    known = np.isfinite(worth[0] + worth[1])
    return np.where(known, worth[0], 0.0), np.where(known, worth[1], 0.0)


def slices_forward(spot: float, until: Floats, rate: Floats, carry: Floats) -> Floats:
    """Return the forward at a spot for each time, rate and carry."""
    return spot * np.exp((rate - carry) * until)
