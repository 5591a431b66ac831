"""Signals: judged parents as columns, and the struct that one of them is written as."""

import datetime as dt
from collections.abc import Sequence
from enum import IntEnum
from typing import Final, NamedTuple, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from opentape.flow.options import ScoreOptions
from opentape.flow.records import PARENT, Aggressor, NbboState, Records, Side, taken


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
    spot: NDArray[np.float64]
    """Underlying price at the first leg, else the chain's; dollars, NaN where unknown."""
    iv: NDArray[np.float64]
    """This and what follows are `judge.enrich.Enriched`: what a chain adds."""
    delta: NDArray[np.float64]
    gamma: NDArray[np.float64]
    iv_vs_atm: NDArray[np.float64]
    moneyness: NDArray[np.int8]
    delta_notional: NDArray[np.float64]
    gex_impact: NDArray[np.float64]
    signed_delta_notional: NDArray[np.float64]

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
            np.empty((0, 4), np.int8), floats, floats, floats, floats, floats, small,
            floats, floats, floats,
        )  # fmt: skip

    @property
    def rows(self) -> int:
        """How many signals there are."""
        return self.score.size

    def take(self, places: NDArray[np.int64] | NDArray[np.bool_] | slice) -> "Signals":
        """Return the signals at `places`, in that order."""
        parents = taken(self.parents, places)
        return Signals._make((parents, *(column[places] for column in self[1:])))


class ScoreBreakdown(msgspec.Struct, frozen=True, gc=False):
    """The six parts, which sum to the score."""

    premium: int
    """Points for dollars."""
    size_vs_oi: int
    """Points for size against open interest."""
    aggressor: int
    """Points for crossing in its own direction."""
    sweep: int
    """Points for being a sweep."""
    opening_bias: int
    """Points for opening."""
    tenor: int
    """Points for days to expiry."""


class Enrichment(msgspec.Struct, frozen=True, gc=False):
    """What a chain adds; all unknown without one."""

    iv: float | None = None
    """Implied vol at the strike, a fraction per year."""
    delta: float | None = None
    """Per share, negative for puts."""
    gamma: float | None = None
    """Per share and dollar."""
    iv_vs_atm: float | None = None
    """`iv` less that of the money in the same expiry."""
    moneyness: str = "unknown"
    """`ITM`, `ATM`, `OTM` or `unknown`."""
    estimated_delta_notional: float | None = None
    """Delta x shares x spot, US dollars."""
    hypothetical_gex_impact_if_opening: float | None = None
    """Gamma x shares x spot squared x 0.01: US dollars of delta per 1 % move of spot."""
    signed_delta_notional: float | None = None
    """`estimated_delta_notional` with the sign of who crossed; 0 where nobody did."""


class RadarParts(msgspec.Struct, frozen=True, gc=False, rename={"vol_oi": "volOI"}):
    """The four parts of the radar score, which sum to it."""

    vol_oi: int
    """Points for volume over open interest."""
    premium: int
    """Points for dollars."""
    dte: int
    """Points for days to expiry."""
    otm: int
    """Points for distance from the money."""


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
    """The radar's score, 0 to 100."""
    flag: str
    """`EXTREME`, `ELEVATED`, `NOTABLE` or `NORMAL`."""
    score_parts: RadarParts
    """What the score is made of."""
    kind: str
    """`SWEEP`, `BLOCK` or `SPLIT`."""
    side: str
    """`ASK`, `BID` or `MID`."""
    bias: str
    """`BULL`, `BEAR` or `NEUTRAL`."""
    ticker: str
    """The underlying."""
    type: str
    """`CALL` or `PUT`."""
    strike: float
    """Dollars."""
    expiry: dt.date
    """Date of expiry."""
    dte: int
    """Calendar days to expiry."""
    volume: int
    """Contracts of this parent."""
    open_interest: int | None
    """Settled in the morning, contracts; null where unknown."""
    vol_oi: float | None
    """Volume over open interest; null where that is unknown."""
    premium: float
    """US dollars."""
    otm_percent: float | None
    """Percent of spot out of the money, negative in the money."""
    spot: float | None
    """The underlying at the print, dollars."""
    iv: float | None = None
    """Implied vol, a fraction per year."""
    sector: str | None = None
    """GICS sector; null where none is known."""
    timestamp: str
    """First leg, UTC."""


class Judged(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One judged parent, spelled as the wire spells it."""

    id: str
    """Unique and stable between answers."""
    symbol: str
    """Underlying, without a caret."""
    ts: str
    """First leg, UTC."""
    last_ts: str
    """Last leg, UTC."""
    expiry: dt.date
    """Date of expiry."""
    strike: float
    """Dollars."""
    right: str
    """`C` or `P`."""
    side: str
    """`buy`, `sell` or `mid`: who crossed, by the quote rule."""
    price: float
    """Average by size, dollars a share, four decimals."""
    size: int
    """Contracts."""
    premium: float
    """Price x size x multiplier, US dollars."""
    dte: int
    """Calendar days from the trade date to expiry."""
    structure: str
    """`sweep` (two prints and more) or `block`."""
    aggressor: str
    """`above_ask`, `at_ask`, `mid`, `at_bid` or `below_bid`."""
    open_close_bias: str
    """`opening_bias`, `closing_bias` or `unknown`; of the contract."""
    open_close_confidence: float
    """How sure that is, 0 to 1."""
    contract_net_oi_delta: int
    """Estimated change of its open interest since the morning, contracts."""
    intent: str
    """`bullish`, `bearish` or `neutral`."""
    score: int
    """0 to 100, the sum of `score_breakdown`."""
    conviction: str
    """`high`, `medium`, `low` or `minimal`, by the score."""
    tags: list[str]
    """`sweep` or `block`, then any of `opening`, `closing`, `0dte`, `whale`, `golden`."""
    score_breakdown: ScoreBreakdown
    """What the score is made of."""
    enrichment: Enrichment
    """What the settled chain adds."""
    flags: list[str]
    """What the conditions of its prints say, and `proven_open`, `oi_stale`."""
    nbbo_state: str
    """The quote before the first leg: `ok`, or what was wrong with it."""
    legs: int
    """Prints in it."""
    venues: list[str]
    """Exchanges that it traded on, MICs in alphabetical order."""
    iso_legs: int
    """Prints in it that were intermarket sweep orders."""
    price_min: float
    """Lowest price of a leg, dollars a share."""
    price_max: float
    """Highest price of a leg, dollars a share."""
    open_interest: int | None
    """Settled in the morning, contracts; null where not known."""


class Signal(Judged, frozen=True, gc=False, kw_only=True):
    """One judged parent, and how the radar sees it."""

    radar: Radar


SIDES: Final = tuple(side.name.lower() for side in Side)
AGGRESSORS: Final = tuple(label.name.lower() for label in Aggressor)
NBBO_STATES: Final = tuple(state.name.lower() for state in NbboState)
BIASES: Final = ("unknown", "opening_bias", "closing_bias")
"""By bias as an integer: 0, 1 and -1."""
INTENTS: Final = ("neutral", "bullish", "bearish")
"""By `Intent`: 0, 1 and -1."""
MONEYNESS: Final = ("unknown", "ITM", "ATM", "OTM")
"""By `judge.enrich.Moneyness`."""
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


def conviction(score: int, options: ScoreOptions) -> str:
    """Return the name of the bucket that a score falls into."""
    cuts = (options.low, options.medium, options.high)
    return CONVICTIONS[sum(score >= cut for cut in cuts)]


def radar_bias(side: str, right: str) -> str:
    """Return the direction the radar reads from where a parent traded."""
    if side == "MID":
        return "NEUTRAL"
    return "BULL" if (side == "ASK") == (right == "C") else "BEAR"
