"""A chain to vols and greeks: which quotes are priced, what they imply, and why not."""

from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.market.calendar import SECOND_NS
from opentape.market.chain import Chain, Quoted, quoted
from opentape.market.roots import is_american
from opentape.pricing import american, bsm, implied
from opentape.pricing.forward import Floats
from opentape.pricing.implied import Reason
from opentape.volatility.options import ChainOptions, Style
from opentape.volatility.slices import Given, Slices, sliced

_GREEKS: Final = ("delta", "gamma", "theta", "vega", "rho")


class Status(IntEnum):
    """Whether a contract has an implied vol, or why it has none."""

    SOLVED = 0
    VENDOR = 1
    """Taken from the feed, which quotes nothing."""
    ONE_SIDED = 2
    MISSING = 3
    CROSSED = 4
    STALE = 5
    ABSURD = 6
    BELOW_INTRINSIC = 7
    ABOVE_BOUND = 8
    AT_INTRINSIC = 9
    """In the money with no time value left to tell a vol."""
    OUT_OF_RANGE = 10
    """A vol outside what is believed."""
    EXPIRED = 11
    NO_SPOT = 12


_OF_QUOTE: Final = {
    Quoted.ONE_SIDED: Status.ONE_SIDED,
    Quoted.MISSING: Status.MISSING,
    Quoted.CROSSED: Status.CROSSED,
    Quoted.STALE: Status.STALE,
    Quoted.ABSURD: Status.ABSURD,
}
_OF_REASON: Final = {
    Reason.BAD_INPUT: Status.NO_SPOT,
    Reason.EXPIRED: Status.EXPIRED,
    Reason.BELOW_INTRINSIC: Status.BELOW_INTRINSIC,
    Reason.ABOVE_BOUND: Status.ABOVE_BOUND,
    Reason.AT_INTRINSIC: Status.AT_INTRINSIC,
}


_WITHOUT_TIME_VALUE: Final = (Status.BELOW_INTRINSIC, Status.AT_INTRINSIC)


class Greeks(NamedTuple):
    """Of each contract by its own style, raw: per year, per 1.00 of vol and of rate."""

    delta: Floats
    gamma: Floats
    theta: Floats
    vega: Floats
    rho: Floats


class Surface(NamedTuple):
    """What a chain's quotes imply; columns over its contracts, and its expiries."""

    slices: Slices
    american: NDArray[np.bool_]
    quote: NDArray[np.int8]
    """`market.chain.Quoted`."""
    mid: Floats
    """Dollars a share, NaN unless the quote is one that is priced."""
    vol: Floats
    """Fraction per year, NaN where `status` says why."""
    status: NDArray[np.int8]
    greek_vol: Floats
    """What `greeks` are at: `vol`, or for a contract so deep in the money that its quote
    tells none, the vol of the other right at its strike."""
    greeks: Greeks
    usable: NDArray[np.bool_]
    """Whether a vol may go into fits and levels: known, and not from a wide quote."""

    def each(self, column: Floats) -> Floats:
        """Return a column over expiries as one over contracts."""
        return column[self.slices.of]


def solve(
    chain: Chain,
    options: ChainOptions | None = None,
    given: Given | None = None,
) -> Surface:
    """Return the vols and greeks of a chain.

    Parameters
    ----------
    given : Given, optional
        Carry and spot that quotes are not asked for.

    Returns
    -------
    Surface
        Of a feed that quotes no contract at all the feed's own vols are taken.
    """
    options = options or ChainOptions()
    exercised_early = _american(chain, options.style)
    state = quoted(
        chain, wide=options.wide_spread, stale_ns=int(options.stale_seconds * SECOND_NS)
    )
    slices = sliced(chain, state, exercised_early, options, given or Given())
    priced = ~np.isin(state, list(_OF_QUOTE))
    mid = np.where(priced, 0.5 * (chain.bid + chain.ask), np.nan)
    vol, status = _vols(chain, slices, exercised_early, mid, state)
    _from_vendor(chain, slices, vol, status)
    outside = ~(vol >= options.least_iv) | ~(vol <= options.most_iv)
    status[outside & np.isfinite(vol)] = Status.OUT_OF_RANGE
    vol[outside] = np.nan
    usable = np.isfinite(vol) & (state != Quoted.WIDE)
    greek_vol = _lent(chain, vol, status)
    greeks = _greeks(chain, slices, exercised_early, greek_vol)
    return Surface(
        slices, exercised_early, state, mid, vol, status, greek_vol, greeks, usable
    )


def _american(chain: Chain, style: Style) -> NDArray[np.bool_]:
    if style is not Style.AUTO:
        return np.full(chain.rows, style is Style.AMERICAN)
    by_root = np.array([is_american(root) for root in chain.contracts.roots], np.bool_)
    return by_root[chain.contracts.root_codes[chain.contract]]


def _vols(
    chain: Chain,
    slices: Slices,
    exercised_early: NDArray[np.bool_],
    mid: Floats,
    state: NDArray[np.int8],
) -> tuple[Floats, NDArray[np.int8]]:
    vol = np.full(chain.rows, np.nan)
    status = np.zeros(chain.rows, np.int8)
    of = slices.of
    for engine, its in ((american, exercised_early), (implied, ~exercised_early)):
        mine = np.flatnonzero(its & np.isfinite(mid))
        at = of[mine]
        found = engine.solve(
            chain.put[mine], mid[mine], slices.spot, chain.strike[mine],
            slices.years[at], slices.rate[at], slices.carry[at],
        )  # fmt: skip
        vol[mine] = found.vol
        for reason, meaning in _OF_REASON.items():
            status[mine[found.reason == reason]] = meaning
    for quote, meaning in _OF_QUOTE.items():
        status[state == quote] = meaning
    status[~(slices.years[of] > 0)] = Status.EXPIRED
    return vol, status


def _from_vendor(
    chain: Chain,
    slices: Slices,
    vol: Floats,
    status: NDArray[np.int8],
) -> None:
    if not (np.isnan(chain.bid) & np.isnan(chain.ask)).all():
        return
    told = (chain.vendor_iv > 0) & (slices.years[slices.of] > 0)
    vol[told] = chain.vendor_iv[told]
    status[told] = Status.VENDOR


def _lent(chain: Chain, vol: Floats, status: NDArray[np.int8]) -> Floats:
    """Return vols, those of contracts without time value lent by the other right."""
    keys = chain.contracts.keys[chain.contract]
    order = np.argsort(keys)
    at = np.minimum(np.searchsorted(keys[order], keys ^ 1), keys.size - 1)
    other = order[at]
    lends = np.isin(status, _WITHOUT_TIME_VALUE) & (keys[other] == keys ^ 1)
    return np.where(lends, vol[other], vol)


def _greeks(
    chain: Chain, slices: Slices, exercised_early: NDArray[np.bool_], vol: Floats
) -> Greeks:
    columns = np.full((len(_GREEKS), chain.rows), np.nan)
    for engine, its in ((american, exercised_early), (bsm, ~exercised_early)):
        mine = np.flatnonzero(its & np.isfinite(vol))
        at = slices.of[mine]
        found = engine.greeks(
            chain.put[mine], slices.spot, chain.strike[mine],
            slices.years[at], slices.rate[at], slices.carry[at], vol[mine],
        )  # fmt: skip
        for row, name in enumerate(_GREEKS):
            columns[row, mine] = getattr(found, name)
    return Greeks._make(columns)
