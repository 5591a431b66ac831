"""The one reader of the clock."""

import time
from typing import Protocol


class Clock(Protocol):
    """Tells what time it is, and waits."""

    def now_ns(self) -> int:
        """Return nanoseconds that never go back."""
        ...

    def wall_ns(self) -> int:
        """Return nanoseconds since 1970 UTC, as the machine's date says."""
        ...

    def wait_s(self, seconds: float) -> None:
        """Return after so many seconds."""
        ...


class SystemClock:
    """The clock of the machine; fills `Clock`."""

    def now_ns(self) -> int:
        """Return nanoseconds that never go back."""
        return time.monotonic_ns()

    def wall_ns(self) -> int:
        """Return nanoseconds since 1970 UTC, as the machine's date says."""
        return time.time_ns()

    def wait_s(self, seconds: float) -> None:
        """Return after so many seconds."""
        time.sleep(seconds)
