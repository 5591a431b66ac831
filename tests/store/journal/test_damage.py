"""A file that is not as it was written says so, and what is before it is kept."""

import shutil
import sqlite3
from contextlib import suppress

import numpy as np
import pytest

from opentape.desk.journal.ports import Recorded
from opentape.market.errors import Damaged, StoreFailed
from opentape.store.sessions import SessionFolder
from store.journal.made import DATE, FEED, numbered, same, written

COUNT = 60
FLIPS = 100
CUTS = 40


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    """A session that was closed: one file."""
    folder = tmp_path_factory.mktemp("closed")
    return folder, written(folder, COUNT, 200)


@pytest.fixture(scope="module")
def crashed(tmp_path_factory):
    """A session whose process is gone: most of it stands in the log of the file."""
    running, folder = (tmp_path_factory.mktemp(name) for name in ("running", "crashed"))
    kept, journal = written(running, COUNT, 200, close=False)
    shutil.copytree(running / "sessions", folder / "sessions")
    journal.close()
    return folder, kept


def copied(session, tmp_path):
    folder, kept = session
    shutil.rmtree(tmp_path / "sessions", ignore_errors=True)
    shutil.copytree(folder / "sessions", tmp_path / "sessions")
    return tmp_path / "sessions" / DATE.isoformat(), kept


def readable(folder, kept):
    """Return how many entries can be read, and whether the end is said to be damaged."""
    found, said = [], ""
    try:
        session = SessionFolder(folder).stored(DATE)
        found.extend(session.entries())
    except Damaged as error:
        said = str(error)
    assert same(found, kept[: len(found)])
    assert not said or f"journal.db is damaged at entry {len(found):,}:" in said
    return len(found), bool(said)


def goes_on(folder, kept):
    """Open the journal to write, if it lets one, and append an entry behind the last."""
    try:
        journal = SessionFolder(folder).journal(DATE, FEED)
    except Damaged:
        return None
    end = journal.end
    assert (end < COUNT) == (journal.torn is not None)
    more = numbered(COUNT + 1, journal.contracts)._replace(number=end)
    try:
        journal.append(more)
    except StoreFailed:
        assert same(journal.entries(), kept[:end])
    else:
        assert same(journal.entries(), [*kept[:end], more])
    with suppress(StoreFailed):
        journal.close()
    return end


def check(tmp_path, kept):
    """Nothing is lost without a word but a torn last entry."""
    count, ends = readable(tmp_path, kept)
    assert ends or count >= COUNT - 1
    if not ends:
        end = goes_on(tmp_path, kept)
        assert end is None or end == count
    return count, ends


@pytest.mark.parametrize("which", ["journal.db", "journal.db-wal"])
def test_a_bit_is_flipped(which, closed, crashed, tmp_path) -> None:
    """Wherever: some bits mean nothing, but none is taken for another answer."""
    session = closed if which == "journal.db" else crashed
    size = (copied(session, tmp_path)[0] / which).stat().st_size
    random = np.random.default_rng(12)
    spots = [*range(0, 120, 3), *random.integers(0, size, FLIPS).tolist()]
    outcomes = set()
    for spot in spots:
        folder, kept = copied(session, tmp_path)
        with (folder / which).open("r+b") as file:
            file.seek(spot)
            (octet,) = file.read(1)
            file.seek(spot)
            file.write(bytes([octet ^ 1 << int(random.integers(0, 8))]))
        outcomes.add(check(tmp_path, kept))
    damaged = {count for count, ends in outcomes if ends}
    assert len(damaged) > 10
    # SQLite seals every byte of the log
    assert ((COUNT, False) in outcomes) is (which == "journal.db")


@pytest.mark.parametrize("which", ["journal.db", "journal.db-wal"])
def test_the_end_is_cut_off(which, closed, crashed, tmp_path) -> None:
    session = closed if which == "journal.db" else crashed
    size = (copied(session, tmp_path)[0] / which).stat().st_size
    counts = []
    for length in np.linspace(0, size - 1, CUTS).astype(int).tolist():
        folder, kept = copied(session, tmp_path)
        with (folder / which).open("r+b") as file:
            file.truncate(length)
        counts.append(check(tmp_path, kept)[0])
    assert counts[0] == 0
    assert counts == sorted(counts)
    assert counts[-1] >= COUNT - 2


def test_a_torn_last_entry_is_dropped_and_told(crashed, tmp_path) -> None:
    folder, kept = copied(crashed, tmp_path)
    with (folder / "journal.db-wal").open("r+b") as file:
        file.truncate(file.seek(0, 2) - 1)
    journal = SessionFolder(tmp_path).journal(DATE, FEED)
    assert (journal.end, "last entry, 59" in journal.torn) == (COUNT - 1, True)
    again = numbered(COUNT - 1, journal.contracts, 200)
    journal.append(again)
    assert same(journal.entries(), kept)
    journal.close()
    assert SessionFolder(tmp_path).journal(DATE, FEED).torn is None


def test_a_mark_that_was_lost_is_not_missed(crashed, tmp_path) -> None:
    """It is a precaution: without it the journal is read as it is."""
    folder, kept = copied(crashed, tmp_path)
    for content in (b"", b"short", b"\xff" * 12):
        (folder / "lock").write_bytes(content)
        assert readable(tmp_path, kept) == (COUNT, False)


def test_another_file_is_no_journal(closed, tmp_path) -> None:
    folder, _ = copied(closed, tmp_path)
    (folder / "journal.db").write_bytes(b"not a database at all" * 1000)
    with pytest.raises(Damaged, match="not a database"):
        SessionFolder(tmp_path).stored(DATE)
    with pytest.raises(Damaged, match="not a database"):
        SessionFolder(tmp_path).journal(DATE, FEED)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE recorded SET body = 'other' WHERE number = 7",
        "UPDATE recorded SET entry = entry + 1 WHERE number = 7",
        "UPDATE recorded SET symbol = 'NVDA' WHERE number = 7",
        "UPDATE recorded SET hash = zeroblob(32) WHERE number = 7",
        "DELETE FROM recorded WHERE number = 7",
        "DELETE FROM recorded WHERE number >= 7",
    ],
)
def test_a_broken_link_is_found(change, closed, tmp_path) -> None:
    folder, _ = copied(closed, tmp_path)
    with sqlite3.connect(folder / "journal.db") as base:
        base.execute(change)
    base.close()
    read = []
    with pytest.raises(Damaged, match="signal 7 of the record"):
        read.extend(SessionFolder(tmp_path).stored(DATE).recorded())
    assert read == [Recorded(number, "SPY", b"%d" % number) for number in range(7)]
