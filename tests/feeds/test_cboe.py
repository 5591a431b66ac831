"""Cboe DataShop option trades, from a row to a print."""

from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from feeds.samples import (
    CBOE_HEADER,
    CBOE_NAMES,
    CBOE_ROW,
    DOLLAR,
    changed,
    facts,
    packed,
    read,
    write,
)
from opentape.market.columns import WITHDRAWN
from opentape.market.conditions import Condition
from opentape.market.venues import MICS
from source_tree import REPO

REAL = REPO / "../shared/data/trades/cboe/UnderlyingOptionsTrades_2016-06-01_morning.csv"
TS = 1_764_773_308_925_000_000  # 14:48:28.925 UTC


def one(path: Path, **changes: str) -> dict[str, object]:
    tape, batch = read(
        write(path / "t", CBOE_HEADER, changed(CBOE_HEADER, CBOE_ROW, **changes))
    )
    assert tape.skips.total == 0
    return facts(batch, tape.contracts)


def test_a_print(tmp_path: Path) -> None:
    assert one(tmp_path) == {
        "ts_event": TS,
        "sequence": 8_614_309,
        "row": 0,
        "contract": "SPXW  251219P06850000",
        "price": 2_100_000_000,
        "size": 100,
        "bid": 2_050_000_000,
        "ask": 2_400_000_000,
        "spot": 6_840_200_000_000,
        "venue": MICS.index("XCBO"),
        "condition": Condition.REGULAR,
        "marks": 0,
        "cancels": 0,
    }


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_packed(tmp_path: Path, packing: str) -> None:
    plain = write(tmp_path / "t", CBOE_HEADER, CBOE_ROW)
    tape, batch = read(packed(plain, packing))
    assert tape.format == "Cboe DataShop option trades"
    assert facts(batch, tape.contracts) == one(tmp_path)


def test_quotes_by_exchange_may_be_missing(tmp_path: Path) -> None:
    bare = ",".join(CBOE_ROW.split(",")[:16])
    path = write(tmp_path / "t", CBOE_HEADER, bare + ",0", bare + ",1,5,1,2,3,4", bare)
    tape, batch = read(path)
    assert batch.row.tolist() == [0, 1]
    assert tape.skips.counts == {"wrong_column_count": 1}


@pytest.mark.parametrize(
    ("changes", "spot"),
    [
        ({"underlying_bid": "0.0000"}, None),
        ({"underlying_ask": "0"}, None),
        ({"underlying_bid": ""}, None),
        ({"underlying_bid": "1", "underlying_ask": "1.000000001"}, DOLLAR),
        ({"underlying_bid": "1", "underlying_ask": "1.000000003"}, DOLLAR + 1),
    ],
)
def test_spot_is_the_middle_cut_to_a_nanodollar(tmp_path: Path, changes, spot) -> None:
    assert one(tmp_path, **changes)["spot"] == spot


def test_a_quote_of_zero_stays_zero_and_none_is_unknown(tmp_path: Path) -> None:
    found = one(tmp_path, best_bid="0.0000", best_ask="")
    assert (found["bid"], found["ask"]) == (0, None)


def test_cancels_and_prints_cancelled_later(tmp_path: Path) -> None:
    cancel = one(tmp_path, canceled_trade_condition_id="2")
    assert (cancel["condition"], cancel["marks"]) == (Condition.CANCEL, 0)
    withdrawn = one(tmp_path, canceled_trade_condition_id="1", trade_condition_id="95")
    assert (withdrawn["condition"], withdrawn["marks"]) == (Condition.ISO, WITHDRAWN)


def test_a_condition_in_no_table_is_regular_and_counted(tmp_path: Path) -> None:
    odd = changed(CBOE_HEADER, CBOE_ROW, trade_condition_id="999")
    bad = changed(CBOE_HEADER, odd, trade_price="x")
    tape, batch = read(write(tmp_path / "t", CBOE_HEADER, odd, CBOE_ROW, odd, bad))
    assert batch.condition.tolist() == [0, 0, 0]
    assert tape.unknown_conditions == Counter({"999": 2})


def test_the_clock_is_new_yorks_in_summer_too(tmp_path: Path) -> None:
    july = one(tmp_path, quote_datetime="2025-07-03 09:48:28.925")
    assert july["ts_event"] == 1_751_550_508_925_000_000


@pytest.mark.parametrize(
    ("reason", "column", "cell", "shown"),
    [
        ("bad_time", "quote_datetime", "yesterday", "yesterday"),
        ("bad_time", "quote_datetime", "", ""),
        ("bad_time", "quote_datetime", "1970-01-01 00:00:00", "1970-01-01 00:00:00"),
        ("bad_contract", "root", "TOOLONGER", "TOOLONGER 2025-12-19 6850.000 P"),
        ("bad_contract", "root", "", " 2025-12-19 6850.000 P"),
        ("bad_contract", "expiration", "2025-02-30", "SPXW 2025-02-30 6850.000 P"),
        ("bad_contract", "strike", "0.0005", "SPXW 2025-12-19 0.0005 P"),
        ("bad_contract", "strike", "-5", "SPXW 2025-12-19 -5 P"),
        ("bad_contract", "strike", "nan", "SPXW 2025-12-19 nan P"),
        ("bad_contract", "option_type", "X", "SPXW 2025-12-19 6850.000 X"),
        ("bad_price", "trade_price", "abc", "abc"),
        ("bad_price", "trade_price", "", ""),
        ("bad_price", "trade_price", "1000000", "1000000"),
        ("bad_tick", "trade_price", "0", "0"),
        ("bad_tick", "trade_price", "-1.5", "-1.5"),
        ("bad_size", "trade_size", "1.5", "1.5"),
        ("bad_size", "trade_size", "", ""),
        ("bad_size", "trade_size", "16777216", "16777216"),
        ("bad_tick", "trade_size", "0", "0"),
        ("bad_tick", "trade_size", "-4", "-4"),
        ("bad_number", "best_bid", "n/a", "n/a"),
        ("bad_number", "best_ask", "--", "--"),
        ("bad_number", "underlying_bid", "1e9", "1e9"),
        ("bad_sequence", "sequence_number", "first", "first"),
        ("bad_condition", "canceled_trade_condition_id", "no", "no"),
    ],
)
def test_a_malformed_row_is_skipped_and_found_again(
    tmp_path: Path, reason: str, column: str, cell: str, shown: str
) -> None:
    bad = changed(CBOE_HEADER, CBOE_ROW, **{column: cell})
    path = write(tmp_path / "t", CBOE_HEADER, CBOE_ROW, "", bad, CBOE_ROW)
    tape, batch = read(path)
    assert batch.row.tolist() == [0, 3]
    assert tape.skips.counts == {reason: 1}
    (kept,) = tape.skips.examples[reason]
    assert (tape.locate(kept.row), kept.detail) == (f"{path}:4", shown)


def test_the_largest_of_everything_is_taken(tmp_path: Path) -> None:
    found = one(
        tmp_path, trade_size="16777215", trade_price="999999.99", strike="134217.727"
    )
    assert (found["size"], found["price"]) == (16_777_215, 999_999_990_000_000)


def test_columns_may_come_as_parquet(tmp_path: Path) -> None:
    """A layout is told by its columns, whatever kind of file they stand in."""
    rows = ",".join(CBOE_ROW.split(",")[:17]) + "\n"
    source = pa.BufferReader((",".join(CBOE_NAMES) + "\n" + rows).encode())
    pq.write_table(pa.csv.read_csv(source), tmp_path / "t")
    tape, batch = read(tmp_path / "t")
    assert facts(batch, tape.contracts) == one(tmp_path)


@pytest.mark.realdata
@pytest.mark.skipif(not REAL.exists(), reason="needs ../shared/data/trades/cboe")
def test_a_morning_of_vix() -> None:
    tape, batch = read(REAL)
    assert batch.rows == 1_067
    assert tape.skips.total == 0
    assert tape.unknown_conditions == Counter()
    assert len(tape.contracts) == 169
    assert (np.diff(batch.ts_event) >= 0).all()
    classes = Counter(Condition(each).name for each in batch.condition.tolist())
    assert classes == {"REGULAR": 719, "LEG": 304, "AUCTION": 21, "LATE": 19, "ISO": 4}
    assert int(batch.size.sum()) == 118_251
    lines = REAL.read_text().splitlines()
    for at in (0, 500, 1_066):
        line = int(tape.locate(int(batch.row[at])).rsplit(":", 1)[1])
        assert int(lines[line - 1].split(",")[2]) == batch.sequence[at]
