"""ThetaData trades and quotes, both versions, as lines of commas and of JSON."""

import json
from pathlib import Path

import pytest

from feeds.samples import (
    OPEN_123,
    V2_HEADER,
    V2_ROW,
    V3_HEADER,
    V3_ROW,
    changed,
    facts,
    packed,
    read,
    write,
)
from opentape.market.conditions import Condition
from opentape.market.venues import MICS

PRINT = {
    "ts_event": OPEN_123,
    "sequence": 2_610_710_143,
    "row": 0,
    "contract": "SPY   251219C00650000",
    "price": 1_230_000_000,
    "size": 7,
    "bid": 1_200_000_000,
    "ask": 1_250_000_000,
    "spot": None,
    "venue": MICS.index("BATO"),
    "condition": Condition.ISO,
    "marks": 0,
    "cancels": 0,
}
VERSIONS = {"v2": (V2_HEADER, V2_ROW), "v3": (V3_HEADER, V3_ROW)}


def as_json(header: str, row: str) -> str:
    def value(cell: str) -> object:
        try:
            return json.loads(cell)
        except ValueError:
            return cell

    return json.dumps(
        {k: value(v) for k, v in zip(header.split(","), row.split(","), strict=True)}
    )


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("packing", ["none", "gzip", "zstd"])
def test_a_print_between_commas(tmp_path: Path, version: str, packing: str) -> None:
    path = packed(write(tmp_path / "t", *VERSIONS[version], end="\r\n"), packing)
    tape, batch = read(path)
    assert tape.format == f"ThetaData trade and quote ({version})"
    assert facts(batch, tape.contracts) == PRINT


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("packing", ["none", "gzip", "zstd"])
def test_a_print_as_json(tmp_path: Path, version: str, packing: str) -> None:
    path = packed(write(tmp_path / "t", as_json(*VERSIONS[version])), packing)
    tape, batch = read(path)
    assert tape.format == f"ThetaData trade and quote ({version})"
    assert facts(batch, tape.contracts) == PRINT
    assert tape.locate(0) == f"{path}:1"


@pytest.mark.parametrize(
    "changes",
    [
        {"expiration": "20251219"},
        {"right": "C"},
        {"right": "call"},
        {"strike": "650"},
        {"trade_timestamp": "2025-12-03 09:30:00.123"},
        {"trade_timestamp": "2025-12-03T14:30:00.123Z"},
        {"trade_timestamp": "2025-12-03T09:30:00.123-05:00"},
    ],
)
def test_spellings_of_version_3(tmp_path: Path, changes: dict[str, str]) -> None:
    row = changed(V3_HEADER, V3_ROW, **changes)
    tape, batch = read(write(tmp_path / "t", V3_HEADER, row))
    assert facts(batch, tape.contracts) == PRINT


def test_pretty_times_of_version_2(tmp_path: Path) -> None:
    row = changed(V2_HEADER, V2_ROW, ms_of_day="09:30:00.123", date="2025-12-03")
    late = changed(V2_HEADER, row, ms_of_day="25:30:00.123")
    tape, batch = read(write(tmp_path / "t", V2_HEADER, row, late))
    assert facts(batch, tape.contracts) == PRINT
    assert tape.skips.counts == {"bad_time": 1}


def test_a_root_with_a_dot_is_the_one_listed(tmp_path: Path) -> None:
    row = changed(V3_HEADER, V3_ROW, symbol="brk.b")
    tape, _ = read(write(tmp_path / "t", V3_HEADER, row))
    assert tape.contracts[0].root == "BRKB"


@pytest.mark.parametrize(
    ("reason", "changes", "shown"),
    [
        ("bad_time", {"ms_of_day": "86400000"}, "20251203 86400000"),
        ("bad_time", {"ms_of_day": "-1"}, "20251203 -1"),
        ("bad_time", {"ms_of_day": ""}, "20251203 "),
        ("bad_time", {"date": "20251331"}, "20251331 34200123"),
        ("bad_contract", {"strike": "650.5"}, "SPY 20251219 650.5 C"),
        ("bad_contract", {"strike": "x"}, "SPY 20251219 x C"),
        ("bad_contract", {"right": "call option"}, "SPY 20251219 650000 call option"),
        ("bad_price", {"price": "x"}, "x"),
        ("bad_tick", {"size": "0"}, "0"),
        ("bad_number", {"bid": "x"}, "x"),
    ],
)
def test_a_malformed_row_is_skipped(tmp_path: Path, reason, changes, shown) -> None:
    bad = changed(V2_HEADER, V2_ROW, **changes)
    tape, batch = read(write(tmp_path / "t", V2_HEADER, V2_ROW, bad))
    assert batch.rows == 1
    (kept,) = tape.skips.examples[reason]
    assert (kept.row, kept.detail) == (1, shown)


def test_malformed_json_is_skipped_line_by_line(tmp_path: Path) -> None:
    good = as_json(V3_HEADER, V3_ROW)
    no_price = json.dumps({k: v for k, v in json.loads(good).items() if k != "price"})
    nested = json.dumps(json.loads(good) | {"extra": {"a": [1]}})
    lines = [good, "", '{"symbol": ', "[1, 2]", no_price, nested, good]
    tape, batch = read(write(tmp_path / "t", *lines))
    assert batch.row.tolist() == [0, 5, 6]
    assert tape.skips.counts == {"bad_json": 2, "bad_price": 1}
    where = [tape.locate(kept.row) for kept in tape.skips.examples["bad_json"]]
    assert where == [f"{tmp_path / 't'}:3", f"{tmp_path / 't'}:4"]


def test_json_may_say_null_and_leave_out(tmp_path: Path) -> None:
    row = json.loads(as_json(V3_HEADER, V3_ROW))
    first = {k: v for k, v in row.items() if k != "sequence"} | {"bid": None}
    tape, batch = read(write(tmp_path / "t", json.dumps(first), json.dumps(row)))
    assert tape.skips.total == 0
    assert facts(batch, tape.contracts, 0) == PRINT | {"sequence": 0, "bid": None}
    assert facts(batch, tape.contracts, 1) == PRINT | {"row": 1}


def test_json_values_of_an_odd_kind_cost_their_row_alone(tmp_path: Path) -> None:
    good = as_json(V3_HEADER, V3_ROW)
    odd = [
        json.dumps(json.loads(good) | {"price": value}) for value in (True, [1], "x", {})
    ]
    tape, batch = read(write(tmp_path / "t", good, *odd, good))
    assert batch.row.tolist() == [0, 5]
    assert tape.skips.counts == {"bad_price": 4}
    path = write(tmp_path / "u", good, odd[0])
    tape, batch = read(path)
    assert tape.skips.counts == {"bad_price": 1}
