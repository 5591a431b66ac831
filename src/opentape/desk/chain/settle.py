"""What a settled chain tells of contracts, as judging takes it."""

from collections.abc import Sequence

import numpy as np

from opentape.flow.judge.enrich import ChainMarks
from opentape.market.chain import Chain
from opentape.volatility.options import ChainOptions
from opentape.volatility.skew import Skew, skew
from opentape.volatility.surface import Surface, solve


def settle(
    chains: Sequence[Chain],
    options: ChainOptions | None = None,
) -> ChainMarks:
    """Return the vols and greeks of the contracts of several chains, the newest of each.

    The chains share one table of contracts, that of the prints.
    """
    if not chains:
        return ChainMarks.none()
    by_age = sorted(chains, key=lambda chain: chain.as_of)
    marks = [_marks(chain, options) for chain in by_age]
    every = ChainMarks._make(
        np.concatenate(columns) for columns in zip(*marks, strict=True)
    )
    # of a contract in several chains the newest says
    _, from_end = np.unique(every.contract[::-1], return_index=True)
    newest = every.contract.size - 1 - from_end
    return ChainMarks._make(column[newest] for column in every)


def _marks(chain: Chain, options: ChainOptions | None) -> ChainMarks:
    surface = solve(chain, options)
    return marks_of(chain, surface, skew(chain, surface, options))


def marks_of(chain: Chain, surface: Surface, wings: Skew) -> ChainMarks:
    """Return the vols and greeks of the contracts of a chain that is solved."""
    slices = surface.slices
    return ChainMarks(
        contract=chain.contract,
        iv=surface.vol,
        delta=surface.greeks.delta,
        gamma=surface.greeks.gamma,
        atm_iv=surface.each(wings.atm_iv),
        forward=surface.each(slices.forward),
        years=surface.each(slices.years),
        spot=np.full(chain.rows, chain.spot),
    )
