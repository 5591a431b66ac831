"""The rows of the table in `docs/explain/faults.md`."""

from typing import NamedTuple


class Row(NamedTuple):
    """What was done to the engine, and what came of it."""

    fault: str
    times: int
    outcome: str
    lost: int | None = None
    """Acknowledged prints that were gone; None where none could be."""
    doubled: int | None = None
    differing: int | None = None
    """Answers."""
