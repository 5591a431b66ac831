"""The live book beside the settled one: how far today's flow has moved exposures."""

from enum import StrEnum
from typing import Final

import msgspec
import numpy as np

from opentape.positioning.options import LevelOptions
from opentape.positioning.positions import MOST, Floats
from opentape.positioning.sums import Masks

_DEFAULTS: Final = LevelOptions()


class Direction(StrEnum):
    """What the flow of the day has done to the gamma of dealers."""

    NO_FLOW = "no_flow"
    NEUTRAL = "neutral"
    AMPLIFYING = "amplifying"
    DAMPENING = "dampening"
    REGIME_FLIP = "regime_flip"


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """One exposure of the settled book and of the live one, in dollars."""

    settled: float | None
    live: float | None
    adjustment: float | None
    """Live less settled."""
    pct_shift: float | None
    """Adjustment over settled, a fraction of three decimals: above 0, it grew in size."""


class Interest(msgspec.Struct, frozen=True, kw_only=True):
    """Open interest of the morning and now, over the contracts where it is known."""

    official_oi: float
    intraday_oi_delta: float
    """Sum of the estimated changes."""
    simulated_oi: float
    """Official and the changes; nothing keeps a contract from going below 0 here."""
    effective_oi: float
    """The same with no contract below 0: what live exposures are made from."""
    contracts_total: int
    contracts_with_flow: int
    """Contracts whose estimate is not 0."""
    total_abs_delta_contracts: float
    """Sum of the changes in size, from settled to effective."""


def effective(official: Floats, simulated: Floats) -> Floats:
    """Return the open interest that live exposures are made from.

    Returns
    -------
    float64
        `simulated` or 0 if that is more; `official` where `simulated` is NaN; NaN where
        `official` is.

    Examples
    --------
    >>> effective(np.array([5.0, 5.0, np.nan]), np.array([-2.0, np.nan, 7.0])).tolist()
    [0.0, 5.0, nan]
    """
    now = np.where(np.isnan(simulated), official, np.maximum(simulated, 0.0))
    return np.where(_known(official), now, np.nan)


def interest(official: Floats, simulated: Floats) -> Interest:
    """Return the sums of open interest, settled and simulated.

    Parameters
    ----------
    official, simulated : float64, one a contract
        As in `effective`; contracts without official open interest are in no sum.

    Examples
    --------
    >>> interest(np.array([100.0, 10.0]), np.array([150.0, -20.0])).effective_oi
    150.0
    """
    known = _known(official)
    before = official[known]
    now = np.where(np.isnan(simulated[known]), before, simulated[known])
    clamped = np.maximum(now, 0.0)
    start, change = float(before.sum()), float((now - before).sum())
    return Interest(
        official_oi=start,
        intraday_oi_delta=change,
        simulated_oi=start + change,
        effective_oi=float(clamped.sum()),
        contracts_total=int(official.size),
        contracts_with_flow=int(np.count_nonzero(now != before)),
        total_abs_delta_contracts=float(np.abs(clamped - before).sum()),
    )


def move(settled: float | None, live: float | None) -> Move:
    """Return how an exposure moved, with None for what follows from an unknown."""
    change = None if settled is None or live is None else live - settled
    share = pct_shift(settled, live)
    return Move(settled=settled, live=live, adjustment=change, pct_shift=share)


def pct_shift(settled: float | None, live: float | None) -> float | None:
    """Return the change over what was settled, to three decimals; positive where it grew.

    Returns
    -------
    float or None
        None where either is unknown, or where settled is 0 and live is not.

    Examples
    --------
    >>> pct_shift(11.7e9, 12.5e9), pct_shift(-425e6, -450e6), pct_shift(0.0, 1.0)
    (0.068, 0.059, None)
    """
    if settled is None or live is None:
        return None
    if settled == 0:
        return 0.0 if live == 0 else None
    return round((live - settled) / settled, 3) + 0.0


def direction(
    settled: float | None,
    live: float | None,
    contracts_with_flow: int,
    options: LevelOptions = _DEFAULTS,
) -> Direction | None:
    """Return what flow did to an exposure, None where that is not known.

    Exposure made from nothing is a change of regime; exposure that is gone was dampened.

    Examples
    --------
    >>> direction(1.0e9, -0.2e9, 40)
    <Direction.REGIME_FLIP: 'regime_flip'>
    """
    if not contracts_with_flow:
        return Direction.NO_FLOW
    shift = pct_shift(settled, live)
    if settled is None or live is None:
        return None
    if shift is None or (live > 0 > settled) or (live < 0 < settled):
        return Direction.REGIME_FLIP
    if abs(shift) < options.neutral_shift:
        return Direction.NEUTRAL
    return Direction.AMPLIFYING if shift > 0 else Direction.DAMPENING


def described(turn: Direction | None, gex: Move, counts: Interest) -> str:
    """Return in a sentence or two what the flow of the day has done to GEX."""
    if turn is Direction.NO_FLOW:
        return "No contract has seen flow since the open."
    moved = counts.contracts_with_flow
    tail = (
        f"{moved:,} contract{'s' * (moved > 1)} saw "
        f"{counts.total_abs_delta_contracts:,.0f} contract-units of repositioning."
    )
    if turn is Direction.REGIME_FLIP:
        return f"Flow has turned the sign of dealer GEX since the open; {tail}"
    if turn is None or gex.pct_shift is None:
        return f"Dealer GEX is not known; {tail}"
    verb = "amplified" if gex.pct_shift >= 0 else "dampened"
    return f"Flow has {verb} dealer GEX by {abs(gex.pct_shift):.1%} since the open; {tail}"


def _known(official: Floats) -> Masks:
    return (official >= 0) & (official < MOST)
