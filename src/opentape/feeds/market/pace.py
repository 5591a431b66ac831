"""When a fact of a played folder is due."""

from typing import Final, Protocol

from opentape.desk.clock import Clock
from opentape.market.calendar import SECOND_NS

STEP_S: Final = 0.01
"""The longest wait at a time."""
_SHORTEST_S: Final = 1e-6


class Pace(Protocol):
    """How the instants of a folder pass."""

    shift_ns: int
    """Added to each of them before it is delivered."""
    endless: bool
    """Whether time goes on after the last fact."""
    patient: bool
    """Whether it waits for a snapshot that is still being read."""

    def begin(self, first_ns: int) -> None:
        """Begin to play; `first_ns` is the folder's first instant."""
        ...

    def now_ns(self) -> int:
        """Return the instant of the folder that is now."""
        ...

    def wait(self, until_ns: int | None) -> None:
        """Wait until an instant of the folder, but no longer than `STEP_S`."""
        ...


class AtSpeed:
    """So many times as fast as it was, from its first instant; fills `Pace`.

    Parameters
    ----------
    speed : float
        1 is as fast as it was.
    from_ns : int, optional
        Where to begin; what was before is due at once.
    """

    shift_ns = 0
    endless = False
    patient = False

    def __init__(self, clock: Clock, speed: float, *, from_ns: int | None = None) -> None:
        self._clock = clock
        self._speed = speed
        self._from_ns = from_ns
        self._began_ns = 0
        self._first_ns = 0

    def begin(self, first_ns: int) -> None:
        """Begin to play, at `first_ns` unless a later instant was asked for."""
        self._first_ns = max(first_ns, self._from_ns or first_ns)
        self._began_ns = self._clock.now_ns()

    def now_ns(self) -> int:
        """Return the instant of the folder that is now."""
        passed = self._clock.now_ns() - self._began_ns
        return self._first_ns + int(passed * self._speed)

    def wait(self, until_ns: int | None) -> None:
        """Wait until an instant of the folder, but no longer than `STEP_S`."""
        _wait(self._clock, self.now_ns(), until_ns, self._speed)


class AsNow:
    """As if it happened now: each instant moved to the wall clock; fills `Pace`.

    Parameters
    ----------
    shift_ns : int
        What is added to each instant of the folder; 0 plays a session while it lasts.
    """

    endless = True
    patient = False

    def __init__(self, clock: Clock, shift_ns: int = 0) -> None:
        self._clock = clock
        self._last_ns = 0
        self.shift_ns = shift_ns

    def begin(self, first_ns: int) -> None:
        """Begin to play: what was before now is due at once."""

    def now_ns(self) -> int:
        """Return the instant of the folder that is now; it never goes back."""
        self._last_ns = max(self._last_ns, self._clock.wall_ns() - self.shift_ns)
        return self._last_ns

    def wait(self, until_ns: int | None) -> None:
        """Wait until an instant of the folder, but no longer than `STEP_S`."""
        _wait(self._clock, self.now_ns(), until_ns, 1.0)


class InSteps:
    """As fast as it is read, a step of its own time at a time; fills `Pace`.

    Two runs deliver the same facts: nothing depends on how long anything takes.
    """

    shift_ns = 0
    endless = False
    patient = True

    def __init__(self, step_ns: int) -> None:
        self._step_ns = step_ns
        self._now_ns = 0

    def begin(self, first_ns: int) -> None:
        """Begin to play at the end of the step of an instant."""
        self._now_ns = self._end(first_ns)

    def now_ns(self) -> int:
        """Return the end of the step that is now."""
        return self._now_ns

    def wait(self, until_ns: int | None) -> None:
        """Go on to the step of an instant, one step where there is none."""
        self._now_ns = max(self._now_ns + self._step_ns, self._end(until_ns or 0))

    def _end(self, at_ns: int) -> int:
        return (at_ns // self._step_ns + 1) * self._step_ns - 1


def _wait(clock: Clock, now_ns: int, until_ns: int | None, speed: float) -> None:
    wanted = STEP_S
    if until_ns is not None:
        wanted = min(wanted, (until_ns - now_ns) / (SECOND_NS * speed))
    clock.wait_s(max(wanted, _SHORTEST_S))
