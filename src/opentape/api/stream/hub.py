"""The hub: one loop that hands new rows to every client.

A client is a place in the log. Rows that come together are written together, and made into
what is written once for all clients that want the same. Where a client's socket takes it,
that costs one call and no task; where it does not, the client goes on in a task of its own,
from its place in the log, and is dropped if it falls too far behind. So a slow client
delays nobody.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from opentape.api.stream.options import StreamOptions
from opentape.api.stream.write import Write
from opentape.desk.engine.log import Frame, StreamLog

Message = Mapping[str, Any]
Spell = Callable[[Sequence[Frame]], Any]
Wants = Callable[[Frame], bool]
_AT_ONCE: Final = 256


class Client:
    """One stream: where it is in the log, and how it is written to.

    Parameters
    ----------
    write
        Writes what `spell` made.
    spell
        Makes what is written of rows; clients of one kind have the same.
    wants
        Says which rows it gets; clients that want the same have the same.
    at
        Number of the first frame to look at.
    """

    def __init__(self, write: Write, spell: Spell, wants: Wants, at: int) -> None:
        self.write = write
        self.spell = spell
        self.wants = wants
        self.at = at
        """Number of the next frame to look at."""
        self.owed = 0
        """How many frames there were when it came, which it may take its time to get."""
        self.sent = 0
        self.stalled: asyncio.Task[None] | None = None
        """Writes what the socket would not take at once."""
        self.dropped: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        """Why the client was dropped, once it is."""

    def drop(self, reason: str) -> None:
        """Give the client up."""
        if not self.dropped.done():
            self.dropped.set_result(reason)


class _Batch(NamedTuple):
    """Rows from one place in the log on, as clients of one kind get them."""

    end: int
    """Number of the frame after them."""
    rows: int
    """How many of them are wanted."""
    message: Any


_Made = dict[tuple[Spell, Wants, int], _Batch]


class Hub:
    """Every client of one process; lives on its event loop."""

    def __init__(self, log: StreamLog, options: StreamOptions) -> None:
        self.log = log
        self.options = options
        self.clients: set[Client] = set()
        self.dropped = 0
        """Clients that were given up because they were too slow."""
        self.sent = 0
        """Rows written to clients that have left."""
        self._due = False
        self._loop: asyncio.AbstractEventLoop | None = None
        log.listen(self._wake)

    @property
    def full(self) -> bool:
        """Whether there is no room for one more client."""
        return len(self.clients) >= self.options.most_clients

    def open(self) -> None:
        """Take the event loop that clients live on."""
        self._loop = asyncio.get_running_loop()

    def close(self) -> None:
        """Give every client up: the server stops."""
        self._loop = None
        for client in self.clients:
            client.drop("the server stops")

    def join(self, client: Client) -> None:
        """Begin to hand rows to a client, from its place in the log on."""
        self.clients.add(client)
        client.owed = self.log.end
        self._advance(client, {})

    def leave(self, client: Client) -> None:
        """Hand no more rows to a client."""
        self.clients.discard(client)
        self.sent += client.sent
        if client.stalled is not None:
            client.stalled.cancel()

    def _wake(self) -> None:
        """Have the loop look at the log; called on the engine's thread."""
        loop = self._loop
        if loop is not None and not self._due:
            self._due = True
            loop.call_soon_threadsafe(self._broadcast)

    def _broadcast(self) -> None:
        self._due = False
        made: _Made = {}
        for client in tuple(self.clients):
            if client.stalled is None:
                self._advance(client, made)
            elif self.log.end - max(client.at, client.owed) > self.options.most_behind:
                self._give_up(client, "too slow: rows were not taken")

    def _advance(self, client: Client, made: _Made) -> None:
        """Write what a client has not seen, as long as its socket takes it at once."""
        while client.at < self.log.end and not client.dropped.done():
            rest = self._written(client, self._batch(client, made))
            if rest is not None:
                client.stalled = asyncio.ensure_future(self._catch_up(client, rest))
                return

    def _batch(self, client: Client, made: _Made) -> _Batch:
        """Return what a client gets next, made for all that stand where it stands."""
        place = client.spell, client.wants, client.at
        found = made.get(place)
        if found is None:
            first, frames = self.log.read(client.at, _AT_ONCE)
            wanted = [frame for frame in frames if client.wants(frame)]
            message = client.spell(wanted) if wanted else None
            found = made[place] = _Batch(first + len(frames), len(wanted), message)
        return found

    def _written(self, client: Client, batch: _Batch) -> Awaitable[None] | None:
        """Write rows; return what is left of it where the socket does not take them."""
        client.at = batch.end
        if not batch.rows:
            return None
        client.sent += batch.rows
        try:
            return client.write(batch.message)
        except Exception:  # noqa: BLE001 - whatever a broken socket raises
            client.drop("the connection broke")
            return None

    async def _catch_up(self, client: Client, first: Awaitable[None]) -> None:
        """Write at the socket's own pace until the client is where the log ends."""
        try:
            await self._patiently(first)
            while client.at < self.log.end and not client.dropped.done():
                rest = self._written(client, self._batch(client, {}))
                await (asyncio.sleep(0) if rest is None else self._patiently(rest))
        except TimeoutError:
            self._give_up(client, "too slow: nothing was taken for too long")
        except Exception:  # noqa: BLE001 - whatever a broken socket raises
            client.drop("the connection broke")
        finally:
            client.stalled = None

    async def _patiently(self, sending: Awaitable[None]) -> None:
        await asyncio.wait_for(sending, self.options.most_stalled_s)

    def _give_up(self, client: Client, reason: str) -> None:
        if not client.dropped.done():
            self.dropped += 1
            client.drop(reason)
