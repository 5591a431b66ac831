"""Answers as data frames."""

import datetime as dt
import sys

import pandas as pd
import pytest

from opentape.client import errors, tables
from opentape.client.wire.replies import (
    Enrichment,
    FlowSignal,
    OptionLeaderboard,
    OptionLeaderRow,
    ScoreBreakdown,
    SignalsReply,
    StockQuote,
)

SIGNAL = FlowSignal(
    id="a",
    ts="2026-05-21T15:58:12.000000Z",
    expiry="2026-05-29",
    strike=950.0,
    tags=("sweep", "opening"),
    score=87,
    score_breakdown=ScoreBreakdown(premium=22),
    enrichment=Enrichment(iv=0.6),
)
REPLY = SignalsReply(symbol="NVDA", signals=(SIGNAL, FlowSignal(id="b")))


def test_signals_are_the_rows_of_their_answer() -> None:
    frame = REPLY.to_pandas()
    assert frame["id"].tolist() == ["a", "b"]
    assert frame["ts"][0] == pd.Timestamp("2026-05-21T15:58:12Z")
    assert frame["expiry"][0] == dt.date(2026, 5, 29)
    assert frame["score_breakdown.premium"][0] == 22
    assert frame["enrichment.iv"][0] == 0.6
    assert frame["tags"][0] == ["sweep", "opening"]
    assert pd.isna(frame["ts"][1])
    assert frame["strike"].dtype == float


def test_no_rows_have_columns_all_the_same() -> None:
    assert "score" in SignalsReply().to_pandas().columns
    assert tables.to_pandas([]).empty


def test_a_reply_without_a_list_is_one_row() -> None:
    assert len(StockQuote().to_pandas()) == 1


def test_of_several_lists_one_is_named() -> None:
    board = OptionLeaderboard(buyers=(OptionLeaderRow(symbol="SPY"),))
    with pytest.raises(ValueError, match="one of buyers, sellers"):
        board.to_pandas()
    assert board.to_pandas("buyers")["symbol"].tolist() == ["SPY"]
    assert board.to_pandas("sellers").empty
    with pytest.raises(ValueError, match="was 'signals'"):
        board.to_pandas("signals")


def test_a_time_that_is_none_is_the_servers_fault() -> None:
    with pytest.raises(errors.BadReply, match="'noon'"):
        tables.to_pandas([FlowSignal(ts="noon")])


@pytest.mark.parametrize("name", ["pandas", "polars"])
def test_a_library_that_is_not_there_is_named(monkeypatch, name: str) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(errors.Missing, match=f"pip install {name}"):
        getattr(REPLY, f"to_{name}")()


def test_polars() -> None:
    pytest.importorskip("polars")
    frame = REPLY.to_polars()
    assert frame["id"].to_list() == ["a", "b"]
    assert frame["ts"][0] == dt.datetime(2026, 5, 21, 15, 58, 12, tzinfo=dt.UTC)
    assert frame["score_breakdown.premium"].to_list() == [22, None]
