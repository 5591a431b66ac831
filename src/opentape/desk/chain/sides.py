"""What quotes say beyond their middles: vols of both sides, cross greeks, the smile."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.desk.chain.analysed import Analysed
from opentape.pricing import american, bsm, implied
from opentape.pricing.forward import Floats
from opentape.pricing.smile import svi

_ENGINES = (american.solve, implied.solve)


class Sides(NamedTuple):
    """Columns over the contracts of a chain; NaN where not known."""

    iv_bid: Floats
    """Vol that the bid implies, a fraction per year."""
    iv_ask: Floats
    """Vol that the ask implies, a fraction per year."""
    vanna: Floats
    """Of delta, for 1.00 of vol; the European formula at the contract's vol."""
    charm: Floats
    """Of delta, per year that passes; the European formula at the contract's vol."""
    svi_vol: Floats
    """Vol of the fitted smile at the strike, a fraction per year."""


def sides(analysed: Analysed) -> Sides:
    """Return what the quotes of a chain say beyond their middles."""
    chain, surface = analysed.chain, analysed.surface
    slices = surface.slices
    years, rate = surface.each(slices.years), surface.each(slices.rate)
    carry = surface.each(slices.carry)
    greeks = bsm.greeks(
        chain.put, slices.spot, chain.strike, years, rate, carry, surface.greek_vol
    )
    return Sides(
        iv_bid=_vols(analysed, chain.bid),
        iv_ask=_vols(analysed, chain.ask),
        vanna=greeks.vanna,
        charm=greeks.charm,
        svi_vol=_smiles(analysed),
    )


def _vols(analysed: Analysed, price: Floats) -> Floats:
    """Return the vols of some prices, of contracts whose quote is one that is priced."""
    chain, surface, options = analysed.chain, analysed.surface, analysed.options
    slices = surface.slices
    vol = np.full(chain.rows, np.nan)
    priced = np.isfinite(surface.mid) & (slices.years[slices.of] > 0)
    for solve, its in zip(_ENGINES, (surface.american, ~surface.american), strict=True):
        mine: NDArray[np.intp] = np.flatnonzero(its & priced)
        at = slices.of[mine]
        vol[mine] = solve(
            chain.put[mine], price[mine], slices.spot, chain.strike[mine],
            slices.years[at], slices.rate[at], slices.carry[at],
        ).vol  # fmt: skip
    with np.errstate(invalid="ignore"):
        believed = (vol >= options.least_iv) & (vol <= options.most_iv)
    return np.where(believed, vol, np.nan)


def _smiles(analysed: Analysed) -> Floats:
    chain, slices = analysed.chain, analysed.surface.slices
    vol, forward = np.full(chain.rows, np.nan), slices.forward
    for at, fitted in enumerate(analysed.fits):
        if fitted.svi is not None:
            mine = np.flatnonzero(slices.of == at)
            away = np.log(chain.strike[mine] / forward[at])
            vol[mine] = svi.vol(fitted.svi, away, slices.years[at])
    return vol
