"""Databento chains: the quote that stands, with the names of any file beside it."""

from pathlib import Path

import numpy as np
import pytest
from databento_dbn import Schema

from dbn_files import (
    CENT,
    DAY,
    NOON,
    QQQ,
    SPY,
    SYMBOLS,
    UNDEF_PRICE,
    UNDEF_TIME,
    definition,
    header,
    standing,
    statistics,
    trade,
    write,
)
from feeds.chains.samples import facts, read, symbols
from opentape.feeds.databento import StandingQuotes
from opentape.feeds.raw.inflate import Inflated
from opentape.market.chain import Quoted, quoted
from opentape.market.contract import Contracts
from opentape.market.errors import BadFile, BadSetting
from opentape.market.tape import Skips

RECORDED = Path(__file__).resolve().parents[4] / "shared/data/trades/opra_dbn"
SECOND = 1_000_000_000
PUT = 9
ONE = {SPY: SYMBOLS[SPY], PUT: "SPY   251219P00650000"}
TOP = header(Schema.CBBO_1S, symbols=ONE)


def kept(path: Path, *records: bytes, top: bytes = TOP, packed: bool = False) -> Path:
    return write(path, top, *records, packed=packed)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(("schema", "kind"), [(Schema.CBBO_1S, 192), (Schema.CBBO_1M, 193)])
def test_a_quote(tmp_path: Path, schema: Schema, kind: int, *, packed: bool) -> None:
    record = standing(120 * CENT, 125 * CENT, last=123 * CENT, kind=kind)
    path = kept(tmp_path / "q", record, top=header(schema, symbols=ONE), packed=packed)
    with pytest.raises(BadSetting, match=r"Databento .* need a spot, which --spot gives"):
        read(path)
    found = read(path, spot=648.5)
    assert (found.title, found.rows) == ("Databento consolidated quotes", 1)
    assert (found.chain.underlying, found.chain.as_of) == ("SPY", NOON)
    assert facts(found.chain) == {
        "symbol": "SPY251219C00650000",
        "bid": 1.2,
        "ask": 1.25,
        "last": 1.23,
        "bid_size": 3,
        "ask_size": 4,
        "ts_quote": NOON,
    }


def test_the_last_quote_stands(tmp_path: Path) -> None:
    records = [
        standing(1 * CENT, 5 * CENT),
        standing(2 * CENT, 5 * CENT, PUT),
        standing(3 * CENT, 5 * CENT, at=NOON + SECOND),
        standing(4 * CENT, 5 * CENT, at=NOON + 3600 * SECOND),
    ]
    path = kept(tmp_path / "q", *records)
    chain = read(path, spot=1.0).chain
    assert chain.bid.tolist() == [0.04, 0.02]
    # the put's quote is unchanged for an hour, which does not make it stale
    assert chain.ts_quote.tolist() == [NOON + 3600 * SECOND] * 2
    assert quoted(chain).tolist() == [Quoted.TWO_SIDED, Quoted.WIDE]
    earlier = read(path, spot=1.0, as_of_ns=NOON + 2 * SECOND).chain
    assert earlier.bid.tolist() == [0.03, 0.02]
    assert earlier.ts_quote.tolist() == [NOON + SECOND] * 2
    assert earlier.as_of == NOON + 2 * SECOND
    first = read(path, spot=1.0, as_of_ns=NOON).chain
    assert first.bid.tolist() == [0.01, 0.02]
    with pytest.raises(BadFile, match="at or before the instant that is asked for"):
        read(path, spot=1.0, as_of_ns=NOON - 1)


def test_a_quote_of_another_session_does_not_stand(tmp_path: Path) -> None:
    records = [
        standing(1 * CENT, 5 * CENT, PUT),
        standing(3 * CENT, 5 * CENT, at=NOON + 86_400 * SECOND),
    ]
    path = kept(tmp_path / "q", *records, top=header(Schema.CBBO_1S, symbols=ONE, days=2))
    assert symbols(read(path, spot=1.0).chain) == ["SPY251219C00650000"]
    yesterday = read(path, spot=1.0, as_of_ns=NOON + SECOND).chain
    assert symbols(yesterday) == ["SPY251219P00650000"]


def test_a_side_that_is_not_there_is_unknown(tmp_path: Path) -> None:
    path = kept(tmp_path / "q", standing(UNDEF_PRICE, 5 * CENT), standing(-CENT, CENT, PUT))
    chain = read(path, spot=1.0).chain
    assert np.array_equal(chain.bid, [np.nan, -0.01], equal_nan=True)
    assert np.isnan(chain.last).all()
    assert quoted(chain).tolist() == [Quoted.ONE_SIDED, Quoted.ABSURD]


def test_files_tell_of_each_other(tmp_path: Path) -> None:
    nameless = header(Schema.CBBO_1S, symbols={})
    records = [standing(CENT, 2 * CENT), standing(CENT, 2 * CENT, PUT)]
    paths = [
        kept(tmp_path / "quotes", *records, top=nameless),
        write(
            tmp_path / "statistics",
            header(Schema.STATISTICS, symbols={}),
            statistics([(22, SPY, 120), (20, SPY, 120), (22, 77, 5)]),
            statistics([(22, PUT, 7)], stat_type=6),
        ),
        write(
            tmp_path / "definitions",
            header(Schema.DEFINITION, symbols={}),
            definition(SPY, ONE[SPY], multiplier=10),
            definition(PUT, ONE[PUT]),
        ),
        write(tmp_path / "trades", header(Schema.TRADES), trade()),
    ]
    found = read(*paths, spot=648.5)
    assert found.chain.open_interest.tolist() == [120, -1]
    assert found.chain.multiplier.tolist() == [10, 100]
    assert found.rows == 2 + 4 + 2 + 1
    assert found.skips.total == 0
    assert found.locate(3) == f"{paths[1]}:row 1"


def test_a_capture_of_mixed_records(tmp_path: Path) -> None:
    path = write(
        tmp_path / "live",
        header(None, symbols={}),
        definition(SPY, ONE[SPY]),
        standing(CENT, 2 * CENT),
        trade(),
        statistics([(22, SPY, 120)]),
        standing(2 * CENT, 3 * CENT, at=NOON + SECOND),
    )
    chain = read(path, spot=1.0).chain
    assert (chain.bid.tolist(), chain.open_interest.tolist()) == ([0.02], [120])


def test_numbers_move_from_one_contract_to_another(tmp_path: Path) -> None:
    later = DAY.replace(day=DAY.day + 1)
    paths = [
        kept(tmp_path / "a", standing(CENT, 2 * CENT)),
        kept(
            tmp_path / "b",
            standing(3 * CENT, 4 * CENT, at=NOON + 86_400 * SECOND),
            top=header(Schema.CBBO_1S, symbols={SPY: ONE[PUT]}, first=later),
        ),
    ]
    assert symbols(read(*paths, spot=1.0).chain) == ["SPY251219P00650000"]
    chain = read(*paths, spot=1.0, as_of_ns=NOON + SECOND).chain
    assert symbols(chain) == ["SPY251219C00650000"]


def test_one_file_after_another_in_one(tmp_path: Path) -> None:
    path = kept(
        tmp_path / "q",
        standing(CENT, 2 * CENT),
        header(Schema.CBBO_1S, symbols={PUT: ONE[PUT]}),
        standing(CENT, 2 * CENT, PUT),
    )
    assert symbols(read(path, spot=1.0).chain) == [
        symbol.replace(" ", "") for symbol in ONE.values()
    ]


def test_records_of_no_use_are_counted(tmp_path: Path) -> None:
    path = kept(
        tmp_path / "q",
        standing(CENT, 2 * CENT),
        standing(CENT, 2 * CENT, 55),
        standing(CENT, 2 * CENT, at=UNDEF_TIME),
        standing(CENT, 2 * CENT, at=5),
    )
    found = read(path, spot=1.0)
    assert found.skips.counts == {"bad_contract": 1, "bad_time": 2}
    assert found.skips.examples["bad_contract"][0].detail == "55"
    assert [s.row for s in found.skips.examples["bad_time"]] == [2, 3]


def test_one_underlying_of_several(tmp_path: Path) -> None:
    path = kept(
        tmp_path / "q",
        standing(CENT, 2 * CENT),
        standing(CENT, 2 * CENT, QQQ),
        top=header(Schema.CBBO_1S),
    )
    with pytest.raises(BadSetting, match=r"--symbol names, was .* with QQQ, SPY"):
        read(path, spot=1.0)
    assert read(path, spot=1.0, symbol="QQQ").chain.underlying == "QQQ"


def test_files_without_quotes_are_told(tmp_path: Path) -> None:
    path = write(tmp_path / "t", header(Schema.TRADES), trade())
    with pytest.raises(BadFile, match=r"has cbbo-1s or cbbo-1m .*, was trades with"):
        read(path, spot=1.0)


def test_a_file_cut_short_is_told(tmp_path: Path) -> None:
    path = kept(tmp_path / "q", standing(CENT, 2 * CENT)[:-3])
    with pytest.raises(BadFile, match="cut short"):
        read(path, spot=1.0)


def test_many_records_are_held_by_contract(tmp_path: Path) -> None:
    stamps = [NOON + at * SECOND for at in range(3)]
    records = [
        piece
        for at, ts in enumerate(stamps)
        for piece in (
            standing(at * CENT, 9 * CENT, at=ts),
            header(Schema.CBBO_1S, symbols=ONE),
        )
    ]
    quotes = StandingQuotes(Contracts(), Skips(), None, held=1)
    assert quotes.read(Inflated(kept(tmp_path / "q", *records))) == 3
    contract, found = quotes.standing()
    assert (contract.tolist(), found.bid.tolist(), found.row.tolist()) == ([0], [0.02], [2])


def recorded(*names: str) -> list[Path]:
    paths = [RECORDED / f"test_data.{name}.dbn.zst" for name in names]
    if not all(path.exists() for path in paths):
        pytest.skip("needs recorded Databento files")
    return paths


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "bid", "ask", "last", "sizes", "ts"),
    [
        ("cbbo-1s", 0.22, 0.24, 0.23, (9, 13), 1_740_061_803),
        ("cbbo-1m", 0.34, 0.36, 0.34, (62, 79), 1_740_061_980),
    ],
)
def test_recorded_quotes(name, bid, ask, last, sizes, ts) -> None:
    paths = recorded(name, "statistics", "definition", "trades")
    found = read(*paths, spot=245.0)
    assert facts(found.chain) == {
        "symbol": "AAPL250221C00250000",
        "bid": bid,
        "ask": ask,
        "last": last,
        "bid_size": sizes[0],
        "ask_size": sizes[1],
        "open_interest": 57_924,
        "ts_quote": ts * SECOND,
    }
    assert (found.rows, found.skips.total) == (13, 0)


@pytest.mark.realdata
def test_before_the_open_there_is_no_quote() -> None:
    chain = read(*recorded("cbbo-1m"), spot=245.0, as_of_ns=1_740_060_000 * SECOND).chain
    assert np.isnan([chain.bid[0], chain.ask[0], chain.last[0]]).all()
    assert quoted(chain).tolist() == [Quoted.MISSING]
