"""Ports of the desk, filled by what a test can steer."""


class FakeClock:
    """A clock that stands still but for those who wait; fills `Clock`."""

    def __init__(self, now_ns: int = 10**15) -> None:
        self._now_ns = now_ns
        self.waited_s = 0.0

    def now_ns(self) -> int:
        """Return nanoseconds that never go back."""
        return self._now_ns

    def wait_s(self, seconds: float) -> None:
        """Return at once, so many seconds later."""
        self.waited_s += seconds
        self._now_ns += round(seconds * 10**9)
