"""A stream as one that waits and one that does not have in common: where it stands."""

from collections.abc import Mapping
from typing import Final

import msgspec
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from opentape.client.answer import read, refusal
from opentape.client.ask import Ask
from opentape.client.core import Core, query_text, unreachable
from opentape.client.errors import (
    BadQuestion,
    KeyRefused,
    PlanTooLow,
    Refused,
    TooMany,
)
from opentape.client.event import StreamEvent
from opentape.client.retries import PASSING
from opentape.client.wire.replies import StreamFrame

FAILURES: Final = (OSError, TimeoutError, EOFError, WebSocketException)
"""What ends a connection; some of it passes."""
MOST_BYTES: Final = 1 << 24
"""Of one frame."""
_REFUSALS: Final[Mapping[int, type[Refused]]] = {
    4400: BadQuestion,
    4401: KeyRefused,
    4403: PlanTooLow,
    4429: TooMany,
}
_POLICY: Final = 1008
"""What other servers close with where they refuse."""


class _Head(msgspec.Struct):
    event: str | None = None


class Tail:
    """Where a stream stands: what was seen last, and how often it failed since."""

    def __init__(self, core: Core, ask: Ask[StreamFrame]) -> None:
        self._core = core
        self._ask = ask
        self._failures = 0
        given = ask.params.get("cursor")
        self.cursor: str | None = given
        """Of the last frame that was seen."""

    @property
    def url(self) -> str:
        """Where the stream is, from its cursor on."""
        params = self._ask.params
        if self.cursor is not None:
            params["cursor"] = self.cursor
        base = f"ws{self._core.base_url.removeprefix('http')}"
        return f"{base}{self._ask.target}{query_text(params)}"

    @property
    def headers(self) -> dict[str, str]:
        """What a connection is opened with."""
        return self._core.key

    def opened(self) -> None:
        """Take note that there is a connection."""
        self._failures = 0

    def frame(self, text: str | bytes) -> StreamFrame | StreamEvent:
        """Return what a frame says.

        Raises
        ------
        BadReply
            If it cannot be read.
        """
        body = text.encode() if isinstance(text, str) else text
        where = f"WS {self._ask.target}"
        head: _Head = read(body, _Head, where)
        kind = StreamFrame if head.event is None else StreamEvent
        found: StreamFrame | StreamEvent = read(body, kind, where)
        self.cursor = found.cursor or self.cursor
        return found

    def ended(self, error: Exception | None = None) -> float:
        """Return after how many seconds to connect again.

        Raises
        ------
        ClientError
            If there is no use in it.
        """
        refused = self._refused(error)
        if refused is not None:
            raise refused
        self._failures += 1
        delay_s = self._core.retries.delay_s(self._failures)
        if delay_s is None:
            raise unreachable(self._core.base_url, error)
        return delay_s

    def _refused(self, error: Exception | None) -> Refused | None:
        where = f"WS {self._ask.target}"
        if isinstance(error, InvalidStatus):
            answer = error.response
            if answer.status_code in PASSING:
                return None
            body = bytes(answer.body or b"")
            return refusal(answer.status_code, body, answer.headers, where)
        if not isinstance(error, ConnectionClosed) or error.rcvd is None:
            return None
        code, reason = error.rcvd.code, error.rcvd.reason or "no reason was given"
        kind = KeyRefused if code == _POLICY else _REFUSALS.get(code)
        if kind is None:
            return None
        return kind(f"{where}: closed with {code}, {reason}", status=code)
