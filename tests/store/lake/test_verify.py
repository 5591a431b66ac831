"""One byte that is another one is found, and its place is named."""

import datetime as dt
import shutil
import sqlite3
from contextlib import closing

import numpy as np
import pytest

from opentape.desk.journal.ports import Delivered, Entry, Recorded, State
from opentape.desk.ports import Tick
from opentape.market.chain import Chain
from opentape.market.columns import StockBatch
from opentape.market.errors import Damaged
from opentape.store.lake import writing
from opentape.store.sessions import SessionFolder
from store.journal.made import DATE, FEED, named, numbered, same

COUNT = 40
FLIPS = 12
FILES = ("prints.parquet", "stock.parquet", "facts.db", "manifest.json")


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    """A session in the lake with entries of most kinds, and what was put in."""
    folder = tmp_path_factory.mktemp("lake")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing, "SLICE", 700)
        patch.setattr(writing, "GROUP", 150)
        sessions = SessionFolder(folder)
        kept = fill(sessions)
        sessions.compact(DATE)
    return folder, kept


def fill(sessions):
    journal = sessions.journal(DATE, FEED)
    kept = [numbered(number, journal.contracts) for number in range(COUNT)]
    stock = StockBatch(
        np.arange(50), journal.stock_places(["SPY", "NVDA"] * 25), *[np.arange(50)] * 6
    )
    named(journal.contracts, 60)
    told, counts = [np.arange(3.0)] * 3, [np.arange(3)] * 5
    chain = Chain(
        "SPY",
        5,
        1.5,
        journal.contracts,
        np.arange(3, dtype=np.int32),
        *told,
        *counts,
        *told,
    )
    for fact in (stock, chain, Tick(7)):
        kept.append(Entry(len(kept), 1000 * len(kept) + 1000, 0, Delivered(), fact))
    for entry in kept:
        journal.append(entry, [Recorded(entry.number, "SPY", b"%d" % entry.number)])
    journal.close()
    return kept


def copied(lake, tmp_path):
    shutil.rmtree(tmp_path / "sessions", ignore_errors=True)
    shutil.copytree(lake[0] / "sessions", tmp_path / "sessions")
    return SessionFolder(tmp_path), tmp_path / "sessions" / DATE.isoformat()


def test_a_whole_session(lake, tmp_path) -> None:
    sessions, folder = copied(lake, tmp_path)
    assert list(sessions.verify(DATE)) == []
    told = sessions.holding(DATE)
    assert (told.date, told.feed, told.state) == (DATE, FEED, State.LAKE)
    assert (told.entries, told.signals, told.chains) == (COUNT + 3, COUNT + 3, 1)
    assert (told.prints, told.stock_prints) == (COUNT * 40, 50)
    assert (told.first_ns, told.last_ns) == (1000, 1000 * (COUNT + 3))
    size = sum(path.stat().st_size for path in folder.iterdir())
    assert (told.bytes, told.bytes_per_print) == (size, size / told.prints)
    assert len(told.content) == len(told.record) == 64


@pytest.mark.parametrize("name", FILES)
def test_a_bit_is_flipped(lake, tmp_path, name) -> None:
    """Whichever: it is found, and no reader takes it for another answer."""
    _, kept = lake
    random = np.random.default_rng(3)
    folder = copied(lake, tmp_path)[1]
    size = (folder / name).stat().st_size
    for spot in [0, size - 1, *random.integers(0, size, FLIPS).tolist()]:
        sessions, folder = copied(lake, tmp_path)
        body = bytearray((folder / name).read_bytes())
        body[spot] ^= 1 << int(random.integers(0, 8))
        (folder / name).write_bytes(body)
        found = list(sessions.verify(DATE))
        assert name in {one.file for one in found}
        if name != "manifest.json":
            (place,) = {one.place for one in found if "bytes" in one.place}
            first, last = place.replace(",", "").split("bytes ")[1].split(" to ")
            assert int(first) <= spot <= int(last)
        read, said = [], ""
        try:
            read.extend(sessions.stored(DATE).entries())
        except Damaged as error:
            said = str(error)
        assert same(read, kept[: len(read)])
        assert (len(read) == len(kept)) is (not said)
        assert not said or f"entry {len(read)}:" in said or "tell where" in said


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("change", ["cut", "longer", "gone"])
def test_a_file_is_cut_longer_or_gone(lake, tmp_path, name, change) -> None:
    sessions, folder = copied(lake, tmp_path)
    path = folder / name
    body = path.read_bytes()
    path.write_bytes(body[:-1] if change == "cut" else body + b"x")
    if change == "gone":
        path.unlink()
    assert sessions.dates() == [DATE]
    assert name in {one.file for one in sessions.verify(DATE)}


def test_a_damaged_underlying_is_refused_and_others_are_not(lake, tmp_path) -> None:
    sessions, folder = copied(lake, tmp_path)
    before = sessions.stored(DATE)
    alone = [len(list(before.prints(symbol))) for symbol in ("AAPL1", "VIX")]
    path = folder / "prints.parquet"
    body = bytearray(path.read_bytes())
    body[10] ^= 1
    path.write_bytes(body)
    with pytest.raises(Damaged, match="row group 0"):
        list(sessions.stored(DATE).prints("AAPL1"))
    assert len(list(sessions.stored(DATE).prints("VIX"))) == alone[1]


def test_a_journal_is_verified_too(tmp_path) -> None:
    sessions = SessionFolder(tmp_path)
    fill(sessions)
    assert list(sessions.verify(DATE)) == []
    told = sessions.holding(DATE)
    assert (told.state, told.content, told.entries) == (State.JOURNAL, None, COUNT + 3)
    path = tmp_path / "sessions" / DATE.isoformat() / "journal.db"
    body = bytearray(path.read_bytes())
    at = body.index(numbered(20, sessions.stored(DATE).contracts).fact.row.tobytes())
    body[at] ^= 1
    path.write_bytes(body)
    (found,) = sessions.verify(DATE)
    assert (found.file, found.place) == ("journal.db", "entries, number 20")


def test_the_oldest_go(tmp_path) -> None:
    sessions = SessionFolder(tmp_path)
    dates = [DATE + dt.timedelta(days=days) for days in range(4)]
    journals = [sessions.journal(date, FEED) for date in dates]
    assert sessions.holding(DATE).state == State.RUNNING
    for journal in journals[1:]:
        journal.close()
    sessions.compact(dates[2])
    assert sessions.retain(0) == []
    assert sessions.retain(9) == []
    assert sessions.retain(2) == [dates[1]]
    assert sessions.dates() == [dates[0], *dates[2:]]
    journals[0].close()
    keeping = SessionFolder(tmp_path, keep=3)
    keeping.journal(dates[3], FEED).close()
    assert keeping.dates() == [dates[0], *dates[2:]]
    assert sessions.retain(1) == [dates[0], dates[2]]
    assert sessions.dates() == dates[3:]
    assert [path.name for path in (tmp_path / "sessions").iterdir()] == [str(dates[3])]


def test_a_torn_last_entry_is_told(tmp_path) -> None:
    sessions = SessionFolder(tmp_path)
    fill(sessions)
    path = tmp_path / "sessions" / DATE.isoformat() / "journal.db"
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("UPDATE entries SET body = x'00' WHERE number = ?", (COUNT + 2,))
    (found,) = sessions.verify(DATE)
    assert (found.file, found.place) == ("journal.db", "entries, the last")
    assert "lost its last entry, 42" in found.what
