"""Signals: judged parents as columns, and the struct that one of them is written as."""

import datetime as dt
from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import Final, NamedTuple, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from opentape.flow.options import FlowOptions, ScoreOptions
from opentape.flow.records import PARENT, Aggressor, NbboState, Records, Side
from opentape.market.calendar import iso
from opentape.market.conditions import FLAGS
from opentape.market.contract import Contract, Contracts
from opentape.market.money import NANOS, UNKNOWN
from opentape.market.venues import MICS


class Intent(IntEnum):
    """What a parent bets on."""

    BEARISH = -1
    NEUTRAL = 0
    BULLISH = 1


class Kind(IntEnum):
    """How a parent was executed, in the radar's words."""

    BLOCK = 0
    SPLIT = 1
    SWEEP = 2


class Signals(NamedTuple):
    """Judged parents, one a row."""

    parents: Records
    """`records.PARENT`."""
    premium: NDArray[np.float64]
    """US dollars, exact to the cent."""
    price: NDArray[np.float64]
    """Size-weighted average, dollars a share, four decimals."""
    dte: NDArray[np.int64]
    bias: NDArray[np.int8]
    """`interest.OPENING`, `CLOSING` or `UNCLEAR`."""
    confidence: NDArray[np.float64]
    change: NDArray[np.int64]
    """Estimated change of the contract's open interest that day, contracts."""
    intent: NDArray[np.int8]
    score: NDArray[np.int64]
    parts: NDArray[np.int8]
    """Six columns, `judge.score.PARTS`."""
    flags: NDArray[np.int64]
    """Bit mask over `conditions.FLAGS`."""
    oi: NDArray[np.int64]
    """Open interest of the morning, -1 where unknown."""
    kind: NDArray[np.int8]
    otm_percent: NDArray[np.float64]
    radar: NDArray[np.int64]
    radar_parts: NDArray[np.int8]
    """Four columns, `judge.radar.PARTS`."""

    @classmethod
    def joined(cls, several: Sequence[Self]) -> Self:
        """Return the signals of several trade dates as one."""
        if not several:
            return cls.none()
        return cls(*(np.concatenate(columns) for columns in zip(*several, strict=True)))

    @classmethod
    def none(cls) -> Self:
        """Return no signals."""
        ints, floats = np.empty(0, np.int64), np.empty(0)
        small = np.empty(0, np.int8)
        return cls(
            np.empty(0, PARENT), floats, floats, ints, small, floats, ints, small, ints,
            np.empty((0, 6), np.int8), ints, ints, small, floats, ints,
            np.empty((0, 4), np.int8),
        )  # fmt: skip

    @property
    def rows(self) -> int:
        """How many signals there are."""
        return self.score.size

    def take(self, places: NDArray[np.int64] | NDArray[np.bool_] | slice) -> "Signals":
        """Return the signals at `places`, in that order."""
        return Signals(*(column[places] for column in self))


class ScoreBreakdown(msgspec.Struct, frozen=True, gc=False):
    """The six parts, which sum to the score."""

    premium: int
    size_vs_oi: int
    aggressor: int
    sweep: int
    opening_bias: int
    tenor: int


class Enrichment(msgspec.Struct, frozen=True, gc=False):
    """What a chain adds; all unknown without one."""

    iv: float | None = None
    delta: float | None = None
    gamma: float | None = None
    iv_vs_atm: float | None = None
    moneyness: str = "unknown"
    estimated_delta_notional: float | None = None
    hypothetical_gex_impact_if_opening: float | None = None


class RadarParts(msgspec.Struct, frozen=True, gc=False, rename={"vol_oi": "volOI"}):
    """The four parts of the radar score, which sum to it."""

    vol_oi: int
    premium: int
    dte: int
    otm: int


class Radar(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    rename={
        "score_parts": "scoreParts",
        "open_interest": "openInterest",
        "vol_oi": "volOI",
        "otm_percent": "otmPct",
    },
):
    """The same parent as the radar describes it."""

    score: int
    flag: str
    score_parts: RadarParts
    kind: str
    side: str
    bias: str
    ticker: str
    type: str
    strike: float
    expiry: dt.date
    dte: int
    volume: int
    open_interest: int | None
    vol_oi: float | None
    premium: float
    otm_percent: float | None
    spot: float | None
    iv: float | None = None
    sector: str | None = None
    timestamp: str


class Signal(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One judged parent, spelled as the wire spells it."""

    id: str
    symbol: str
    ts: str
    last_ts: str
    expiry: dt.date
    strike: float
    right: str
    side: str
    price: float
    size: int
    premium: float
    dte: int
    structure: str
    aggressor: str
    open_close_bias: str
    open_close_confidence: float
    contract_net_oi_delta: int
    intent: str
    score: int
    conviction: str
    tags: list[str]
    score_breakdown: ScoreBreakdown
    enrichment: Enrichment
    flags: list[str]
    nbbo_state: str
    legs: int
    venues: list[str]
    iso_legs: int
    price_min: float
    price_max: float
    open_interest: int | None
    radar: Radar


SIDES: Final = tuple(side.name.lower() for side in Side)
AGGRESSORS: Final = tuple(label.name.lower() for label in Aggressor)
NBBO_STATES: Final = tuple(state.name.lower() for state in NbboState)
BIASES: Final = ("unknown", "opening_bias", "closing_bias")
"""By bias as an integer: 0, 1 and -1."""
INTENTS: Final = ("neutral", "bullish", "bearish")
"""By `Intent`: 0, 1 and -1."""
CONVICTIONS: Final = ("minimal", "low", "medium", "high")
RADAR_FLAGS: Final = ("NORMAL", "NOTABLE", "ELEVATED", "EXTREME")
RADAR_SIDES: Final = ("MID", "ASK", "BID", "ASK", "BID")
"""By `Aggressor`."""


def golden(signals: Signals, options: ScoreOptions) -> NDArray[np.bool_]:
    """Return which signals of an answer are golden: in its top tenth, and good enough.

    A score equal to the last of the top tenth counts too.
    """
    if not signals.rows:
        return np.zeros(0, np.bool_)
    best = max(1, -(-signals.rows * round(options.golden_share * 1000) // 1000))
    cut = np.sort(signals.score)[-best]
    return (signals.score >= options.golden_score) & (signals.score >= cut)


def names_in(mask: int, names: Sequence[str]) -> list[str]:
    """Return the names whose bits are set, in the order of `names`."""
    return [name for bit, name in enumerate(names) if mask >> bit & 1]


def signal_rows(
    signals: Signals, contracts: Contracts, options: FlowOptions
) -> Iterator[Signal]:
    """Yield the signals of one answer, in their order, as structs."""
    gold = golden(signals, options.score)
    for at in range(signals.rows):
        yield _signal(signals, at, contracts, options, gold=bool(gold[at]))


def conviction(score: int, options: ScoreOptions) -> str:
    """Return the name of the bucket that a score falls into."""
    cuts = (options.low, options.medium, options.high)
    return CONVICTIONS[sum(score >= cut for cut in cuts)]


def identity(parent: np.void, contract: Contract) -> str:
    """Return the id of a parent: unique, and the same however often it is asked for.

    Underlying, ns of the first leg, expiry, strike in mills and right, side, size, and the
    first leg's venue and sequence (or row, with an ``r``, where the feed numbers nothing).
    """
    number = str(parent["sequence"]) if parent["sequence"] > 0 else f"r{parent['row']}"
    return (
        f"{contract.root}-{parent['first_ts']}-{contract.expiry:%Y%m%d}"
        f"-{contract.strike_mills}{contract.right}-{SIDES[parent['side']]}"
        f"-{parent['size']}-{MICS[parent['venue']]}-{number}"
    )


def tags_of(signals: Signals, at: int, options: ScoreOptions, *, gold: bool) -> list[str]:
    """Return the tags of one signal, in the order they are documented."""
    tags = ["sweep" if signals.parents["sweep"][at] else "block"]
    tags += [(), ("opening",), ("closing",)][signals.bias[at]]
    tags += ["0dte"] * bool(signals.dte[at] == 0)
    tags += ["whale"] * bool(signals.premium[at] >= options.whale_usd)
    return tags + ["golden"] * gold


def _signal(
    signals: Signals, at: int, contracts: Contracts, options: FlowOptions, *, gold: bool
) -> Signal:
    parent = signals.parents[at]
    contract = contracts[int(parent["contract"])]
    oi = int(signals.oi[at])
    score = int(signals.score[at])
    return Signal(
        id=identity(parent, contract),
        symbol=contract.underlying,
        ts=iso(int(parent["first_ts"])),
        last_ts=iso(int(parent["last_ts"])),
        expiry=contract.expiry,
        strike=contract.strike,
        right=contract.right,
        side=SIDES[parent["side"]],
        price=float(signals.price[at]),
        size=int(parent["size"]),
        premium=float(signals.premium[at]),
        dte=int(signals.dte[at]),
        structure="sweep" if parent["sweep"] else "block",
        aggressor=AGGRESSORS[parent["aggressor"]],
        open_close_bias=BIASES[signals.bias[at]],
        open_close_confidence=float(signals.confidence[at]),
        contract_net_oi_delta=int(signals.change[at]),
        intent=INTENTS[signals.intent[at]],
        score=score,
        conviction=conviction(score, options.score),
        tags=tags_of(signals, at, options.score, gold=gold),
        score_breakdown=ScoreBreakdown(*signals.parts[at].tolist()),
        enrichment=Enrichment(),
        flags=names_in(int(signals.flags[at]), FLAGS),
        nbbo_state=NBBO_STATES[parent["nbbo"]],
        legs=int(parent["legs"]),
        venues=sorted(names_in(int(parent["venues"]), MICS)),
        iso_legs=int(parent["iso_legs"]),
        price_min=int(parent["price_min"]) / NANOS,
        price_max=int(parent["price_max"]) / NANOS,
        open_interest=oi if oi >= 0 else None,
        radar=_radar(signals, at, contract, options),
    )


def _radar(signals: Signals, at: int, contract: Contract, options: FlowOptions) -> Radar:
    parent, score, oi = signals.parents[at], int(signals.radar[at]), int(signals.oi[at])
    side, size, otm = RADAR_SIDES[parent["aggressor"]], int(parent["size"]), signals.otm_percent
    cuts = (options.radar.notable, options.radar.elevated, options.radar.extreme)
    return Radar(
        score=score,
        flag=RADAR_FLAGS[sum(score >= cut for cut in cuts)],
        score_parts=RadarParts(*signals.radar_parts[at].tolist()),
        kind=Kind(signals.kind[at]).name,
        side=side,
        bias=radar_bias(side, contract.right),
        ticker=contract.underlying,
        type="CALL" if contract.right == "C" else "PUT",
        strike=contract.strike,
        expiry=contract.expiry,
        dte=int(signals.dte[at]),
        volume=size,
        open_interest=oi if oi >= 0 else None,
        vol_oi=size / max(oi, 1) if oi >= 0 else None,
        premium=float(signals.premium[at]),
        otm_percent=None if np.isnan(otm[at]) else float(otm[at]),
        spot=None if parent["spot"] == UNKNOWN else int(parent["spot"]) / NANOS,
        timestamp=iso(int(parent["first_ts"])),
    )


def radar_bias(side: str, right: str) -> str:
    """Return the direction the radar reads from where a parent traded."""
    if side == "MID":
        return "NEUTRAL"
    return "BULL" if (side == "ASK") == (right == "C") else "BEAR"
