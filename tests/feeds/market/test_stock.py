"""Stock prints: every row of the file as columns, in order of time."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import markets
from opentape.feeds.market.stock import StockFile
from opentape.market.columns import StockBatch
from opentape.market.errors import BadFile
from opentape.market.money import UNKNOWN

START = 1_779_370_200_000_000_000
INSTANT = pa.timestamp("ns", "UTC")


def joined(file):
    return StockBatch._make(map(np.concatenate, zip(*file.batches(), strict=True)))


def rows_of(file):
    batch = joined(file)
    return [
        (file.symbols[at], *rest)
        for at, *rest in zip(
            batch.symbol.tolist(),
            *(getattr(batch, name).tolist() for name in ("ts_event", "price", "size")),
            strict=True,
        )
    ]


def write(path, **columns):
    usual = {
        "ts_event": [START, START + 1, START + 2],
        "symbol": ["SPY", "^vix", "brk.b"],
        "price": [500.25, 16.5, 480.0],
        "size": [100, 1, 30_000_000],
    }
    pq.write_table(pa.table(usual | columns), path / "stock.parquet")
    return StockFile(path / "stock.parquet")


def test_a_simulated_tape_comes_back(tmp_path):
    markets.folder(tmp_path, 4_000)
    file = StockFile(tmp_path / "stock.parquet")
    batch, table = joined(file), pq.read_table(tmp_path / "stock.parquet")
    assert batch.rows == table.num_rows > 900
    assert batch.ts_event.tolist() == table["ts_event"].cast(pa.int64()).to_pylist()
    assert [file.symbols[at] for at in batch.symbol.tolist()] == table["symbol"].to_pylist()
    for name in ("price", "bid", "ask"):
        nanos = [round(value * 10**9) for value in table[name].to_pylist()]
        assert getattr(batch, name).tolist() == nanos
    for name in ("size", "bid_size", "ask_size"):
        assert getattr(batch, name).tolist() == table[name].to_pylist()
    assert file.rows.complaints() == []


def test_quotes_and_sizes_may_be_absent(tmp_path):
    file = write(tmp_path)
    batch = joined(file)
    assert file.symbols == ["BRKB", "SPY", "VIX"]
    assert batch.size.tolist() == [100, 1, 30_000_000]
    assert batch.bid.tolist() == batch.ask.tolist() == [UNKNOWN] * 3
    assert batch.bid_size.tolist() == batch.ask_size.tolist() == [0] * 3
    file = write(tmp_path, bid=[500.0, 0.0, None], bid_size=[1, None, 0])
    assert joined(file).bid.tolist() == [500 * 10**9, UNKNOWN, UNKNOWN]


@pytest.mark.parametrize(
    ("column", "values", "reason", "shown"),
    [
        ("price", [500.25, 0.0, 480.0], "bad_tick", "'0'"),
        ("price", [500.25, None, 480.0], "bad_price", "''"),
        ("price", [500.25, 2e6, 480.0], "bad_price", "'2000000'"),
        ("size", [100, -1, 5], "bad_tick", "'-1'"),
        ("size", [100, None, 5], "bad_size", "''"),
        ("size", [100, 1 << 50, 5], "bad_size", f"'{1 << 50}'"),
        ("symbol", ["SPY", " ", "QQQ"], "bad_symbol", "' '"),
        ("symbol", ["SPY", None, "QQQ"], "bad_symbol", "''"),
        ("ts_event", [START, 5, START + 2], "bad_time", "'5'"),
        ("bid_size", [100, -1, 5], "bad_size", "'-1'"),
        ("bid", [1.0, float("inf"), 5.0], "bad_number", "'inf'"),
    ],
)
def test_damaged_rows_are_skipped_and_said(tmp_path, column, values, reason, shown):
    file = write(tmp_path, **{column: values})
    assert joined(file).rows == 2
    assert dict(file.rows.skips.counts) == {reason: 1}
    place = f"{tmp_path / 'stock.parquet'}:row 1"
    assert file.rows.complaints() == [
        f"1 row skipped as {reason}, the first at {place}, was {shown}"
    ]


@given(st.lists(st.tuples(st.integers(0, 6), st.sampled_from("AB")), min_size=1))
def test_any_file_comes_in_order_of_time(tmp_path_factory, given):
    path = tmp_path_factory.mktemp("order")
    stamps = [START + each for each, _ in given]
    file = write(
        path,
        ts_event=stamps,
        symbol=[symbol for _, symbol in given],
        price=[100.0] * len(given),
        # the place of the row, so that none is lost and ties keep their order
        size=list(range(1, len(given) + 1)),
    )
    expected = sorted(
        (START + each, row, symbol) for row, (each, symbol) in enumerate(given, start=1)
    )
    found = [(ts, size, symbol) for symbol, ts, _, size in rows_of(file)]
    assert found == expected


def test_a_damaged_file_is_one_sentence(tmp_path):
    with pytest.raises(BadFile, match="cannot be decoded: its column 'ts_event'"):
        list(write(tmp_path, ts_event=[[1], [2], [3]]).batches())
    with pytest.raises(BadFile, match="cannot be decoded: its column 'price' must hold"):
        list(write(tmp_path, price=[[1.0], [2.0], [3.0]]).batches())
    table = pa.table({"ts_event": pa.array([START], INSTANT), "price": [1.0]})
    pq.write_table(table, tmp_path / "stock.parquet")
    with pytest.raises(BadFile, match="needs the column 'symbol'"):
        StockFile(tmp_path / "stock.parquet")
