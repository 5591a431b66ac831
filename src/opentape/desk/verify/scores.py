"""The two scores of a signal, of what it says of itself and what it was judged against."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from opentape.desk.live import State
from opentape.flow.options import InterestOptions, RadarOptions, ScoreOptions
from opentape.flow.signal import Signal

_BEYOND: Final = {"buy": "above_ask", "sell": "below_bid"}
_AT: Final = {"buy": "at_ask", "sell": "at_bid"}
_MANY_VENUES: Final = 3
_EDGE: Final = 1e-9
"""Floats this near to a whole number, or to each other, may fall on either side."""
_DECIMALS: Final = 9


class Estimate(NamedTuple):
    """What a contract's day says of its open interest."""

    change: int
    bias: str
    confidence: float


def estimate(state: State, options: InterestOptions) -> Estimate:
    """Return the estimate of the flat model, its bias and how sure that is."""
    bought, sold, unsigned, proven, oi = state[:5]
    volume, signed = bought + sold + unsigned, bought + sold
    change = _half_away(options.opening_share * (bought - sold))
    if options.bounds and oi >= 0:
        change = max(change, -min(volume, oi), proven - (volume - proven))
        change = min(change, volume)
    slope = change / signed if signed else 0.0
    enough = signed >= options.bias_min_volume
    proof = proven > 0 and proven >= options.proof_min_share * volume
    if proof or (enough and slope >= options.bias_min_share):
        bias = "opening_bias"
    elif enough and slope <= -options.bias_min_share and oi != 0:
        bias = "closing_bias"
    else:
        bias = "unknown"
    share = proven / volume if volume else 0.0
    return Estimate(change, bias, min(1.0, max(options.opening_share, share)))


def intent_of(side: str, right: str, bias: str) -> str:
    """Return what a signal bets on: nothing at the middle, nor where it closes."""
    if side == "mid" or bias == "closing_bias":
        return "neutral"
    return "bullish" if (side == "buy") == (right == "C") else "bearish"


def exact_score(
    signal: Signal, oi: int, told: Estimate, options: ScoreOptions
) -> list[float]:
    """Return the six parts of a score before they are rounded."""
    shares = [
        _logarithmic(signal.premium, options.premium_floor_usd, options.premium_full_usd),
        0.0 if oi < 0 else min(1.0, math.log10(1 + 9 * signal.size / max(oi, 1))),
        _aggression(signal, options.at_quote),
        _sweep(signal, graded=options.graded_sweep),
        told.confidence if told.bias == "opening_bias" else 0.0,
        _on_line(signal.dte, options.tenor_days, options.tenor_parts),
    ]
    weights = options.weights
    each = (
        weights.premium, weights.size_vs_oi, weights.aggressor, weights.sweep,
        weights.opening_bias, weights.tenor,
    )  # fmt: skip
    whole = sum(each)
    return [100 * weight / whole * n for weight, n in zip(each, shares, strict=True)]


def exact_radar(
    signal: Signal, oi: int, otm: float | None, options: RadarOptions
) -> list[float]:
    """Return the four parts of the radar's score before they are rounded.

    Parameters
    ----------
    otm
        Percent out of the money; None where not known.
    """
    ratio = signal.size / max(oi, 1)
    grown = min(1.0, math.log1p(ratio) / math.log1p(options.vol_oi_full))
    dollars = _logarithmic(
        signal.premium, options.premium_floor_usd, options.premium_full_usd
    )
    return [
        0.0 if oi < 0 else options.vol_oi_points * grown,
        options.premium_points * dollars,
        _on_line(signal.dte, options.dte_days, options.dte_scores),
        0.0 if otm is None else _otm(otm, options),
    ]


def possible(exact: Sequence[float]) -> list[list[int]]:
    """Return the parts that a score may have, which sum to it: one list, seldom two.

    The sum is rounded half up; what it has beyond the whole parts goes to the largest
    remainders, the earlier part on a tie. Where the sum is a half to within what floats
    can tell, either is right.
    """
    sums = {math.floor(sum(exact) + 0.5 + nudge) for nudge in (-_EDGE, 0.0, _EDGE)}
    return [_shared_out(exact, whole) for whole in sorted(sums)]


def _shared_out(exact: Sequence[float], whole: int) -> list[int]:
    parts = [math.floor(one + _EDGE) for one in exact]
    rest = [round(one - part, _DECIMALS) for one, part in zip(exact, parts, strict=True)]
    left = whole - sum(parts)
    step = 1 if left > 0 else -1
    for _ in range(abs(left)):
        at = max(range(len(parts)), key=lambda one: (step * rest[one], -one))
        parts[at] += step
        rest[at] -= step
    return parts


def _aggression(signal: Signal, at_quote: float) -> float:
    if signal.aggressor == _BEYOND.get(signal.side):
        return 1.0
    return at_quote if signal.aggressor == _AT.get(signal.side) else 0.0


def _sweep(signal: Signal, *, graded: bool) -> float:
    if signal.structure != "sweep":
        return 0.0
    if not graded:
        return 1.0
    more = 0.25 if len(signal.venues) >= _MANY_VENUES else 0.0
    return min(1.0, 0.5 + 0.125 * (signal.legs - 2) + more)


def _otm(percent: float, options: RadarOptions) -> float:
    money, near = options.otm_percents[1:3]
    if money <= percent <= near:
        return options.otm_scores[2]
    return _on_line(percent, options.otm_percents, options.otm_scores)


def _logarithmic(value: float, floor: float, full: float) -> float:
    if value <= floor:
        return 0.0
    return min(1.0, math.log10(value / floor) / math.log10(full / floor))


def _on_line(x: float, knots: Sequence[float], values: Sequence[float]) -> float:
    if x <= knots[0]:
        return values[0]
    line = zip(pairwise(knots), pairwise(values), strict=True)
    for (left, right), (low, high) in line:
        if x <= right:
            return low + (x - left) / (right - left) * (high - low)
    return values[-1]


def _half_away(amount: float) -> int:
    return math.floor(amount + 0.5) if amount >= 0 else -math.floor(0.5 - amount)
