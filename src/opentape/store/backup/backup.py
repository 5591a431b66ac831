"""Makes a backup, while servers go on."""

import datetime as dt
from pathlib import Path
from typing import Final

import msgspec

from opentape import __version__
from opentape.store.appdb.copying import copy_out
from opentape.store.appdb.engine import Database
from opentape.store.backup.about import ABOUT, APPLICATION, FORMAT, SESSIONS, About, Done
from opentape.store.backup.package import checked, folder_aside, package
from opentape.store.backup.session import copy_session

_SECOND_NS: Final = 10**9


def backup(engine: Database, folder: Path, path: Path, now_ns: int) -> Done:
    """Write application data and sessions to a new file or folder, and read it back.

    Application data is as of one instant, each session as of another, a little later.

    Parameters
    ----------
    engine
        Application data.
    folder
        What `store.folder` says.
    path
        An archive if it ends in `.tar`, `.tgz` or `.tar.gz`, else a folder.
    now_ns
        Nanoseconds since 1970 UTC.

    Raises
    ------
    BadFile
        If something stands at the path, or it cannot be written.
    StoreFailed
        If a session cannot be read.
    """
    dates, damaged = dates_of(folder / SESSIONS), list[str]()
    with package(path) as written:
        parent = path.absolute().parent
        with folder_aside(parent) as aside:
            rows = copy_out(engine, aside / APPLICATION)
            made = dt.datetime.fromtimestamp(now_ns // _SECOND_NS, dt.UTC).isoformat()
            about = About(
                format=FORMAT, version=__version__, made=made, rows=rows, sessions=dates
            )
            (aside / ABOUT).write_bytes(msgspec.json.encode(about))
            written.take(aside)
        for date in dates:
            with folder_aside(parent) as aside:
                where = aside / SESSIONS / date
                names = copy_session(folder / SESSIONS / date, where)
                damaged += [f"{date}/{name}" for name in names]
                written.take(aside)
    return msgspec.structs.replace(checked(path), damaged=tuple(damaged))


def dates_of(sessions: Path) -> tuple[str, ...]:
    """Return the names of the folders that stand somewhere, in order."""
    if not sessions.is_dir():
        return ()
    return tuple(
        sorted(
            each.name
            for each in sessions.iterdir()
            if each.is_dir() and not each.name.startswith(".")
        )
    )
