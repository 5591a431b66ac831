"""Why the radar scores a contract as it does."""

import datetime as dt
from typing import Annotated, Literal

import msgspec
import numpy as np
from msgspec import Meta

from opentape.desk.state.market import Market
from opentape.flow.judge.spell import signal_rows
from opentape.flow.signal import Radar, RadarParts
from opentape.market.calendar import EPOCH
from opentape.market.errors import NoData
from opentape.market.money import MILLS


class ScoreQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which contract."""

    ticker: str
    """The underlying."""
    strike: Annotated[float, Meta(ge=0, le=1_000_000)]
    """Dollars."""
    type: Literal["CALL", "PUT", "C", "P"]
    """Call or put."""
    expiry: dt.date
    """Date of expiry."""


class Inputs(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename={
        "vol_oi": "volOI",
        "otm_percent": "otmPct",
        "open_interest": "openInterest",
    },
):
    """What the four parts were made from."""

    volume: int
    """Contracts of the parent."""
    open_interest: int | None
    vol_oi: float | None
    premium: float
    """US dollars."""
    dte: int
    """Calendar days to expiry."""
    otm_percent: float | None
    """Percent of spot out of the money."""
    spot: float | None


class ScoreReply(
    msgspec.Struct, frozen=True, kw_only=True, rename={"score_parts": "scoreParts"}
):
    """The best-scored parent of a contract today, part by part."""

    score: int
    flag: str
    score_parts: RadarParts
    """They sum to the score; of at most 40, 30, 20 and 10 points."""
    id: str
    inputs: Inputs


def explain(market: Market, query: ScoreQuery) -> ScoreReply:
    """Return the parts of the best radar score that a contract has today.

    Raises
    ------
    SymbolNotFound
        If the ticker is not known.
    NoData
        If no block-sized parent of the contract traded today.
    """
    name = market.name(query.ticker)
    contracts, judged = name.contracts, name.judged
    places = judged.parents["contract"]
    mine = contracts.expiry_days[places] == (query.expiry - EPOCH).days
    mine &= contracts.strike_mills[places] == round(query.strike * MILLS)
    mine &= contracts.puts[places] == query.type.startswith("P")
    if not mine.any():
        raise NoData(
            f"no block-sized print of {name.symbol} {query.expiry} {query.strike:g} "
            f"{query.type} today"
        )
    found = judged.take(mine)
    best = found.take(np.array([int(np.argmax(found.radar))]))
    signal = next(signal_rows(best, contracts, name.options))
    radar = signal.radar
    return ScoreReply(
        score=radar.score,
        flag=radar.flag,
        score_parts=radar.score_parts,
        id=signal.id,
        inputs=_inputs(radar),
    )


def _inputs(radar: Radar) -> Inputs:
    return Inputs(
        volume=radar.volume,
        open_interest=radar.open_interest,
        vol_oi=radar.vol_oi,
        premium=radar.premium,
        dte=radar.dte,
        otm_percent=radar.otm_percent,
        spot=radar.spot,
    )
