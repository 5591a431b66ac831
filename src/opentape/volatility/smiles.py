"""Smiles of a chain: one SVI slice per expiry, together free of arbitrage."""

from typing import Final

import numpy as np

from opentape.market.chain import Chain
from opentape.pricing import bsm
from opentape.pricing.smile import Fitted, Slice, fit_surface
from opentape.volatility.surface import Surface

_WIDEST: Final = 6.0
"""Standard deviations from the forward beyond which a point says nothing of the smile."""


def smiles(chain: Chain, surface: Surface) -> list[Fitted]:
    """Return the fit of each expiry to its contracts out of the money, or why none.

    Points are weighted with vega: a vol counts as far as a price tells it.
    """
    slices = surface.slices
    until, forward = surface.each(slices.years), surface.each(slices.forward)
    with np.errstate(invalid="ignore", divide="ignore"):
        away = np.log(chain.strike / forward)
        deviation = surface.vol * np.sqrt(until)
        wanted = np.where(chain.put, away <= 0, away > 0) & surface.usable
        wanted &= np.abs(away) < _WIDEST * deviation
    rate, carry = surface.each(slices.rate), surface.each(slices.carry)
    weight = bsm.greeks(
        chain.put, slices.spot, chain.strike, until, rate, carry, surface.vol
    ).vega
    told = [np.flatnonzero(wanted & (slices.of == at)) for at in range(slices.rows)]
    return fit_surface(
        [
            Slice(away[mine], deviation[mine] ** 2, weight[mine], float(slices.years[at]))
            for at, mine in enumerate(told)
        ]
    )
