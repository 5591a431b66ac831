"""How a client is written to: at once where its socket takes it, else in a task."""

import types
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any

Send = Callable[[Any], Coroutine[Any, Any, None]]
Write = Callable[[Any], Awaitable[None] | None]
"""Writes a message; returns None if it was taken, else what goes on writing it."""


def at_once(send: Send) -> Write:
    """Return a way to write that needs no task where `send` waits for nothing."""

    def write(message: Any) -> Awaitable[None] | None:
        sending = send(message)
        try:
            waits_for = sending.send(None)
        except StopIteration:
            return None
        return _finish(sending, waits_for)

    return write


async def _finish(begun: Coroutine[Any, Any, None], waits_for: Any) -> None:
    await _rest(begun, waits_for)


@types.coroutine
def _rest(begun: Coroutine[Any, Any, None], waits_for: Any) -> Generator[Any, Any, None]:
    """Go on with a coroutine that has begun and waits for something."""
    yield waits_for
    yield from begun
