"""The arithmetic behind a signal, spelled out: each formula beside the numbers it took."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from opentape.flow.judge import points, radar, score
from opentape.flow.options import InterestOptions, RadarOptions, ScoreOptions
from opentape.flow.signal import AGGRESSORS, BIASES, SIDES, Signals

Inputs = dict[str, float | int | str | None]


class PartLine(msgspec.Struct, frozen=True, kw_only=True):
    """One part of a score: weight x share is exact, points is what that was rounded to."""

    name: str
    """Of the part."""
    points: int
    """What it adds to the score."""
    weight: float
    """The most it can add."""
    share: float
    """How much of the weight it has, 0 to 1."""
    exact: float
    """Weight x share, not rounded."""
    formula: str
    """How the share comes about."""
    inputs: Inputs
    """The numbers in the formula."""


class ContractDay(NamedTuple):
    """A contract's volume of one trade date, in contracts."""

    bought: int
    sold: int
    unsigned: int
    proven: int
    oi: int
    """Open interest of the morning, -1 where unknown."""

    @property
    def volume(self) -> int:
        """All contracts traded."""
        return self.bought + self.sold + self.unsigned


class Part(NamedTuple):
    """What a part of a score is, whatever signal is scored."""

    name: str
    weight: float
    """Points where its share is 1."""
    formula: str
    """Its share, 0 to 1."""


class _Step(NamedTuple):
    share: float
    inputs: Inputs


def score_parts(options: ScoreOptions) -> tuple[Part, ...]:
    """Return the six parts of a score."""
    formulas = (
        _premium_formula(options.premium_floor_usd, options.premium_full_usd),
        "ln(1 + 9 x size / max(open_interest, 1)) / ln 10, 0 to 1; 0 if unknown",
        f"in its own direction: 1 beyond the quote, {options.at_quote:g} at it, else 0",
        "for a sweep 0.5 + 0.125 x (legs - 2) + 0.25 with 3 venues, at most 1"
        if options.graded_sweep
        else "1 for a sweep, else 0",
        "the contract's confidence if its bias is opening_bias, else 0",
        _knots_formula(options.tenor_days, options.tenor_parts),
    )
    return tuple(map(Part, score.PARTS, options.points(), formulas))


def radar_parts(options: RadarOptions) -> tuple[Part, ...]:
    """Return the four parts of a radar score."""
    weights = (
        options.vol_oi_points,
        options.premium_points,
        max(options.dte_scores),
        max(options.otm_scores),
    )
    grown = "ln(1 + volume / max(open_interest, 1))"
    formulas = (
        f"{grown} / ln {1 + options.vol_oi_full:g}, at most 1; 0 if unknown",
        _premium_formula(options.premium_floor_usd, options.premium_full_usd),
        _knots_formula(options.dte_days, _dte_shares(options)),
        "most from 0 to 5 % out of the money, falling on either side; 0 if unknown",
    )
    return tuple(map(Part, radar.PARTS, weights, formulas))


def score_lines(one: Signals, options: ScoreOptions) -> tuple[PartLine, ...]:
    """Return the six parts of the first signal of `one`."""
    steps = (
        _premium(one, options.premium_floor_usd, options.premium_full_usd),
        _size(one),
        _aggressor(one, options.at_quote),
        _sweep(one, graded=options.graded_sweep),
        _opening(one),
        _tenor(one, options.tenor_days, options.tenor_parts),
    )
    return _lines(score_parts(options), one.parts[0].tolist(), steps)


def radar_lines(one: Signals, options: RadarOptions) -> tuple[PartLine, ...]:
    """Return the four parts of the radar score of the first signal of `one`."""
    steps = (
        _vol_oi(one, options.vol_oi_full),
        _premium(one, options.premium_floor_usd, options.premium_full_usd),
        _tenor(one, options.dte_days, _dte_shares(options)),
        _otm(one, options),
    )
    return _lines(radar_parts(options), one.radar_parts[0].tolist(), steps)


def interest_lines(
    day: ContractDay, estimate: int, bias: str, options: InterestOptions
) -> tuple[str, ...]:
    """Return how the estimate of a contract was reached, a sentence a step."""
    net, signed = day.bought - day.sold, day.bought + day.sold
    share, volume = options.opening_share, day.volume
    lines = [
        f"net: {share:g} x ({day.bought:,} bought - {day.sold:,} sold) = {share * net:,.2f}"
    ]
    if options.bounds and day.oi >= 0:
        lowest = max(-min(volume, day.oi), 2 * day.proven - volume)
        lines.append(f"bounds: at least {lowest:,}, at most the volume of {volume:,}")
    slope = (
        f"{estimate:+,} / {signed:,} signed = {estimate / signed:+.3f}" if signed else "-"
    )
    proof = f"{day.proven:,} of {volume:,} = {day.proven / max(volume, 1):.3f}"
    least, enough = options.bias_min_share, options.bias_min_volume
    return (
        *lines,
        f"estimate: {estimate:+,} contracts",
        f"proof: must have opened {proof} of the volume",
        f"bias: {slope}; {bias}, which takes {least:g} either way and {enough} signed",
        f"or proof of {options.proof_min_share:g} for opening",
        f"confidence: the larger of {share:g} and the proof, at most 1",
    )


def _lines(
    parts: Sequence[Part], whole: Sequence[int], steps: Sequence[_Step]
) -> tuple[PartLine, ...]:
    return tuple(
        PartLine(
            name=part.name,
            points=given,
            weight=part.weight,
            share=step.share,
            exact=part.weight * step.share,
            formula=part.formula,
            inputs=step.inputs,
        )
        for part, given, step in zip(parts, whole, steps, strict=True)
    )


def _premium_formula(floor: float, full: float) -> str:
    return f"log10(premium / {floor:,.0f}) / log10({full:,.0f} / {floor:,.0f}), 0 to 1"


def _knots_formula(days: Sequence[int], shares: Sequence[float]) -> str:
    knots = ", ".join(f"{day}d {share:g}" for day, share in zip(days, shares, strict=True))
    return f"straight lines between {knots}"


def _dte_shares(options: RadarOptions) -> list[float]:
    return [given / max(options.dte_scores) for given in options.dte_scores]


def _premium(one: Signals, floor: float, full: float) -> _Step:
    premium = float(one.premium[0])
    return _Step(points.log_share(premium, floor, full), {"premium": premium})


def _size(one: Signals) -> _Step:
    size, oi = int(one.parents["size"][0]), int(one.oi[0])
    inputs: Inputs = {"size": size, "open_interest": oi if oi >= 0 else None}
    return _Step(score.size_share(size, oi), inputs)


def _aggressor(one: Signals, at_quote: float) -> _Step:
    side, label = int(one.parents["side"][0]), int(one.parents["aggressor"][0])
    inputs: Inputs = {"side": SIDES[side], "aggressor": AGGRESSORS[label]}
    return _Step(score.aggressor_share(side, label, at_quote), inputs)


def _sweep(one: Signals, *, graded: bool) -> _Step:
    parent = one.parents[0]
    structure = "sweep" if parent["sweep"] else "block"
    inputs: Inputs = {"structure": structure, "legs": int(parent["legs"])}
    return _Step(score.sweep_share(parent, graded), inputs)


def _opening(one: Signals) -> _Step:
    bias, confidence = BIASES[int(one.bias[0])], float(one.confidence[0])
    share = confidence if bias == "opening_bias" else 0.0
    return _Step(share, {"bias": bias, "confidence": confidence})


def _tenor(one: Signals, days: Sequence[int], shares: Sequence[float]) -> _Step:
    dte = int(one.dte[0])
    share = points.between(float(dte), np.array(days, np.float64), np.array(shares))
    return _Step(share, {"dte": dte})


def _vol_oi(one: Signals, full: float) -> _Step:
    size, oi = int(one.parents["size"][0]), int(one.oi[0])
    inputs: Inputs = {"volume": size, "open_interest": oi if oi >= 0 else None}
    return _Step(radar.vol_oi_share(size, oi, full), inputs)


def _otm(one: Signals, options: RadarOptions) -> _Step:
    percent = float(one.otm_percent[0])
    knots, values = np.array(options.otm_percents), np.array(options.otm_scores)
    share = radar.otm_score(percent, knots, values) / max(options.otm_scores)
    inputs: Inputs = {"otm_percent": None if np.isnan(percent) else percent}
    return _Step(share, inputs)
