"""Earlier: what sessions that are over recorded, and nobody announced."""

import datetime as dt
from collections.abc import Iterator
from itertools import takewhile
from typing import Final

import structlog

from opentape.desk.announce.ports import Position
from opentape.desk.engine.record import Link
from opentape.desk.journal.ports import Session, Sessions
from opentape.market.errors import OpentapeError

_log = structlog.get_logger(__name__)
_LOOKED_AT: Final = 10
"""Sessions that are looked through for the one announced last."""


def unannounced(sessions: Sessions, after: Position, run: str) -> Iterator[Link]:
    """Yield what was recorded after a position, up to the session of `run`.

    Nothing where the session of the position is not kept any more.
    """
    newest = [_read(sessions, date) for date in sessions.dates()[: -_LOOKED_AT - 1 : -1]]
    kept = [one for one in newest if one is not None and one.run != run]
    later = [*takewhile(lambda one: one.run != after.run, kept)]
    if len(later) == len(kept):
        return
    for session in reversed(kept[: len(later) + 1]):
        for number, link in enumerate(session.recorded()):
            if session.run != after.run or number > after.number:
                yield Link(session.run, number, link.body)


def _read(sessions: Sessions, date: dt.date) -> Session | None:
    try:
        return sessions.stored(date)
    except OpentapeError as error:
        _log.warning("a session before is not announced", why=str(error))
        return None
