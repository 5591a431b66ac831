"""The hub: who is dropped, and who may take its time."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from opentape.api.stream.hub import Client, Hub
from opentape.api.stream.options import StreamOptions
from opentape.api.stream.write import at_once
from opentape.desk.engine.log import Frame, StreamLog

BEHIND = 50


class Socket:
    """Takes so many messages at once, and the others when it is told to."""

    def __init__(self, room: int) -> None:
        self.taken: list[bytes] = []
        self._room = asyncio.Semaphore(room)

    async def send(self, rows: list[bytes]) -> None:
        for row in rows:
            await self._room.acquire()
            self.taken.append(row)

    def take(self, more: int) -> None:
        for _ in range(more):
            self._room.release()


def push(log: StreamLog, count: int) -> None:
    log.append(
        [
            Frame(b"%d" % number, log.cursor(number), 50, "SPY", 1e5, "ASK", "BLOCK", True)  # noqa: FBT003
            for number in range(log.end, log.end + count)
        ]
    )


@asynccontextmanager
async def hub_of(log: StreamLog) -> AsyncIterator[Hub]:
    hub = Hub(log, StreamOptions(most_behind=BEHIND))
    hub.open()
    yield hub
    for client in tuple(hub.clients):
        hub.leave(client)
    hub.close()


def spelled(frames: Sequence[Frame]) -> list[bytes]:
    return [frame.body for frame in frames]


def everything(_frame: Frame) -> bool:
    return True


def joined(hub: Hub, socket: Socket, at: int) -> Client:
    client = Client(at_once(socket.send), spelled, everything, at)
    hub.join(client)
    return client


async def settled(rounds: int = 20) -> None:
    for _ in range(rounds):
        await asyncio.sleep(0)


def test_who_resumes_from_far_back_may_catch_up() -> None:
    async def play() -> None:
        log = StreamLog("run")
        push(log, 10 * BEHIND)
        async with hub_of(log) as hub:
            socket = Socket(room=3)
            client = joined(hub, socket, at=0)
            await settled()
            push(log, BEHIND)
            await settled()
            assert (client.dropped.done(), hub.dropped) == (False, 0)
            socket.take(20 * BEHIND)
            await settled(100 * BEHIND)
            assert socket.taken == [b"%d" % n for n in range(11 * BEHIND)]

    asyncio.run(play())


def test_who_does_not_catch_up_is_dropped() -> None:
    async def play() -> None:
        log = StreamLog("run")
        push(log, 10 * BEHIND)
        async with hub_of(log) as hub:
            client = joined(hub, Socket(room=3), at=0)
            push(log, BEHIND + 1)
            await settled()
            assert client.dropped.result().startswith("too slow")
            assert hub.dropped == 1

    asyncio.run(play())


def test_who_has_caught_up_is_measured_by_what_it_has_to_get() -> None:
    async def play() -> None:
        log = StreamLog("run")
        push(log, 3 * BEHIND)
        async with hub_of(log) as hub:
            socket = Socket(room=3 * BEHIND)
            client = joined(hub, socket, at=0)
            await settled()
            assert client.at == 3 * BEHIND
            # these are handed to the socket, which takes none of them
            push(log, BEHIND)
            await settled()
            push(log, BEHIND)
            await settled()
            assert not client.dropped.done()
            push(log, 1)
            await settled()
            assert client.dropped.result().startswith("too slow")

    asyncio.run(play())


def test_rows_that_come_together_are_made_once_for_all_who_want_the_same() -> None:
    made: list[int] = []

    def counted(frames: Sequence[Frame]) -> list[bytes]:
        made.append(len(frames))
        return spelled(frames)

    async def play() -> None:
        log = StreamLog("run")
        async with hub_of(log) as hub:
            sockets = [Socket(room=1_000) for _ in range(5)]
            wants = [everything] * 3 + [even] * 2
            clients = [
                Client(at_once(socket.send), counted, one, 0)
                for socket, one in zip(sockets, wants, strict=True)
            ]
            for client in clients:
                hub.join(client)
            push(log, 10)
            await settled()
            push(log, 4)
            await settled()
            assert sorted(made) == [2, 4, 5, 10]
            assert [len(socket.taken) for socket in sockets] == [14, 14, 14, 7, 7]
            assert [client.sent for client in clients] == [14, 14, 14, 7, 7]

    asyncio.run(play())


def even(frame: Frame) -> bool:
    return int(frame.body) % 2 == 0
