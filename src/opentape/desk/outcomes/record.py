"""The sessions that are kept, each followed once."""

import datetime as dt
from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import Final, NamedTuple, Protocol

from opentape.desk.journal.ports import Session
from opentape.desk.outcomes.kept import watched
from opentape.desk.outcomes.moves import Followed, follow
from opentape.market.errors import Damaged, NoData

MOST: Final = 250
"""Sessions that are followed at once, and held."""


class Kept(Protocol):
    """What of `desk.journal.ports.Sessions` is needed."""

    def dates(self) -> Sequence[dt.date]:
        """Return the trade dates that are kept, oldest first."""
        ...

    def stored(self, date: dt.date) -> Session:
        """Return a session to read."""
        ...


class Found(NamedTuple):
    """Sessions, and those that could not be read."""

    sessions: list[Followed]
    left_out: tuple[dt.date, ...]


class Record:
    """Follows sessions and holds what came of it; any thread may ask."""

    def __init__(self, sessions: Kept) -> None:
        self._sessions = sessions
        self._held: OrderedDict[tuple[dt.date, str], Followed] = OrderedDict()
        self._following = Lock()

    def before(self, date: dt.date, most: int) -> Found:
        """Return the newest sessions before a date, at most so many, oldest first."""
        dates = [one for one in self._sessions.dates() if one < date][-most:]
        found = [(one, self._followed(one)) for one in dates]
        return Found(
            [session for _, session in found if session is not None],
            tuple(date for date, session in found if session is None),
        )

    def _followed(self, date: dt.date) -> Followed | None:
        with self._following:
            try:
                session = self._sessions.stored(date)
                key = (date, session.run)
                if key not in self._held:
                    self._held[key] = follow(watched(session))
            except (Damaged, NoData):
                return None
            self._held.move_to_end(key)
            if len(self._held) > MOST:
                self._held.popitem(last=False)
            return self._held[key]
