"""Figures of what is listed: how open interest moved, how wide quotes are."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.desk.calibrate.figures import NAN, date_of, share
from opentape.desk.calibrate.gather import Day
from opentape.desk.calibrate.reply import Row, row
from opentape.market.calendar import EPOCH
from opentape.market.chain import Chain, Quoted, quoted
from opentape.market.open_interest import UNKNOWN_OI, OpenInterest

_NEAR: Final = 0.02
"""A strike this near to spot, in logs, is near the money."""
_STEP_AT: Final = 3.0
"""Dollars: where ticks grow."""
_TICKS: Final = (10, 5, 1)
"""Cents that contracts are quoted in, the coarsest first."""
_GRID: Final = 0.999
"""Share of quotes that must lie on a grid for it to be the tick."""


def interest(day: Day, before: OpenInterest, after: OpenInterest) -> Iterator[Row]:
    """Yield how open interest moved overnight against what traded."""
    contracts, prints = day.contracts, day.prints
    stands = ~prints.busted
    volume = np.bincount(prints.contract[stands], prints.size[stands], len(contracts))
    old, new = before.of(contracts), after.of(contracts)
    lives = contracts.expiry_days > (date_of(day) - EPOCH).days
    # one that was listed that day had none in the morning
    told = lives & (new != UNKNOWN_OI)
    moved = np.abs(new - np.maximum(old, 0))[told]
    if not told.any():
        yield from (row(key, NAN) for key in ("oi_violations", "oi_share"))
        return
    beyond = int((moved > volume[told]).sum())
    yield row("oi_violations", beyond, f"of {told.sum():,} contracts")
    yield row("oi_share", share(float(moved.sum()), float(volume[told].sum())))


def widths(chains: Sequence[Chain]) -> Iterator[Row]:
    """Yield the median width of quotes in ticks, by moneyness and price."""
    parts = [_of_chain(chain) for chain in chains if chain.rows]
    if not parts:
        return
    ticks, away, price = (np.concatenate(column) for column in zip(*parts, strict=True))
    near = np.abs(away) <= _NEAR
    for name, where in (("near", near), ("out", away > _NEAR), ("in", away < -_NEAR)):
        for level, dear in (("low", price < _STEP_AT), ("high", price >= _STEP_AT)):
            mine = ticks[where & dear]
            figure, note = NAN, "no contract"
            if mine.size:
                figure = float(np.median(mine))
                wide = float(np.percentile(mine, 90))
                note = f"90th percentile {wide:.0f}; {mine.size:,} quotes"
            yield row(f"width_{name}_{level}", figure, note)


def _of_chain(
    chain: Chain,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return width in ticks, distance out of the money and price of two-sided quotes."""
    state = quoted(chain)
    chain = chain.take((state == Quoted.TWO_SIDED) | (state == Quoted.WIDE))
    bid, ask = np.rint(100.0 * chain.bid), np.rint(100.0 * chain.ask)
    price = 0.5 * (chain.bid + chain.ask)
    dear = price >= _STEP_AT
    tick = np.where(dear, _tick(bid[dear], ask[dear]), _tick(bid[~dear], ask[~dear]))
    away = np.log(chain.strike / chain.spot)
    return (ask - bid) / tick, np.where(chain.put, -away, away), price


def _tick(bid: NDArray[np.float64], ask: NDArray[np.float64]) -> int:
    """Return the coarsest tick that quotes lie on, in cents."""
    for tick in _TICKS[:-1]:
        on_grid = (bid % tick == 0) & (ask % tick == 0)
        if bid.size and on_grid.mean() >= _GRID:
            return tick
    return _TICKS[-1]
