"""Levels that the strikes of a chain show: walls, peaks of gamma and of open interest."""

import math
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from opentape.positioning.positions import Floats
from opentape.positioning.sums import Sums
from opentape.pricing.jit import kernel, stage

_CALL, _PUT, _CALL_OTM, _PUT_OTM, _POSITIVE, _NEGATIVE, _OI, _MAGNET = range(8)
_FOUND: Final = 8


class Levels(msgspec.Struct, frozen=True, kw_only=True):
    """Strikes in dollars, None where there is none; ties go nearer to spot, then lower."""

    call_wall: float | None
    """Most GEX of calls, anywhere in the chain; None where calls make none."""
    put_wall: float | None
    """Most GEX of puts in size, anywhere in the chain; None where puts make none."""
    call_wall_gex: float | None
    """Dollars per 1 %, 0 or more."""
    put_wall_gex: float | None
    """Dollars per 1 %, 0 or less."""
    call_wall_strength: float | None
    """Part of the GEX of all calls that is at the wall; weak below 0.2."""
    put_wall_strength: float | None
    call_wall_otm: float | None
    """As `call_wall`, among strikes at spot or above."""
    put_wall_otm: float | None
    """As `put_wall`, among strikes at spot or below."""
    call_wall_otm_strength: float | None
    put_wall_otm_strength: float | None
    max_positive_gamma: float | None
    """Greatest net GEX; None where no strike has it above 0."""
    max_negative_gamma: float | None
    """Least net GEX; None where no strike has it below 0."""
    highest_oi_strike: float | None
    """Most open interest of calls and puts together."""
    highest_oi_total: float | None
    """Contracts."""
    zero_dte_magnet: float | None
    """Most net GEX in size among contracts that expire today."""


def levels(strike: Floats, sums: Sums, spot: float) -> Levels:
    """Return the levels of a book.

    Parameters
    ----------
    strike : float64, ascending
        Dollars.
    sums
        One place a strike.
    spot
        Dollars; where it is NaN ties go to the lower strike and no level is out of the
        money.

    Source
    ------
    Call and put wall by one-sided GEX, unrestricted, as the wire has it; the variants that
    keep to their side of spot are `call_wall_otm` and `put_wall_otm`.
    """
    place = np.empty(_FOUND, np.int64)
    total = np.empty(2)
    _find(
        strike, sums.call_gex, sums.put_gex, sums.net_gex, sums.total_oi,
        sums.zero_dte_gex, float(spot), place, total,
    )  # fmt: skip
    at = place.tolist()
    calls, puts = total.tolist()
    return Levels(
        call_wall=_get(strike, at[_CALL]),
        put_wall=_get(strike, at[_PUT]),
        call_wall_gex=_get(sums.call_gex, at[_CALL]),
        put_wall_gex=_get(sums.put_gex, at[_PUT]),
        call_wall_strength=_part(sums.call_gex, at[_CALL], calls),
        put_wall_strength=_part(sums.put_gex, at[_PUT], puts),
        call_wall_otm=_get(strike, at[_CALL_OTM]),
        put_wall_otm=_get(strike, at[_PUT_OTM]),
        call_wall_otm_strength=_part(sums.call_gex, at[_CALL_OTM], calls),
        put_wall_otm_strength=_part(sums.put_gex, at[_PUT_OTM], puts),
        max_positive_gamma=_get(strike, at[_POSITIVE]),
        max_negative_gamma=_get(strike, at[_NEGATIVE]),
        highest_oi_strike=_get(strike, at[_OI]),
        highest_oi_total=_get(sums.total_oi, at[_OI]),
        zero_dte_magnet=_get(strike, at[_MAGNET]),
    )


def magnet(strike: Floats, net_gex: Floats, spot: float) -> int | None:
    """Return the place of the strike with the most net GEX in size, None if all is 0."""
    at = int(_magnet(strike, net_gex, float(spot)))
    return None if at < 0 else at


def _get(values: Floats, at: int) -> float | None:
    return None if at < 0 else float(values[at])


def _part(values: Floats, at: int, whole: float) -> float | None:
    return None if at < 0 else float(values[at]) / whole


@kernel
def _magnet(strike: Floats, net_gex: Floats, spot: float) -> int:
    return _top(strike, net_gex, 0.0, spot, -math.inf, math.inf)


@kernel
def _find(
    strike: Floats, call_gex: Floats, put_gex: Floats, net_gex: Floats, oi: Floats,
    today: Floats, spot: float, place: NDArray[np.int64], total: Floats,
) -> None:  # fmt: skip
    lowest, highest = -math.inf, math.inf
    place[_CALL] = _top(strike, call_gex, 1.0, spot, lowest, highest)
    place[_PUT] = _top(strike, put_gex, -1.0, spot, lowest, highest)
    place[_CALL_OTM] = _top(strike, call_gex, 1.0, spot, spot, highest)
    place[_PUT_OTM] = _top(strike, put_gex, -1.0, spot, lowest, spot)
    place[_POSITIVE] = _top(strike, net_gex, 1.0, spot, lowest, highest)
    place[_NEGATIVE] = _top(strike, net_gex, -1.0, spot, lowest, highest)
    place[_OI] = _top(strike, oi, 1.0, spot, lowest, highest)
    place[_MAGNET] = _top(strike, today, 0.0, spot, lowest, highest)
    total[:] = 0.0
    for row in range(strike.size):
        total[0] += call_gex[row]
        total[1] += put_gex[row]


@stage
def _top(
    strike: Floats, values: Floats, sign: float, spot: float, lowest: float, highest: float
) -> int:
    """Return the place of the greatest value above 0 once signed; without a sign, in size.

    Equal values go to the strike nearer to spot, then to the lower one; -1 for none.
    """
    best, most, nearest = -1, 0.0, math.inf
    for row in range(strike.size):
        value = float(values[row])
        value = sign * value if sign != 0.0 else abs(value)
        here = float(strike[row])
        if not (value > 0.0 and value >= most and lowest <= here <= highest):
            continue
        away = abs(here - spot)
        if value > most or away < nearest:
            best, most, nearest = row, value, away
    return best
