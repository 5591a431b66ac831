"""What was pushed today, in order: streams read it from any cursor on."""

import re
import threading
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

_NUMBER: Final = re.compile(r"-1|[0-9]{1,18}")
HELD: Final = 1 << 18
"""Frames kept at least; a client that was away for more of them misses some."""


class Frame(NamedTuple):
    """One pushed row, and what a stream may be filtered by."""

    body: bytes
    """JSON, its cursor included."""
    cursor: str
    score: int
    ticker: str
    premium: float
    side: str
    kind: str
    oi_known: bool


class StreamLog:
    """Frames by number, from 0; written by the engine's thread, read by any.

    Parameters
    ----------
    run
        Names the session in the cursors of its frames.
    """

    def __init__(self, run: str, held: int = HELD) -> None:
        self._runs = {run: 0}
        """The number of the first frame of each session."""
        self._held = held
        self._frames: list[Frame] = []
        self._first = 0
        self._listeners: tuple[Callable[[], None], ...] = ()
        self._lock = threading.Lock()

    @property
    def first(self) -> int:
        """Number of the oldest frame that is held."""
        return self._first

    @property
    def end(self) -> int:
        """Number that the next frame will have."""
        return self._first + len(self._frames)

    @property
    def run(self) -> str:
        """Names the session under way."""
        return next(reversed(self._runs))

    def turn(self, run: str) -> None:
        """Begin another session: what is held stays, and cursors count from 0 again."""
        self._runs = {**self._runs, run: self.end}

    def cursor(self, number: int) -> str:
        """Return the cursor that the frame of a number carries."""
        run, within = self.place(number)
        return f"{run}.{within}"

    def place(self, number: int) -> tuple[str, int]:
        """Return the session of a frame, and its number within it."""
        run, begins = self.run, self._runs[self.run]
        if number < begins:
            run, begins = next(
                one for one in reversed(self._runs.items()) if one[1] <= max(number, 0)
            )
        return run, number - begins

    def after(self, cursor: str) -> int | None:
        """Return the number of the frame after a cursor; None if it is not of this run.

        The cursor before the first frame of all ends with -1.
        """
        run, _, number = cursor.rpartition(".")
        if run not in self._runs or not _NUMBER.fullmatch(number):
            return None
        found = self._runs[run] + int(number) + 1
        return found if found <= self.end else None

    def append(self, frames: Sequence[Frame]) -> None:
        """Add frames and tell every listener that there are more."""
        with self._lock:
            self._frames.extend(frames)
            if len(self._frames) > 2 * self._held:
                drop = len(self._frames) - self._held
                # readers hold the old list: it is replaced, never shortened
                self._frames, self._first = self._frames[drop:], self._first + drop
        for listener in self._listeners:
            listener()

    def read(self, number: int, most: int) -> tuple[int, Sequence[Frame]]:
        """Return up to `most` frames from a number on, and the number of the first.

        It is a later one where the frame asked for is no longer held.
        """
        with self._lock:
            begin = max(number - self._first, 0)
            return self._first + begin, self._frames[begin : begin + most]

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` on the writer's thread whenever frames were added."""
        self._listeners = (*self._listeners, listener)
