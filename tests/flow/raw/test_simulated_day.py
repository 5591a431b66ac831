"""A simulated day, read from its files, against the naive twin of raw flow."""

import datetime as dt

import numpy as np
import pytest

import markets
import naive
import naive_raw
from naive_raw import MINUTE, SECOND, Counted
from opentape.feeds.market.stock import StockFile
from opentape.feeds.tape import open_tape
from opentape.flow.raw.stocks import SECONDS, StockTape
from opentape.market.calendar import EPOCH
from opentape.market.columns import PrintBatch, StockBatch
from opentape.market.conditions import Condition
from opentape.market.money import UNKNOWN
from opentape.market.venues import MICS
from raw_views import check, counted, in_series, watched_batches

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return markets.folder(tmp_path_factory.mktemp("day"), 20_000)


def known(value):
    return None if value == UNKNOWN else value


def naive_prints(batch, contracts):
    rows = zip(*(column.tolist() for column in batch), strict=True)
    for row in map(PrintBatch._make, rows):
        of = contracts[row.contract]
        yield naive.NaivePrint(
            ts_event=row.ts_event, root=of.root, expiry=of.expiry,
            strike_mills=of.strike_mills, right=str(of.right), price=row.price,
            size=row.size, bid=known(row.bid), ask=known(row.ask),
            venue=MICS[row.venue], cls=Condition(row.condition).name.lower(),
            sequence=row.sequence or None, row=row.row, cancels=row.cancels or None,
        )  # fmt: skip


def test_option_flow_of_a_day(folder):
    tape = open_tape([folder / "tape.parquet"])
    batches = list(tape.batches())
    fold, raw = watched_batches(tape.contracts, batches, rows=777)
    prints = list(naive_prints(PrintBatch.joined(batches), tape.contracts))
    kept, told = naive.standing(prints)
    assert fold.taken_back == told["cancelled"] > 0
    names = check(raw, counted(kept), max(p.ts_event for p in prints))
    assert {"SPY", "SPX", "NVDA"} <= names


def test_stock_flow_of_a_day(folder):
    file = StockFile(folder / "stock.parquet")
    batch = StockBatch._make(map(np.concatenate, zip(*file.batches(), strict=True)))
    tape = StockTape(file.symbols)
    for first in range(0, batch.rows, 333):
        tape.add(batch.take(slice(first, first + 333)))
    assert tape.dropped == 0
    rows = zip(*(column.tolist() for column in batch), strict=True)
    prints = [
        Counted(
            r.ts_event, r.price, r.size,
            naive.quote_side(r.price, known(r.bid), known(r.ask)), file.symbols[r.symbol],
        )
        for r in map(StockBatch._make, rows)
    ]  # fmt: skip
    newest = max(p.ts for p in prints)
    assert dt.timedelta(seconds=newest // SECOND).days == (markets.DATE - EPOCH).days
    for name in {p.owner for p in prints}:
        mine, view = [p for p in prints if p.owner == name], tape.view(name)
        assert in_series(view.minutes) == naive_raw.buckets(mine, MINUTE, 1_500, newest)
        assert in_series(view.seconds) == naive_raw.buckets(mine, SECOND, SECONDS, newest)
