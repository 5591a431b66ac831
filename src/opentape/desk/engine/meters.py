"""What the engine counts about itself; written by its thread, read by any."""

from typing import Final

_STEPS_MS: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000)
_MS: Final = 1_000_000


class Delays:
    """How long something took, counted by step."""

    steps_ms: Final = _STEPS_MS

    def __init__(self) -> None:
        self.counts = [0] * (len(_STEPS_MS) + 1)
        """At most each step, not the one before; the last is longer than all."""
        self.total_ns = 0

    def add(self, took_ns: int) -> None:
        """Count one."""
        took_ms = took_ns / _MS
        at = next((i for i, step in enumerate(_STEPS_MS) if took_ms <= step), -1)
        self.counts[at] += 1
        self.total_ns += took_ns


class Meters:
    """Counts since the engine began."""

    def __init__(self) -> None:
        self.prints = 0
        """Rows of the option tape, cancels and rejects included."""
        self.stock_prints = 0
        self.batches = 0
        self.signals = 0
        self.chains = 0
        """Chains that were solved."""
        self.chains_failed = 0
        self.views = 0
        """Views published."""
        self.to_push = Delays()
        """From a batch's coming to its rows being pushed."""
        self.to_view = Delays()
        """From the first batch that a view shows for the first time to the view."""
