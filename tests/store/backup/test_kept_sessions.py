"""Sessions come back from a backup as they were kept, journal and lake."""

import datetime as dt
from pathlib import Path

from opentape.store.appdb.engine import open_database
from opentape.store.backup.backup import backup
from opentape.store.backup.restore import restore
from opentape.store.options import StoreOptions
from opentape.store.sessions import SessionFolder
from store.journal.made import DATE, FEED, numbered, same, written


def test_sessions_are_whole_where_they_come_back(tmp_path: Path) -> None:
    """The bytes of the lake too: it is known by them."""
    here, there = tmp_path / "here", tmp_path / "there"
    kept = written(here, 20)
    sessions = SessionFolder(here)
    sessions.compact(DATE)
    later = DATE + dt.timedelta(days=1)
    journal = sessions.journal(later, FEED)
    journal.append(numbered(0, journal.contracts))
    engines = [open_database(StoreOptions(folder=str(folder))) for folder in (here, there)]
    backup(engines[0], here, tmp_path / "copy", 1)
    restore(engines[1], there, tmp_path / "copy", force=False)
    journal.close()
    back = SessionFolder(there)
    assert back.dates() == [DATE, later]
    assert same(back.stored(DATE).entries(), kept)
    assert [*back.verify(DATE), *back.verify(later)] == []
    assert back.holding(DATE).content == sessions.holding(DATE).content
    again = back.journal(later, FEED)
    again.append(numbered(1, again.contracts))
    assert [entry.number for entry in again.entries()] == [0, 1]
    again.close()
    for engine in engines:
        engine.dispose()
