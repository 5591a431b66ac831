"""Settings to the sessions that are kept."""

import datetime as dt
from pathlib import Path

from opentape.desk.backtest.taken import Played
from opentape.desk.options import Method
from opentape.desk.outcomes.played import STEP_NS
from opentape.desk.ports import Tape
from opentape.store.market.days import DayFiles
from opentape.store.sessions import SessionFolder
from opentape.wiring.feed import open_in_steps, read_beside
from opentape.wiring.settings import Settings


def kept_sessions(settings: Settings) -> SessionFolder:
    """Return the sessions of an installation."""
    return SessionFolder(Path(settings.store.folder), keep=settings.store.keep_sessions)


def session_tape(settings: Settings, date: dt.date) -> Tape:
    """Return the prints of a session that is kept."""
    return kept_sessions(settings).tape(date)


def taken_session(files: DayFiles, settings: Settings) -> Played:
    """Return a day of a market as the session that a server would take of it.

    Raises
    ------
    BadFile
        If a file of the day is damaged.
    """
    feed = open_in_steps(files.folder, STEP_NS)
    return Played(feed, method_of(settings), read_beside(files.folder).beside)


def method_of(settings: Settings) -> Method:
    """Return every number of the method."""
    return Method(flow=settings.flow, chain=settings.chain, levels=settings.levels)
