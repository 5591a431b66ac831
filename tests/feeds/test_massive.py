"""Massive option trades, from a row of a flat file to a print."""

from pathlib import Path

import pytest

from feeds.samples import (
    MASSIVE_HEADER,
    MASSIVE_ROW,
    NOON,
    changed,
    facts,
    packed,
    read,
    write,
)
from opentape.feeds.massive import telling
from opentape.market.columns import WITHDRAWN
from opentape.market.conditions import MASSIVE_IDS, Condition, classify
from opentape.market.venues import MICS

ROW = MASSIVE_ROW.format(ts=NOON)


def one(path: Path, **changes: str) -> dict[str, object]:
    row = changed(MASSIVE_HEADER, ROW, **changes)
    tape, batch = read(write(path / "t", MASSIVE_HEADER, row))
    return facts(batch, tape.contracts)


def test_a_print_has_no_quote(tmp_path: Path) -> None:
    assert one(tmp_path) == {
        "ts_event": NOON,
        "sequence": 0,
        "row": 0,
        "contract": "SPY   251219C00650000",
        "price": 1_230_000_000,
        "size": 7,
        "bid": None,
        "ask": None,
        "spot": None,
        "venue": MICS.index("XMIO"),
        "condition": Condition.ISO,
        "marks": 0,
        "cancels": 0,
    }


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_packed(tmp_path: Path, packing: str) -> None:
    tape, batch = read(packed(write(tmp_path / "t", MASSIVE_HEADER, ROW), packing))
    assert tape.format == "Massive option trades"
    assert facts(batch, tape.contracts) == one(tmp_path)


@pytest.mark.parametrize(
    ("venue", "tape", "found"),
    [
        (str(NOON - 5), str(NOON), NOON - 5),
        ("0", str(NOON), NOON),
        ("", str(NOON), NOON),
        (str(NOON), "", NOON),
    ],
)
def test_the_venues_time_counts_where_there_is_one(
    tmp_path: Path, venue, tape, found
) -> None:
    changes = {"participant_timestamp": venue, "sip_timestamp": tape}
    assert one(tmp_path, **changes)["ts_event"] == found


@pytest.mark.parametrize("dropped", ["participant_timestamp", "sip_timestamp"])
def test_one_time_is_enough(tmp_path: Path, dropped: str) -> None:
    at = MASSIVE_HEADER.split(",").index(dropped)
    lines = [
        ",".join(c for i, c in enumerate(line.split(",")) if i != at)
        for line in (MASSIVE_HEADER, ROW)
    ]
    _, batch = read(write(tmp_path / "t", *lines))
    assert batch.ts_event.tolist() == [NOON]


@pytest.mark.parametrize("cell", ["x", "0", "-1", "1764781200"])
def test_a_row_without_a_time_is_skipped(tmp_path: Path, cell: str) -> None:
    bad = changed(MASSIVE_HEADER, ROW, participant_timestamp=cell, sip_timestamp=cell)
    tape, batch = read(write(tmp_path / "t", MASSIVE_HEADER, bad, ROW))
    assert batch.row.tolist() == [1]
    assert tape.skips.counts == {"bad_time": 1}


@pytest.mark.parametrize(
    ("correction", "condition", "marks"),
    [
        ("0", Condition.ISO, 0),
        ("", Condition.ISO, 0),
        ("12", Condition.ISO, 0),
        ("1", Condition.ISO, WITHDRAWN),
        ("7", Condition.ISO, WITHDRAWN),
        ("8", Condition.ISO, WITHDRAWN),
        ("10", Condition.CANCEL, 0),
        ("11", Condition.CANCEL, 0),
    ],
)
def test_corrections(tmp_path: Path, correction: str, condition, marks: int) -> None:
    found = one(tmp_path, correction=correction)
    assert (found["condition"], found["marks"]) == (condition, marks)


@pytest.mark.parametrize(
    ("codes", "chosen"),
    [
        ("", ""),
        ("209", "209"),
        ("209,227", "227"),
        ("227,209", "227"),
        ("[209, 219]", "219"),
        ("219;232", "219"),
        ("232,201", "201"),
        ("999,209", "999"),
    ],
)
def test_of_several_conditions_one_tells(codes: str, chosen: str) -> None:
    assert telling(codes) == chosen


def test_conditions_between_quotes(tmp_path: Path) -> None:
    row = ROW.replace(",219,", ',"209,232",')
    tape, batch = read(write(tmp_path / "t", MASSIVE_HEADER, row, ROW))
    assert batch.condition.tolist() == [Condition.LEG, Condition.ISO]
    assert tape.skips.total == 0


@pytest.mark.parametrize("code", MASSIVE_IDS)
def test_every_id_has_the_class_of_its_letter(tmp_path: Path, code: int) -> None:
    found = one(tmp_path, conditions=str(code))
    assert found["condition"] == (classify(MASSIVE_IDS[code]) or Condition.REGULAR)


@pytest.mark.parametrize("ticker", ["SPY", "O:", "", "O:SPY251319C00650000"])
def test_a_row_that_names_no_contract_is_skipped(tmp_path: Path, ticker: str) -> None:
    bad = changed(MASSIVE_HEADER, ROW, ticker=ticker)
    tape, _ = read(write(tmp_path / "t", MASSIVE_HEADER, ROW, bad))
    (kept,) = tape.skips.examples["bad_contract"]
    assert (tape.locate(kept.row), kept.detail) == (f"{tmp_path / 't'}:3", ticker)
