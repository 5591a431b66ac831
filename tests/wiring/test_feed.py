"""A folder, a day of several, or a tape alone as a feed."""

import datetime as dt
import shutil

import numpy as np
import pytest

import markets
from fakes import FakeClock
from opentape.desk.ports import PrintBatch, Tick
from opentape.market.calendar import at_new_york
from opentape.market.errors import BadFile
from opentape.wiring.feed import (
    market_files,
    open_moved,
    open_played,
    read_beside,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return markets.folder(tmp_path_factory.mktemp("feed"), 600)


def first_batch(feed):
    for fact in feed.facts():
        if isinstance(fact, PrintBatch):
            return fact
    return None


def test_a_folder_is_played_with_all_that_is_in_it(folder):
    feed = open_played(folder, speed=1e6, clock=FakeClock())
    assert feed.name == "simulated market"
    kinds = {type(fact).__name__ for fact in feed.facts()}
    assert kinds == {"OpenInterest", "Chain", "PrintBatch", "StockBatch", "Tick"}
    beside = read_beside(folder).beside
    assert set(beside.history) == set(markets.SYMBOLS)
    assert beside.sector("SPY") == "Fund"
    assert beside.sector("NVDA") == "Information Technology"
    # its series end with the close of the session before
    assert beside.macro_ns == at_new_york(dt.date(2026, 5, 20), dt.time(16))


def test_a_tape_alone_is_played(folder, tmp_path):
    alone = shutil.copy(folder / "tape.parquet", tmp_path / "prints")
    for path in (alone, folder / "tape.parquet"):
        kinds = {type(f) for f in open_played(path, speed=1e6, clock=FakeClock()).facts()}
        assert kinds == {PrintBatch, Tick}
        assert read_beside(path).beside.history == {}
    assert read_beside(alone).beside.macro_ns is None
    within = tmp_path / "folder"
    within.mkdir()
    shutil.copy(alone, within / "tape.parquet")
    feed = open_played(within, speed=1e6, clock=FakeClock())
    assert {type(fact) for fact in feed.facts()} == {PrintBatch, Tick}
    assert feed.name == "recorded market"


def test_of_several_days_the_newest_is_played(folder, tmp_path):
    for name in ("2026-05-20", "2026-05-21"):
        shutil.copytree(folder, tmp_path / name)
    assert market_files(tmp_path).tape == tmp_path / "2026-05-21" / "tape.parquet"
    assert read_beside(tmp_path).beside.history


def test_a_moved_folder_stands_on_the_wall_clock(folder):
    now = 10**18
    first = first_batch(open_played(folder, clock=FakeClock()))
    moved = first_batch(
        open_moved(folder, now - int(first.ts_event[0]), clock=FakeClock(now))
    )
    assert moved.ts_event[0] == now
    assert np.array_equal(moved.sequence[:1], first.sequence[:1])


def test_what_is_no_market_is_one_sentence(tmp_path):
    with pytest.raises(BadFile, match="there is no folder"):
        open_played(tmp_path / "nowhere")
    with pytest.raises(BadFile, match=r"must hold tape\.parquet"):
        open_played(tmp_path)
    with pytest.raises(BadFile, match=r"must hold tape\.parquet"):
        read_beside(tmp_path)
