"""Sums over contracts: by strike, by expiry and over the whole chain."""

import math
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from opentape.positioning.positions import MOST, Floats
from opentape.pricing.jit import kernel, stage

Places = NDArray[np.int64]
Masks = NDArray[np.bool_]


class Sums(NamedTuple):
    """One place a strike or an expiry, in its order; unexpired contracts only.

    Exposures are in dollars and of the contracts that count. A side with no contract sums
    to 0; one with contracts of which nothing is known has NaN open interest or volume.
    """

    call_gex: Floats
    put_gex: Floats
    net_gex: Floats
    call_dex: Floats
    put_dex: Floats
    net_dex: Floats
    call_vex: Floats
    put_vex: Floats
    net_vex: Floats
    call_chex: Floats
    put_chex: Floats
    net_chex: Floats
    call_dag: Floats
    put_dag: Floats
    net_dag: Floats
    call_oi: Floats
    """Contracts."""
    put_oi: Floats
    call_volume: Floats
    put_volume: Floats
    call_shares: Floats
    """Open interest times multiplier, 0 where unknown."""
    put_shares: Floats
    total_oi: Floats
    """Open interest of either side that is known; NaN where neither is."""
    zero_dte_gex: Floats
    """Net GEX of the contracts that expire today."""
    counted: Floats
    """How many contracts count in the exposures."""


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """The whole chain: the strikes added one after the other, from the lowest up.

    None where no contract counts, or nothing is known.
    """

    net_gex: float | None
    net_dex: float | None
    net_vex: float | None
    net_chex: float | None
    net_dag: float | None
    call_gex: float | None
    put_gex: float | None
    call_oi: float | None
    put_oi: float | None
    call_volume: float | None
    put_volume: float | None
    counted: int


WIDTH: Final = len(Sums._fields)
_OI: Final = Sums._fields.index("call_oi")
_VOLUME: Final = Sums._fields.index("call_volume")
_SHARES: Final = Sums._fields.index("call_shares")
_TOTAL_OI: Final = Sums._fields.index("total_oi")
_ZERO_DTE: Final = Sums._fields.index("zero_dte_gex")
_COUNTED: Final = Sums._fields.index("counted")
_EXPOSURES: Final = _OI
_TOTALLED: Final = tuple(
    Sums._fields.index(name) for name in Totals.__struct_fields__ if name != "counted"
)


def as_totals(total: Floats) -> Totals:
    """Return what `add_rows` found, with None for what is not known."""
    values = total.tolist()
    counted = 0 if math.isnan(values[_COUNTED]) else int(values[_COUNTED])
    known = {
        Sums._fields[at]: values[at] if counted or at >= _EXPOSURES else math.nan
        for at in _TOTALLED
    }
    return Totals(
        **{name: None if math.isnan(value) else value for name, value in known.items()},
        counted=counted,
    )


@kernel
def add_groups(
    low: int, high: int, first: Places, member: Places, put: Masks, today: Masks,
    unit: Floats, oi: Floats, volume: Floats, multiplier: Floats, sums: Floats,
) -> None:  # fmt: skip
    """Fill the sums of some groups; group g is ``member[first[g]:first[g + 1]]``."""
    for group in range(low, high):
        _add_group(group, first, member, put, today, unit, oi, volume, multiplier, sums)


@stage
def _add_group(
    group: int, first: Places, member: Places, put: Masks, today: Masks,
    unit: Floats, oi: Floats, volume: Floats, multiplier: Floats, sums: Floats,
) -> None:  # fmt: skip
    for field in range(sums.shape[0]):
        sums[field, group] = 0.0
    listed_calls = listed_puts = known_calls = known_puts = traded_calls = traded_puts = 0
    for at in range(first[group], first[group + 1]):
        i = member[at]
        side = 1 if put[i] else 0
        listed_puts += side
        listed_calls += 1 - side
        if 0.0 <= volume[i] < MOST:
            sums[_VOLUME + side, group] += volume[i]
            traded_puts += side
            traded_calls += 1 - side
        held = float(oi[i])
        if not 0.0 <= held < MOST:
            continue
        known_puts += side
        known_calls += 1 - side
        sums[_OI + side, group] += held
        sums[_TOTAL_OI, group] += held
        if 0.0 < multiplier[i] < MOST:
            sums[_SHARES + side, group] += held * multiplier[i]
        if math.isnan(unit[i, 0]):
            continue
        sums[_COUNTED, group] += 1.0
        for m in range(unit.shape[1]):
            sums[3 * m + side, group] += held * unit[i, m]
        if today[i]:
            sums[_ZERO_DTE, group] += held * unit[i, 0]
    for m in range(unit.shape[1]):
        sums[3 * m + 2, group] = sums[3 * m, group] + sums[3 * m + 1, group]
    if listed_calls and not known_calls:
        sums[_OI, group] = math.nan
    if listed_puts and not known_puts:
        sums[_OI + 1, group] = math.nan
    if not known_calls + known_puts:
        sums[_TOTAL_OI, group] = math.nan
    if listed_calls and not traded_calls:
        sums[_VOLUME, group] = math.nan
    if listed_puts and not traded_puts:
        sums[_VOLUME + 1, group] = math.nan


@kernel
def add_rows(sums: Floats, total: Floats) -> None:
    """Fill `total` with each row of `sums` added from the left, NaN where all is NaN."""
    for field in range(sums.shape[0]):
        whole, known = 0.0, 0
        for row in range(sums.shape[1]):
            value = float(sums[field, row])
            if not math.isnan(value):
                whole += value
                known += 1
        total[field] = whole if known else math.nan
