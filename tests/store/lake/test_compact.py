"""A session in the lake is the session that the journal had, to the last bit."""

import shutil
import stat
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opentape.desk.journal.ports import Recorded
from opentape.market.columns import PrintBatch
from opentape.market.errors import BadFile, Damaged, NoData
from opentape.store.lake import writing
from opentape.store.sessions import SessionFolder
from store.journal.made import DATE, FEED, entries, numbered, same, signals, table, written

FOLDER = DATE.isoformat()


@pytest.fixture
def small(monkeypatch):
    """Slices and groups of a few rows, so that a small session has many."""
    monkeypatch.setattr(writing, "SLICE", 150)
    monkeypatch.setattr(writing, "GROUP", 40)


@given(st.data())
@settings(max_examples=15)
def test_what_was_kept_comes_back(data) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing, "SLICE", data.draw(st.integers(1, 30)))
        patch.setattr(writing, "GROUP", data.draw(st.integers(1, 12)))
        sessions = SessionFolder(Path(folder))
        journal = sessions.journal(DATE, FEED)
        kept, told, now = [], [], 0
        for _ in range(data.draw(st.integers(0, 10))):
            entry = data.draw(entries(journal, now))
            some = data.draw(signals)
            journal.append(entry, some)
            kept.append(entry)
            told += some
            now = entry.instant_ns
        journal.close()
        before = sessions.stored(DATE)
        assert same(before.entries(), kept)
        assert sessions.compact(DATE)
        after = sessions.stored(DATE)
        first = data.draw(st.integers(0, len(kept)))
        until = data.draw(st.integers(0, now + 1))
        assert same(after.entries(first), kept[first:])
        assert same(after.entries(0, until), [e for e in kept if e.instant_ns <= until])
        assert same(after.entries(), kept)
        assert same(before.entries(), kept)
        assert table(after) == table(before)
        assert list(after.recorded()) == told
        assert (after.run, after.feed, after.date) == (before.run, before.feed, before.date)
        assert after.end == len(kept)


def many(journal, count=24, rows=30):
    """Append prints with an order of their own; return them."""
    kept = []
    for number in range(count):
        entry = numbered(number, journal.contracts, rows)
        # what a market has: prices in cents, rows and numbers as they came
        price = entry.fact.price * 10_000_000
        at = number * rows + np.arange(rows)
        fact = entry.fact._replace(
            price=price, bid=price - 10_000_000, ask=price + 30_000_000, sequence=at + 7
        )
        kept.append(entry._replace(fact=fact))
        journal.append(kept[-1], [Recorded(number, "SPY", b"%d" % number)])
    return kept


def of_symbol(kept, contracts, symbol):
    whole = PrintBatch.joined([entry.fact for entry in kept])
    code = contracts.underlying_names().index(symbol)
    return whole.take(contracts.underlyings(whole.contract) == code)


def rows_of(batches):
    return [column.tolist() for column in PrintBatch.joined(list(batches))]


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("symbol", ["SPY", "SPX", "AAPL1"])
def test_one_underlying_is_read_alone(tmp_path, symbol) -> None:
    """In the order its prints came, or from the newest back; the journal gives the same."""
    sessions = SessionFolder(tmp_path)
    journal = sessions.journal(DATE, FEED)
    kept = many(journal)
    journal.close()
    wanted = [column.tolist() for column in of_symbol(kept, journal.contracts, symbol)]
    for _ in range(2):
        session = sessions.stored(DATE)
        assert rows_of(session.prints(symbol)) == wanted
        assert len(session.contracts) == len(journal.contracts)
        back = [*session.prints(symbol, newest_first=True)]
        assert len(back) > 2
        assert rows_of(back[::-1]) == wanted
        assert list(session.prints("NONE")) == []
        sessions.compact(DATE)


@pytest.mark.usefixtures("small")
def test_it_is_small(tmp_path) -> None:
    """Prices, quotes and numbers that follow each other take little."""
    sessions = SessionFolder(tmp_path)
    journal = sessions.journal(DATE, FEED)
    many(journal)
    journal.close()
    before = (tmp_path / "sessions" / FOLDER / "journal.db").stat().st_size
    sessions.compact(DATE)
    files = {path.name: path for path in (tmp_path / "sessions" / FOLDER).iterdir()}
    assert set(files) == {"prints.parquet", "facts.db", "manifest.json", "lock"}
    assert sum(path.stat().st_size for path in files.values()) < before
    assert {stat.S_IMODE(path.stat().st_mode) for path in files.values()} == {0o600}


def test_a_session_under_way_stays(tmp_path) -> None:
    _, journal = written(tmp_path, 3, close=False)
    with pytest.raises(BadFile, match="another one writes"):
        SessionFolder(tmp_path).compact(DATE)
    journal.close()


def test_a_session_in_the_lake_is_over(tmp_path) -> None:
    written(tmp_path, 3)
    sessions = SessionFolder(tmp_path)
    assert sessions.compact(DATE)
    assert not sessions.compact(DATE)
    assert sessions.dates() == [DATE]
    with pytest.raises(BadFile, match="is over"):
        sessions.journal(DATE, FEED)


def test_what_is_not_there(tmp_path) -> None:
    with pytest.raises(NoData):
        SessionFolder(tmp_path).compact(DATE)


@pytest.mark.usefixtures("small")
def test_a_reader_is_not_disturbed(tmp_path) -> None:
    """It goes on in the lake where it was in the journal."""
    kept = written(tmp_path, 600, 5)
    sessions = SessionFolder(tmp_path)
    session = sessions.stored(DATE)
    walk = session.entries()
    begun = [next(walk) for _ in range(10)]
    contracts = session.contracts
    sessions.compact(DATE)
    assert same([*begun, *walk], kept)
    assert session.contracts is contracts


@pytest.mark.usefixtures("small")
def test_a_damaged_journal_stays(tmp_path) -> None:
    written(tmp_path, 50, 300)
    path = tmp_path / "sessions" / FOLDER / "journal.db"
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\xff" * 100)
    body = path.read_bytes()
    with pytest.raises(Damaged, match="entry"):
        SessionFolder(tmp_path).compact(DATE)
    assert path.read_bytes() == body
    assert not (path.parent / ".lake").exists()


@pytest.mark.usefixtures("small")
def test_what_was_left_of_another_attempt_is_replaced(tmp_path) -> None:
    """Whatever of a lake stands beside a journal, the journal counts until it is whole."""
    kept = written(tmp_path, 20)
    sessions = SessionFolder(tmp_path)
    folder = tmp_path / "sessions" / FOLDER
    shutil.copytree(folder, tmp_path / "before")
    sessions.compact(DATE)
    (folder / "facts.db").unlink()
    (folder / "prints.parquet").write_bytes(b"torn")
    shutil.copy(tmp_path / "before" / "journal.db", folder)
    (folder / ".lake").mkdir()
    (folder / ".lake" / "facts.db").write_bytes(b"torn")
    assert same(sessions.stored(DATE).entries(), kept)
    assert sessions.compact(DATE)
    assert same(sessions.stored(DATE).entries(), kept)
    shutil.copy(tmp_path / "before" / "journal.db", folder)
    assert not sessions.compact(DATE)
    assert not (folder / "journal.db").exists()
    assert same(sessions.stored(DATE).entries(), kept)
