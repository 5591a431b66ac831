"""Settings to the sessions that are kept."""

import datetime as dt
from pathlib import Path

from opentape.desk.ports import Tape
from opentape.store.sessions import SessionFolder
from opentape.wiring.settings import Settings


def kept_sessions(settings: Settings) -> SessionFolder:
    """Return the sessions of an installation."""
    return SessionFolder(Path(settings.store.folder), keep=settings.store.keep_sessions)


def session_tape(settings: Settings, date: dt.date) -> Tape:
    """Return the prints of a session that is kept."""
    return kept_sessions(settings).tape(date)
