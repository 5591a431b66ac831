"""The heat map: flow rows summed by sector and by ticker."""

from collections import defaultdict

import msgspec
import numpy as np

from opentape.desk.ask.radar.flow import FlowQuery, parts
from opentape.desk.state.market import Market
from opentape.flow.signal import RADAR_SIDES, Signals
from opentape.market.calendar import iso


class HeatRow(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Flow rows of a sector or ticker together; premiums in US dollars."""

    sector: str | None
    """Null for tickers of no known sector."""
    ticker: str | None
    """Null in a row about a sector."""
    count: int
    premium: float
    call_premium: float
    put_premium: float
    bull_premium: float
    bear_premium: float
    net: float
    """Bull less bear premium."""
    avg_score: float
    max_score: int


class Heat(msgspec.Struct, frozen=True, kw_only=True):
    """Both maps, largest premium first."""

    sectors: tuple[HeatRow, ...]
    tickers: tuple[HeatRow, ...]


class HeatReply(msgspec.Struct, frozen=True, kw_only=True):
    """Flow by sector and ticker."""

    data: Heat
    as_of: str
    """The tape's clock when the answer was true."""


class _Sums:
    """Sums of one row, premiums in whole cents."""

    def __init__(self) -> None:
        self.count = self.premium = self.calls = self.bulls = self.bears = 0
        self.score = self.best = 0

    def add(self, other: "_Sums") -> None:
        for key, value in vars(other).items():
            known = getattr(self, key)
            setattr(self, key, max(known, value) if key == "best" else known + value)


def heatmap(market: Market, query: FlowQuery) -> HeatReply:
    """Return flow rows of the session summed by sector and ticker."""
    tickers: dict[tuple[str | None, str | None], _Sums] = {}
    sectors: dict[tuple[str | None, str | None], _Sums] = defaultdict(_Sums)
    for name, found in parts(market, query):
        puts = name.contracts.puts[found.parents["contract"]]
        sums = _summed(found, puts)
        tickers[name.sector, name.symbol] = sums
        sectors[name.sector, None].add(sums)
    return HeatReply(
        data=Heat(sectors=_ranked(sectors), tickers=_ranked(tickers)),
        as_of=iso(market.as_of_ns),
    )


def _summed(found: Signals, puts: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> _Sums:
    cents = np.rint(found.premium * 100).astype(np.int64)
    side = np.array(RADAR_SIDES)[found.parents["aggressor"]]
    signed = side != "MID"
    bull = signed & ((side == "ASK") == ~puts)
    sums = _Sums()
    sums.count, sums.premium = found.rows, int(cents.sum())
    sums.calls = int(cents[~puts].sum())
    sums.bulls, sums.bears = int(cents[bull].sum()), int(cents[signed & ~bull].sum())
    sums.score, sums.best = int(found.radar.sum()), int(found.radar.max())
    return sums


def _ranked(rows: dict[tuple[str | None, str | None], _Sums]) -> tuple[HeatRow, ...]:
    order = sorted(rows.items(), key=lambda row: (-row[1].premium, str(row[0])))
    return tuple(
        HeatRow(
            sector=sector,
            ticker=ticker,
            count=sums.count,
            premium=sums.premium / 100,
            call_premium=sums.calls / 100,
            put_premium=(sums.premium - sums.calls) / 100,
            bull_premium=sums.bulls / 100,
            bear_premium=sums.bears / 100,
            net=(sums.bulls - sums.bears) / 100,
            avg_score=round(sums.score / sums.count, 2),
            max_score=sums.best,
        )
        for (sector, ticker), sums in order
    )
