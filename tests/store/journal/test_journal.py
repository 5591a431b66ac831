"""What a journal was given is what it gives, whoever opens it, and whenever."""

import stat
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentape.desk.journal.ports import Delivered, Entry, Recorded
from opentape.desk.ports import Tick
from opentape.market.contract import Contracts
from opentape.market.errors import BadFile, NoData
from opentape.store.sessions import SessionFolder
from store.journal.made import (
    DATE,
    FEED,
    entries,
    named,
    numbered,
    same,
    signals,
    table,
    written,
)  # fmt: skip


@given(st.data())
def test_what_was_kept_comes_back(data) -> None:
    """Whatever the facts: NaN, unknown amounts and names included, also when reopened."""
    with tempfile.TemporaryDirectory() as folder:
        sessions = SessionFolder(Path(folder))
        journal = sessions.journal(DATE, FEED)
        kept, told, now = [], [], 0
        for _ in range(data.draw(st.integers(0, 8))):
            entry = data.draw(entries(journal, now))
            some = data.draw(signals)
            journal.append(entry, some)
            kept.append(entry)
            told += some
            now = entry.instant_ns
            if data.draw(st.integers(0, 4)) == 0:
                before = journal.run
                journal.close()
                journal = sessions.journal(DATE, FEED)
                assert journal.run == before
        reader = sessions.stored(DATE)
        first = data.draw(st.integers(0, len(kept)))
        until = data.draw(st.integers(0, now + 1))
        assert same(reader.entries(), kept)
        assert same(journal.entries(first), kept[first:])
        assert same(reader.entries(0, until), [e for e in kept if e.instant_ns <= until])
        assert list(reader.recorded()) == list(journal.recorded()) == told
        assert list(reader.recorded(["SPY", "VIX"])) == [
            one for one in told if one.symbol in {"SPY", "VIX"}
        ]
        assert reader.end == journal.end == len(kept)
        journal.close()
        reopened = sessions.stored(DATE)
        assert same(reopened.entries(), kept)
        assert table(reopened) == table(reader) == _kept_of(journal, reopened)


def _kept_of(journal, reader):
    """Return the writer's names, without those that no entry came after."""
    roots, keys, multipliers, stocks = table(journal)
    count = len(reader.contracts)
    ends = len(reader.contracts.roots), count, count, len(reader.stocks)
    parts = zip((roots, keys, multipliers, stocks), ends, strict=True)
    return tuple(part[:end] for part, end in parts)


def test_columns_that_come_back_may_be_written_to(tmp_path) -> None:
    """Kernels are compiled for such columns only."""
    written(tmp_path, 1)
    (entry,) = SessionFolder(tmp_path).stored(DATE).entries()
    assert all(column.flags.writeable and column.flags.aligned for column in entry.fact)


def test_a_reader_follows_the_writer(tmp_path) -> None:
    kept, journal = written(tmp_path, 3, close=False)
    reader = SessionFolder(tmp_path).stored(DATE)
    walk = reader.entries()
    first = next(walk)
    more = [numbered(number, journal.contracts) for number in range(3, 40)]
    for entry in more:
        journal.append(entry)
    assert same([first, *walk], kept + more)
    assert same(reader.entries(), kept + more)
    assert reader.end == 40
    assert table(reader) == table(journal)
    journal.close()


def test_multipliers_are_kept_as_they_change(tmp_path) -> None:
    journal = SessionFolder(tmp_path).journal(DATE, FEED)
    named(journal.contracts, 60)
    journal.contracts.set_multiplier(3, 10)
    journal.append(numbered(0, journal.contracts))
    journal.contracts.set_multiplier(5, 150)
    entry = numbered(1, journal.contracts)
    entry.fact.contract[:] = 5
    journal.append(entry)
    journal.close()
    reader = SessionFolder(tmp_path).stored(DATE)
    assert len(reader.contracts) == 0
    assert len([*reader.entries()]) == reader.end
    assert reader.contracts.multipliers[[3, 4, 5]].tolist() == [10, 100, 150]


def test_roots_keep_their_codes_without_a_contract(tmp_path) -> None:
    """Open interest is told of series that nobody trades: its keys hold their roots."""
    journal = SessionFolder(tmp_path).journal(DATE, FEED)
    ones = np.ones(2, np.int64)
    keys = journal.contracts.pack(["ABC", "XYZ"], 20_600 * ones, 1000 * ones, ones > 0)
    journal.append(Entry(0, 1, 0, Delivered(), Tick(1)))
    journal.close()
    contracts = SessionFolder(tmp_path).stored(DATE).contracts
    assert contracts.pack(
        ["ABC", "XYZ"], 20_600 * ones, 1000 * ones, ones > 0
    ).tolist() == (keys.tolist())
    assert len(contracts) == 0


def test_an_entry_must_follow_the_one_before(tmp_path) -> None:
    _, journal = written(tmp_path, 2, close=False)
    for number, instant in ((1, 10**6), (3, 10**6), (2, 2000)):
        with pytest.raises(ValueError, match="must follow"):
            journal.append(Entry(number, instant, 0, Delivered(), Tick(0)))
    journal.close()
    assert SessionFolder(tmp_path).stored(DATE).end == 2


def test_a_session_goes_on_with_its_own_feed(tmp_path) -> None:
    written(tmp_path, 2)
    with pytest.raises(BadFile, match="taken from"):
        SessionFolder(tmp_path).journal(DATE, "another")
    SessionFolder(tmp_path).journal(DATE, FEED).close()


def test_only_the_owner_may_look(tmp_path) -> None:
    _, journal = written(tmp_path / "made", 2, close=False)
    made = tmp_path / "made" / "sessions"
    folders = [made, made / DATE.isoformat()]
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}
    files = list(folders[1].iterdir())
    assert {file.name for file in files} >= {"journal.db", "journal.db-wal", "lock"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    journal.close()


def test_what_is_not_there(tmp_path) -> None:
    sessions = SessionFolder(tmp_path)
    assert sessions.dates() == []
    with pytest.raises(NoData, match="2026-05-21"):
        sessions.stored(DATE)
    written(tmp_path, 0)
    (tmp_path / "sessions" / "2026-05-22").mkdir()
    (tmp_path / "sessions" / "notes").mkdir()
    assert sessions.dates() == [DATE]
    empty = sessions.stored(DATE)
    assert (list(empty.entries()), list(empty.recorded()), empty.end) == ([], [], 0)


def test_the_last_signals_come_with_the_end(tmp_path) -> None:
    _, journal = written(tmp_path, 2, close=False)
    journal.close([Recorded(1, "SPY", b"last")])
    assert [one.body for one in SessionFolder(tmp_path).stored(DATE).recorded()][
        -1
    ] == b"last"


def test_a_contract_of_its_own_table(tmp_path) -> None:
    """Places do not depend on what a feed met before."""
    written(tmp_path, 1)
    ours = Contracts()
    named(ours, 10)
    reader = SessionFolder(tmp_path).stored(DATE)
    for _ in reader.entries():
        pass
    assert reader.contracts.keys.tolist() == ours.keys.tolist()
