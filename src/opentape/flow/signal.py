"""Signals: judged parents as columns, and the struct that one of them is written as."""

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from enum import IntEnum
from functools import lru_cache
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
        if len(several) < 2:  # noqa: PLR2004
            return several[0] if several else cls.none()
        return cls._make(np.concatenate(columns) for columns in zip(*several, strict=True))

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
        return Signals._make(column[places] for column in self)


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


@lru_cache(1 << 12)
def _flags_in(mask: int) -> tuple[str, ...]:
    return tuple(names_in(mask, FLAGS))


@lru_cache(1 << 12)
def _venues_in(mask: int) -> tuple[str, ...]:
    return tuple(sorted(names_in(mask, MICS)))


def names_in(mask: int, names: Sequence[str]) -> list[str]:
    """Return the names whose bits are set, in the order of `names`."""
    return [name for bit, name in enumerate(names) if mask >> bit & 1]


class _Row(NamedTuple):
    """One signal as plain numbers: what numpy is slow to hand out one at a time."""

    contract: int
    first_ts: int
    last_ts: int
    sequence: int
    row: int
    venue: int
    spot: int
    side: int
    aggressor: int
    nbbo: int
    size: int
    legs: int
    iso_legs: int
    venues: int
    price_min: int
    price_max: int
    sweep: bool
    premium: float
    price: float
    dte: int
    bias: int
    confidence: float
    change: int
    intent: int
    score: int
    parts: list[int]
    flags: int
    oi: int
    kind: int
    otm_percent: float
    radar: int
    radar_parts: list[int]
    gold: bool


def _rows(signals: Signals, options: ScoreOptions) -> Iterator[_Row]:
    columns = [
        *(signals.parents[name] for name in _Row._fields[: _Row._fields.index("premium")]),
        *signals[1:],
        golden(signals, options),
    ]
    return map(_Row._make, zip(*(column.tolist() for column in columns), strict=True))


def signal_rows(
    signals: Signals, contracts: Contracts, options: FlowOptions
) -> Iterator[Signal]:
    """Yield the signals of one answer, in their order, as structs."""
    met: dict[int, Contract] = {}
    for row in _rows(signals, options.score):
        contract = met.get(row.contract)
        if contract is None:
            contract = met[row.contract] = contracts[row.contract]
        yield _signal(row, contract, options)


def conviction(score: int, options: ScoreOptions) -> str:
    """Return the name of the bucket that a score falls into."""
    cuts = (options.low, options.medium, options.high)
    return CONVICTIONS[sum(score >= cut for cut in cuts)]


def identities(signals: Signals, contracts: Contracts) -> Iterator[str]:
    """Yield the id of each signal: unique, and the same however often it is asked for."""
    rows = _rows(signals, ScoreOptions())
    return (_identity(row, contracts[row.contract]) for row in rows)


def _identity(row: _Row, contract: Contract) -> str:
    """Return root, ns, expiry, strike and right, side, size, and the first leg's number.

    That is its sequence, or its row with an ``r`` where the feed numbers nothing.
    """
    number = str(row.sequence) if row.sequence > 0 else f"r{row.row}"
    return (
        f"{contract.root}-{row.first_ts}-{_yyyymmdd(contract.expiry)}"
        f"-{contract.strike_mills}{contract.right}-{SIDES[row.side]}"
        f"-{row.size}-{MICS[row.venue]}-{number}"
    )


@lru_cache(1 << 12)
def _yyyymmdd(date: dt.date) -> str:
    return f"{date:%Y%m%d}"


def _tags(row: _Row, options: ScoreOptions) -> list[str]:
    tags = ["sweep" if row.sweep else "block"]
    tags += ((), ("opening",), ("closing",))[row.bias]
    tags += ["0dte"] * (row.dte == 0)
    tags += ["whale"] * (row.premium >= options.whale_usd)
    return tags + ["golden"] * row.gold


def _signal(row: _Row, contract: Contract, options: FlowOptions) -> Signal:
    return Signal(
        id=_identity(row, contract),
        symbol=contract.underlying,
        ts=iso(row.first_ts),
        last_ts=iso(row.last_ts),
        expiry=contract.expiry,
        strike=contract.strike,
        right=contract.right,
        side=SIDES[row.side],
        price=row.price,
        size=row.size,
        premium=row.premium,
        dte=row.dte,
        structure="sweep" if row.sweep else "block",
        aggressor=AGGRESSORS[row.aggressor],
        open_close_bias=BIASES[row.bias],
        open_close_confidence=row.confidence,
        contract_net_oi_delta=row.change,
        intent=INTENTS[row.intent],
        score=row.score,
        conviction=conviction(row.score, options.score),
        tags=_tags(row, options.score),
        score_breakdown=ScoreBreakdown(*row.parts),
        enrichment=Enrichment(),
        flags=list(_flags_in(row.flags)),
        nbbo_state=NBBO_STATES[row.nbbo],
        legs=row.legs,
        venues=list(_venues_in(row.venues)),
        iso_legs=row.iso_legs,
        price_min=row.price_min / NANOS,
        price_max=row.price_max / NANOS,
        open_interest=row.oi if row.oi >= 0 else None,
        radar=_radar(row, contract, options),
    )


def _radar(row: _Row, contract: Contract, options: FlowOptions) -> Radar:
    side = RADAR_SIDES[row.aggressor]
    cuts = (options.radar.notable, options.radar.elevated, options.radar.extreme)
    return Radar(
        score=row.radar,
        flag=RADAR_FLAGS[sum(row.radar >= cut for cut in cuts)],
        score_parts=RadarParts(*row.radar_parts),
        kind=Kind(row.kind).name,
        side=side,
        bias=radar_bias(side, contract.right),
        ticker=contract.underlying,
        type="CALL" if contract.right == "C" else "PUT",
        strike=contract.strike,
        expiry=contract.expiry,
        dte=row.dte,
        volume=row.size,
        open_interest=row.oi if row.oi >= 0 else None,
        vol_oi=row.size / max(row.oi, 1) if row.oi >= 0 else None,
        premium=row.premium,
        otm_percent=None if math.isnan(row.otm_percent) else row.otm_percent,
        spot=None if row.spot == UNKNOWN else row.spot / NANOS,
        timestamp=iso(row.first_ts),
    )


def radar_bias(side: str, right: str) -> str:
    """Return the direction the radar reads from where a parent traded."""
    if side == "MID":
        return "NEUTRAL"
    return "BULL" if (side == "ASK") == (right == "C") else "BEAR"
