"""What a settled chain tells of contracts, as judging takes it."""

from collections.abc import Sequence

import numpy as np

from opentape.flow.judge.enrich import ChainMarks
from opentape.market.chain import Chain
from opentape.volatility.options import ChainOptions
from opentape.volatility.skew import skew
from opentape.volatility.slices import Given
from opentape.volatility.surface import solve


def settle(
    chains: Sequence[Chain],
    options: ChainOptions | None = None,
    *,
    spot_is_sure: bool = False,
) -> ChainMarks:
    """Return the vols and greeks of the contracts of several chains.

    The chains share one table of contracts, that of the prints. `spot_is_sure` says that
    their spots are the caller's own.
    """
    if not chains:
        return ChainMarks.none()
    given = Given(spot=spot_is_sure)
    marks = [_marks(chain, options, given) for chain in chains]
    return ChainMarks._make(np.concatenate(columns) for columns in zip(*marks, strict=True))


def _marks(chain: Chain, options: ChainOptions | None, given: Given) -> ChainMarks:
    surface = solve(chain, options, given)
    slices = surface.slices
    return ChainMarks(
        contract=chain.contract,
        iv=surface.vol,
        delta=surface.greeks.delta,
        gamma=surface.greeks.gamma,
        atm_iv=surface.each(skew(chain, surface, options).atm_iv),
        forward=surface.each(slices.forward),
        years=surface.each(slices.years),
        spot=np.full(chain.rows, chain.spot),
    )
