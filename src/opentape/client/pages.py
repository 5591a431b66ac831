"""Answers that come in pages."""

from typing import Protocol, TypeVar

from opentape.client.ask import Ask


class Page(Protocol):
    """An answer that may go on."""

    @property
    def next_cursor(self) -> str | None:
        """Asks for what follows; None on the last page."""
        ...


Cursored = TypeVar("Cursored", bound=Page)


def following(ask: Ask[Cursored], page: Cursored) -> Ask[Cursored] | None:
    """Return the question for the page after one; None if it was the last."""
    if page.next_cursor is None:
        return None
    return ask._replace(query={**ask.query, "cursor": page.next_cursor})
