"""POST to a URL of somebody's choosing, through the wall.

No redirect is followed, no proxy is asked, no cookie is kept: what goes out is one request
and what comes back is its answer. Connections are kept for the next request to the same
host for a short while; their addresses were checked when they were dialled.
"""

import asyncio
import ssl
from collections import defaultdict, deque
from collections.abc import Mapping
from typing import Final, NamedTuple

from opentape.alerts.wall.answer import Answer, Reading
from opentape.alerts.wall.dial import Dialler, Line, SystemDialler, Ways, dial
from opentape.alerts.wall.url import Url
from opentape.alerts.wall.wall import Wall
from opentape.market.errors import Unreachable

IDLE_S: Final = 15.0
"""A connection that was not used for so long is not used again."""
OLDEST_S: Final = 120.0
"""Names are looked up again at least so often."""
_MOST_IDLE: Final = 64
_CHUNK: Final = 65_536


class _Kept(NamedTuple):
    line: Line
    born: float
    used: float


class Poster:
    """Posts; belongs to one event loop."""

    def __init__(
        self,
        wall: Wall,
        dialler: Dialler | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._wall = wall
        self._ways = Ways(
            dialler or SystemDialler(), context or ssl.create_default_context()
        )
        self._kept: defaultdict[tuple[str, str, int], deque[_Kept]] = defaultdict(deque)

    async def post(self, text: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Return the answer to one request.

        Raises
        ------
        BadUrl
            If the wall does not let it through.
        Unreachable
            If there was no answer in time, or what came is none.
        """
        url = self._wall.read(text)
        request = _request(url, headers, body)
        try:
            async with asyncio.timeout(self._wall.options.timeout_s):
                return await self._answered(url, request)
        except TimeoutError as error:
            raise Unreachable("there was no answer in time", "timeout") from error

    def close(self) -> None:
        """End every connection that was kept."""
        for kept in self._kept.values():
            for one in kept:
                one.line.close()
        self._kept.clear()

    async def _answered(self, url: Url, request: bytes) -> Answer:
        kept = self._fresh(url)
        if kept is not None:
            try:
                return await self._exchange(url, kept, request)
            except Unreachable as error:
                # it may have been ended before it was asked
                if error.why != "hang_up":
                    raise
        addresses = await self._wall.addresses(url)
        line = await dial(self._ways, url, addresses, self._wall.options.connect_s)
        now = _now()
        return await self._exchange(url, _Kept(line, now, now), request)

    async def _exchange(self, url: Url, kept: _Kept, request: bytes) -> Answer:
        reading = Reading(self._wall.options.most_body_bytes)
        line, used_again = kept.line, False
        try:
            line.writer.write(request)
            while not reading.is_done:
                reading.feed(await line.reader.read(_CHUNK))
            used_again = reading.may_go_on
        except ssl.SSLError as error:
            raise Unreachable("TLS failed", "tls") from error
        except OSError as error:
            raise Unreachable("the connection was ended", "hang_up") from error
        finally:
            if used_again:
                self._keep(url, kept)
            else:
                line.close()
        return reading.answer

    def _keep(self, url: Url, kept: _Kept) -> None:
        idle = self._kept[url[:3]]
        idle.append(kept._replace(used=_now()))
        if len(idle) > _MOST_IDLE:
            idle.popleft().line.close()

    def _fresh(self, url: Url) -> _Kept | None:
        """Return the connection to a host that was used last, if it is still good."""
        idle = self._kept.get(url[:3])
        now = _now()
        while idle:
            kept = idle.pop()
            good = now - kept.used < IDLE_S and now - kept.born < OLDEST_S
            if good and not kept.line.is_over:
                return kept
            kept.line.close()
        return None


def _now() -> float:
    return asyncio.get_running_loop().time()


def _request(url: Url, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [
        f"POST {url.target} HTTP/1.1",
        f"Host: {url.authority}",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body
