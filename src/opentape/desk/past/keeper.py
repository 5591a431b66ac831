"""The keeper: sessions that are over go to the lake, beside everything else."""

import datetime as dt
import threading
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from opentape.market.errors import OpentapeError

_log = structlog.get_logger(__name__)


class Lake(Protocol):
    """Where sessions go when they are over."""

    def dates(self) -> Sequence[dt.date]:
        """Return the trade dates that are kept, oldest first."""
        ...

    def compact(self, date: dt.date) -> bool:
        """Put a session into the lake; return whether it was not there yet."""
        ...


class Keeper:
    """Looks now and then for sessions that are over, on a thread of its own.

    Parameters
    ----------
    running
        The date of the session under way.
    every_s
        Seconds between two looks.
    """

    def __init__(
        self, lake: Lake, running: Callable[[], dt.date], every_s: float = 60.0
    ) -> None:
        self._lake, self._running, self._every_s = lake, running, every_s
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def look(self) -> None:
        """Put every session that is over into the lake."""
        for date in self._lake.dates():
            if date < self._running() and not self._over.is_set():
                try:
                    if self._lake.compact(date):
                        _log.info("session in the lake", date=str(date))
                except OpentapeError as error:
                    _log.warning("session not in the lake", date=str(date), why=str(error))

    def _run(self) -> None:
        while not self._over.is_set():
            self.look()
            self._over.wait(self._every_s)
