"""What the herald needs from the outside."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from opentape.desk.rules.rule import Found
from opentape.desk.webhooks.event import Event


class Position(NamedTuple):
    """How far the record of signals was announced."""

    run: str
    """Names the session."""
    number: int
    """Of the last link that was; -1 for none of the session."""


class News(NamedTuple):
    """What is announced at once."""

    events: Sequence[Event]
    found: Found
    """What rules made of it."""
    position: Position
    """How far the record is announced with it."""


class Ledger(Protocol):
    """Keeps what was announced; what it has kept is delivered, whatever happens then."""

    def position(self) -> Position | None:
        """Return how far the record was announced; None if nothing ever was.

        Raises
        ------
        StoreFailed
            If that cannot be read.
        """
        ...

    def is_listened_to(self) -> bool:
        """Return whether there is anybody who may want to be told; cheap.

        Raises
        ------
        StoreFailed
            If that cannot be read.
        """
        ...

    def announce(self, news: News) -> None:
        """Keep all of it, and deliveries to whoever wants the events, or nothing.

        Raises
        ------
        StoreFailed
            If they could not be kept.
        """
        ...
