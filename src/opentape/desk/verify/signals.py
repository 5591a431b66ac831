"""One signal as it was told, held against its prints and what it was judged against."""

from collections.abc import Iterator, Sequence
from typing import Final

from opentape.desk.live import State
from opentape.desk.verify.parent import Parent, flaw_of, parent_of
from opentape.desk.verify.quote import Print
from opentape.desk.verify.scores import (
    Estimate,
    estimate,
    exact_radar,
    exact_score,
    intent_of,
    possible,
)
from opentape.flow.options import FlowOptions
from opentape.flow.signal import Radar, Signal
from opentape.market.contract import Contract

_BUCKETS: Final = ("minimal", "low", "medium", "high")
_FLAGS: Final = ("NORMAL", "NOTABLE", "ELEVATED", "EXTREME")
_RADAR_SIDE: Final = {
    "above_ask": "ASK", "at_ask": "ASK", "at_bid": "BID", "below_bid": "BID", "mid": "MID"
}  # fmt: skip
_OF_STATE: Final = ("proven_open", "oi_stale")
"""Flags that no print carries."""
_OTM_DECIMALS: Final = 1e-4


def against_prints(
    signal: Signal, prints: Sequence[Print], contract: Contract, options: FlowOptions
) -> Iterator[str]:
    """Yield what a signal says of itself that its prints do not."""
    flaw = flaw_of(prints, options.gather)
    if flaw is not None:
        yield flaw
        return
    parent = parent_of(prints, contract, options.gather)
    for name in Parent._fields:
        if name not in {"flags", "spot"}:
            yield from _differs(name, getattr(signal, name), getattr(parent, name))
    flags = [flag for flag in signal.flags if flag not in _OF_STATE]
    yield from _differs("flags", flags, parent.flags)
    if parent.spot is not None:
        yield from _differs("radar.spot", signal.radar.spot, parent.spot)
    series = (contract.expiry, contract.strike, contract.right)
    yield from _differs("series", (signal.expiry, signal.strike, signal.right), series)


def against_state(signal: Signal, state: State, options: FlowOptions) -> Iterator[str]:
    """Yield what was concluded from the day of a signal's contract and does not follow."""
    oi, told = state.open_interest, estimate(state, options.interest)
    crossed = {"buy": state.bought, "sell": state.sold, "mid": state.unsigned}
    if crossed[signal.side] < signal.size:
        yield f"it is of {signal.size:,} contracts, its day of {crossed[signal.side]:,}"
    yield from _differs("open_interest", signal.open_interest, oi if oi >= 0 else None)
    mine = Estimate(
        signal.contract_net_oi_delta, signal.open_close_bias, signal.open_close_confidence
    )
    for name, found, wanted in zip(Estimate._fields, mine, told, strict=True):
        yield from _differs(name, found, wanted)
    intent = intent_of(signal.side, signal.right, told.bias)
    yield from _differs("intent", signal.intent, intent)
    proven = "proven_open" in signal.flags
    yield from _differs("proven_open", proven, state.proven > 0)
    yield from _scored(signal, oi, told, options)
    yield from _tagged(signal, options)
    yield from _radar(signal, oi, options)


def _scored(signal: Signal, oi: int, told: Estimate, options: FlowOptions) -> Iterator[str]:
    parts = signal.score_breakdown
    yield from _points(
        "score",
        signal.score,
        [
            parts.premium, parts.size_vs_oi, parts.aggressor, parts.sweep,
            parts.opening_bias, parts.tenor,
        ],
        exact_score(signal, oi, told, options.score),
    )  # fmt: skip
    cuts = (options.score.low, options.score.medium, options.score.high)
    bucket = _BUCKETS[sum(signal.score >= cut for cut in cuts)]
    yield from _differs("conviction", signal.conviction, bucket)


def _tagged(signal: Signal, options: FlowOptions) -> Iterator[str]:
    of_bias = {"opening_bias": ["opening"], "closing_bias": ["closing"]}
    tags = [signal.structure, *of_bias.get(signal.open_close_bias, [])]
    tags += ["0dte"] * (signal.dte == 0)
    tags += ["whale"] * (signal.premium >= options.score.whale_usd)
    # golden is a matter of what was told with it
    told = [tag for tag in signal.tags if tag != "golden"]
    yield from _differs("tags", told, tags)


def _radar(signal: Signal, oi: int, options: FlowOptions) -> Iterator[str]:
    radar = signal.radar
    otm = _percent(radar)
    if (otm is None) is not (radar.otm_percent is None) or (
        otm is not None and abs(otm - (radar.otm_percent or 0.0)) > _OTM_DECIMALS
    ):
        yield _said("radar.otmPct", radar.otm_percent, otm)
    parts = radar.score_parts
    yield from _points(
        "radar.score",
        radar.score,
        [parts.vol_oi, parts.premium, parts.dte, parts.otm],
        exact_radar(signal, oi, radar.otm_percent, options.radar),
    )
    cuts = (options.radar.notable, options.radar.elevated, options.radar.extreme)
    flag = _FLAGS[sum(radar.score >= cut for cut in cuts)]
    yield from _differs("radar.flag", radar.flag, flag)
    side = _RADAR_SIDE[signal.aggressor]
    yield from _differs("radar.side", radar.side, side)
    up = "BULL" if (side == "ASK") == (signal.right == "C") else "BEAR"
    yield from _differs("radar.bias", radar.bias, "NEUTRAL" if side == "MID" else up)
    yield from _differs("radar.volOI", radar.vol_oi, _ratio(signal, oi))
    swept = radar.kind == "SWEEP"
    yield from _differs("radar.kind", swept, signal.structure == "sweep")
    copied = (radar.volume, radar.premium, radar.dte, radar.open_interest)
    own = (signal.size, signal.premium, signal.dte, signal.open_interest)
    yield from _differs("radar", copied, own)


def _ratio(signal: Signal, oi: int) -> float | None:
    return signal.size / max(oi, 1) if oi >= 0 else None


def _percent(radar: Radar) -> float | None:
    """Return how far out of the money it is, in percent of spot."""
    if radar.spot is None or radar.spot <= 0:
        return None
    away = (radar.strike - radar.spot) / radar.spot * 100
    return away if radar.type == "CALL" else -away


def _points(
    name: str, score: int, parts: list[int], exact: Sequence[float]
) -> Iterator[str]:
    right = possible(exact)
    if parts not in right or score != sum(parts):
        wanted = " or ".join(f"{sum(one)} ({_plus(one)})" for one in right)
        yield f"{name} is {score} ({_plus(parts)}), its evidence gives {wanted}"


def _plus(parts: Sequence[int]) -> str:
    return " + ".join(map(str, parts))


def _differs(name: str, told: object, wanted: object) -> Iterator[str]:
    if told != wanted:
        yield _said(name, told, wanted)


def _said(name: str, told: object, wanted: object) -> str:
    return f"{name} is {told}, its evidence gives {wanted}"
