"""Several files as one tape: rows, order, places and progress."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.samples import (
    CBOE_HEADER,
    CBOE_ROW,
    DOLLAR,
    NOON,
    OWN_HEADER,
    V3_HEADER,
    V3_ROW,
    changed,
    facts,
    own_rows,
    read,
    take_apart,
    write,
)
from opentape.desk.ports import Tape
from opentape.feeds import order
from opentape.feeds.recognise import recognise
from opentape.feeds.tape import FileTape, open_tape
from opentape.market.columns import PrintBatch


def parquet(path: Path, ts: list[int], sequence: list[int] | None = None) -> Path:
    count = len(ts)
    table = {"ts_event": ts, "symbol": ["SPY251219C00650000"] * count}
    table |= {"price": [1.5] * count, "size": [1] * count}
    if sequence:
        table["sequence"] = sequence
    pq.write_table(pa.table(table), path, row_group_size=max(3, count // 3))
    return path


def test_it_fills_the_port(tmp_path: Path) -> None:
    tape: Tape = open_tape([write(tmp_path / "t", OWN_HEADER, *own_rows(1))])
    assert tape.open_interest is None
    assert tape.rows_total is None
    assert sum(batch.rows for batch in tape.batches()) == 1


def test_rows_are_numbered_over_all_files(tmp_path: Path) -> None:
    rows = own_rows(2)
    first = write(tmp_path / "a", OWN_HEADER, rows[0], "", "junk", rows[1])
    second = parquet(tmp_path / "b", [NOON + 5, NOON - 5])
    third = write(tmp_path / "c", OWN_HEADER, "junk", rows[0])
    tape, batch = read(first, second, third)
    assert batch.row.tolist() == [5, 0, 7, 4, 3]
    places = [tape.locate(int(row)) for row in batch.row]
    assert places == [
        f"{second}:row 1",
        f"{first}:2",
        f"{third}:3",
        f"{second}:row 0",
        f"{first}:5",
    ]
    junk = [tape.locate(kept.row) for kept in tape.skips.examples["wrong_column_count"]]
    assert junk == [f"{first}:4", f"{third}:2"]
    assert tape.skips.total == 2


def test_files_of_several_vendors_are_one_tape(tmp_path: Path) -> None:
    cboe = write(tmp_path / "a", CBOE_HEADER, CBOE_ROW)
    theta = write(tmp_path / "b", V3_HEADER, V3_ROW)
    tape, batch = read(cboe, theta)
    assert tape.format == "Cboe DataShop option trades and ThetaData trade and quote (v3)"
    assert [facts(batch, tape.contracts, at)["row"] for at in (0, 1)] == [1, 0]


def test_a_file_sorted_by_contract_comes_in_time_order(tmp_path: Path) -> None:
    rows = [
        changed(
            CBOE_HEADER, CBOE_ROW, strike=str(strike), quote_datetime=f"2025-12-03 {at}"
        )
        for strike in (6000, 7000)
        for at in ("09:30:01", "10:00:00.025", "15:00:00")
    ]
    _, batch = read(write(tmp_path / "t", CBOE_HEADER, *rows))
    assert batch.row.tolist() == [0, 3, 1, 4, 2, 5]


def test_prints_of_one_instant_go_by_sequence_then_row(tmp_path: Path) -> None:
    path = parquet(tmp_path / "t", [NOON] * 5, [3, 1, 2, 1, 3])
    _, batch = read(path)
    assert batch.row.tolist() == [1, 3, 2, 0, 4]


@pytest.mark.parametrize("sorted_first", [True, False])
def test_progress_goes_from_nothing_to_all(tmp_path: Path, *, sorted_first: bool) -> None:
    ts = [NOON + at for at in range(10)]
    paths = [
        parquet(tmp_path / "a", ts),
        parquet(tmp_path / "b", ts[:: 1 if sorted_first else -1]),
    ]
    tape = open_tape(paths)
    assert tape.share_read == 0
    assert tape.rows_total == 20
    take_apart(tape)
    assert tape.share_read == 1


def test_progress_of_text_goes_by_bytes(tmp_path: Path) -> None:
    tape = open_tape([write(tmp_path / "t", OWN_HEADER, *own_rows(20_000))])
    shares = [0.0, *(tape.share_read for _ in tape.batches())]
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_sorted_columns_are_never_held(tmp_path: Path, monkeypatch) -> None:
    """Also over several files, if each begins where the one before ended."""

    def never(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr("opentape.feeds.tape.in_fold_order", never)
    first = parquet(tmp_path / "a", [NOON, NOON, NOON + 1], [1, 2, 0])
    second = parquet(tmp_path / "b", [NOON + 1, NOON + 2])
    _, batch = read(first, second)
    assert batch.row.tolist() == [0, 1, 2, 3, 4]
    with pytest.raises(AssertionError):
        read(second, first)


COLUMN = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 2)), min_size=1, max_size=12)


@given(st.lists(COLUMN, min_size=1, max_size=3), st.booleans(), st.integers(1, 8))
def test_order_is_the_same_however_it_is_reached(
    tmp_path_factory, files, tidy, budget
) -> None:
    folder = tmp_path_factory.mktemp("tape")
    paths: list[Path] = []
    keys: list[tuple[int, int, int]] = []
    for number, column in enumerate(files):
        column = sorted(column) if tidy else column  # noqa: PLW2901
        keys += [
            (NOON + ts, sequence, len(keys) + at)
            for at, (ts, sequence) in enumerate(column)
        ]
        paths.append(
            parquet(
                folder / str(number),
                [NOON + ts for ts, _ in column],
                [s for _, s in column],
            )
        )
    for rows in (budget, 10**6):
        tape = FileTape([recognise(path) for path in paths], budget=rows)
        batch = PrintBatch.joined(list(tape.batches()))
        found = zip(
            batch.ts_event.tolist(),
            batch.sequence.tolist(),
            batch.row.tolist(),
            strict=True,
        )
        assert list(found) == sorted(keys)


def test_a_long_tape_comes_in_batches(tmp_path: Path) -> None:
    ts = NOON + np.arange(600_000) * DOLLAR // 1_000
    tape = open_tape([parquet(tmp_path / "t", ts.tolist())])
    sizes = [batch.rows for batch in tape.batches()]
    assert max(sizes) <= order.BATCH_ROWS
    assert sum(sizes) == 600_000
