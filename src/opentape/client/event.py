"""What a stream tells beside its rows."""

from typing import Any

from opentape.client.record import Record


class StreamEvent(Record, frozen=True, kw_only=True):
    """A frame that is no row."""

    event: str
    """``cursor_lost`` where rows after a cursor are not held any more, or what happened
    to a row that was sent before."""
    id: str | None = None
    """Of the row."""
    cursor: str | None = None
    """Resume with it to go on after this."""
    data: Any = None
    """What is true of that row now."""
