"""Carry of each expiry from put-call parity, and the spot that its quotes were made at."""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.market.chain import Chain, Quoted
from opentape.pricing import american, bsm
from opentape.pricing.forward import Floats, Parity, implied_carry, parity

PRICED: Final = (Quoted.TWO_SIDED, Quoted.LOCKED)
_NEAREST: Final = 12
"""Strikes next to the money that tell the carry of contracts with early exercise."""
_ROUNDS: Final = 3
"""Early exercise is worth little near the money: this often settles the carry to 1e-6."""
_FARTHEST: Final = 1.0
"""A forward further from spot than this, as a logarithm, is a mistake."""
_A_YEAR: Final = 0.25
"""... and for each year this part more."""
_LAST_OFF: Final = 0.01
"""How far off a last price is taken to be, as a part of it, and in dollars at the least."""
_LAST_OFF_USD: Final = 0.05
_SPOT_OFF: Final = 0.005
"""Spot is that of the quotes unless forwards say that it is off by more than this part."""
_SOON: Final = 0.06
"""Years within which the first expiry must lie, for forwards to tell spot."""
_NEXT: Final = 0.25
"""Years within which expiries tell spot."""
_FEWEST: Final = 3


class Terms(NamedTuple):
    """Expiries whose carry is looked for, one a row."""

    years: Floats
    rate: Floats
    carry: Floats
    """What is taken where parity tells nothing."""
    early: NDArray[np.bool_]
    """Whether early exercise has to be taken out before parity holds."""


class Pairs(NamedTuple):
    """Strikes that are quoted both ways."""

    of: NDArray[np.int64]
    """The row of `Terms`."""
    strike: Floats
    call: Floats
    put: Floats
    half: Floats
    """Half of both spreads together."""


class Told(NamedTuple):
    """What parity tells of each expiry."""

    carry: Floats
    known: NDArray[np.bool_]
    """Whether parity told it."""
    spot: float
    """What the quotes were made at: spot as given, unless forwards contradict it."""


def implied_terms(pairs: Pairs, terms: Terms, spot: float, *, spot_is_sure: bool) -> Told:
    """Return the carry of each expiry and the spot that they agree on.

    Forwards of the nearest expiries lie on a line that meets spot at no time to expiry.
    Where early exercise is possible and the line meets another price, the quotes were made
    at that one: a file written in the evening holds the last trade of the evening beside
    quotes of the close.

    Parameters
    ----------
    spot_is_sure
        Whether spot is known to be of the instant of the quotes, whatever forwards say: a
        dividend about to be paid and a borrow that soon gets cheaper move them too.
    """
    carry, known = _carries(pairs, terms, spot)
    movable = terms.early.any() and not spot_is_sure
    off = _off_spot(terms, carry, known) if movable else 0.0
    if abs(off) > _SPOT_OFF:
        for _ in range(_ROUNDS):
            spot *= math.exp(off)
            carry, known = _carries(pairs, terms, spot)
            off = _off_spot(terms, carry, known)
    return Told(carry, known, spot)


def pairs_of(chain: Chain, state: NDArray[np.int8], of: NDArray[np.int64]) -> Pairs:
    """Return strikes with a usable price each way, contracts of one root together."""
    middle, half = _prices(chain, state)
    key = chain.contracts.keys[chain.contract] >> 1
    call, put = (np.flatnonzero(np.isfinite(middle) & (chain.put == its)) for its in (0, 1))
    _, at_call, at_put = np.intersect1d(
        key[call], key[put], assume_unique=True, return_indices=True
    )
    call, put = call[at_call], put[at_put]
    return Pairs(
        of[call], chain.strike[call], middle[call], middle[put], half[call] + half[put]
    )


def _prices(chain: Chain, state: NDArray[np.int8]) -> tuple[Floats, Floats]:
    """Return the price of each contract and how far off it may be, NaN where unknown.

    A feed that quotes nothing at all is taken at its last prices.
    """
    if (state == Quoted.MISSING).all():
        last = np.where(chain.last > 0, chain.last, np.nan)
        return last, np.maximum(_LAST_OFF * last, _LAST_OFF_USD)
    priced = np.isin(state, PRICED)
    middle = np.where(priced, 0.5 * (chain.bid + chain.ask), np.nan)
    return middle, 0.5 * (chain.ask - chain.bid)


def _carries(pairs: Pairs, terms: Terms, spot: float) -> tuple[Floats, NDArray[np.bool_]]:
    near = _near_the_money(pairs, spot, terms.years.size)
    pairs = Pairs._make(column[near | ~terms.early[pairs.of]] for column in pairs)
    with_early = terms.early[pairs.of]
    found = terms.carry.copy(), np.zeros(terms.years.size, np.bool_)
    worth = np.zeros(pairs.of.size), np.zeros(pairs.of.size)
    for _ in range(_ROUNDS if with_early.any() else 1):
        quoted = pairs._replace(call=pairs.call - worth[0], put=pairs.put - worth[1])
        for at in np.unique(pairs.of).tolist():
            told = _carry(quoted, terms, at, spot)
            if not math.isnan(told):
                found[0][at], found[1][at] = told, True
        if with_early.any():
            worth = _worth_of_exercise(pairs, terms, found[0], spot)
    return found


def _carry(pairs: Pairs, terms: Terms, at: int, spot: float) -> float:
    """Return the carry that parity implies for one expiry, NaN if none that is credible."""
    years, rate, mine = float(terms.years[at]), float(terms.rate[at]), pairs.of == at
    if not years > 0:
        return math.nan
    found: Parity = parity(
        pairs.strike[mine],
        pairs.call[mine],
        pairs.put[mine],
        pairs.half[mine],
        math.exp(-rate * years),
    )
    if not abs(math.log(found.forward / spot)) < _FARTHEST * (1.0 + _A_YEAR * years):
        return math.nan
    return implied_carry(spot, found.forward, years, rate)


def _off_spot(terms: Terms, carry: Floats, known: NDArray[np.bool_]) -> float:
    """Return ln of where the line of forwards meets spot, over spot; 0 where none tells."""
    near = known & (terms.years > 0) & (terms.years < _NEXT)
    years, place = np.unique(terms.years[near], return_index=True)
    if years.size < _FEWEST or years[0] > _SOON:
        return 0.0
    drift = ((terms.rate - carry) * terms.years)[near][place]
    first, second = np.triu_indices(years.size, 1)
    slope = np.median((drift[second] - drift[first]) / (years[second] - years[first]))
    return float(np.median(drift - slope * years))


def _near_the_money(pairs: Pairs, spot: float, expiries: int) -> NDArray[np.bool_]:
    """Return which pairs are among the nearest few to spot of their expiry."""
    away = np.abs(np.log(pairs.strike / spot))
    order = np.lexsort((away, pairs.of))
    first = np.searchsorted(pairs.of[order], np.arange(expiries))
    rank = np.empty(order.size, np.int64)
    rank[order] = np.arange(order.size) - first[pairs.of[order]]
    return rank < _NEAREST


def _worth_of_exercise(
    pairs: Pairs, terms: Terms, carries: Floats, spot: float
) -> tuple[Floats, Floats]:
    """Return what early exercise adds to each call and put, dollars; 0 where not known."""
    years, rate, carry = (column[pairs.of] for column in (terms.years, terms.rate, carries))
    early = terms.early[pairs.of]
    out_put = pairs.strike < spot * np.exp((rate - carry) * years)
    out = np.where(out_put, pairs.put, pairs.call)
    vol = american.solve(out_put, out, spot, pairs.strike, years, rate, carry).vol
    call, put = (
        american.price(right, spot, pairs.strike, years, rate, carry, vol)
        - bsm.price(right, spot, pairs.strike, years, rate, carry, vol)
        for right in (False, True)
    )
    known = early & np.isfinite(call + put)
    return np.where(known, call, 0.0), np.where(known, put, 0.0)
