"""Names to addresses, all of them."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Sequence
from concurrent.futures import Future, InvalidStateError
from typing import Protocol


class Resolver(Protocol):
    """Looks up names."""

    async def resolve(self, host: str) -> Sequence[str]:
        """Return every address of a name.

        Raises
        ------
        OSError
            If there is none, or nobody can be asked.
        """
        ...


class SystemResolver:
    """The machine's own way to look up names; fills `Resolver`."""

    async def resolve(self, host: str) -> Sequence[str]:
        """Return every address of a name."""
        found: Future[Sequence[str]] = Future()
        # a lookup cannot be ended: on a thread of its own nothing ever waits for it
        threading.Thread(target=_look_up, args=(host, found), daemon=True).start()
        return await asyncio.wrap_future(found)


def _look_up(host: str, found: Future[Sequence[str]]) -> None:
    # nobody waits any more: then there is nobody to tell
    with contextlib.suppress(InvalidStateError):
        try:
            told = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            found.set_exception(OSError(str(error)))
        else:
            found.set_result([str(one[4][0]) for one in told])
