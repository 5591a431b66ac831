"""What came back: an answer taken from bytes, as much of it as is wanted."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from opentape.market.errors import Unreachable

_MOST_HEAD: Final = 32_768
_MOST_HEADERS: Final = 256
_FIRST_FINAL: Final = 200
_GARBAGE: Final = "what came back is no HTTP"


class Answer(NamedTuple):
    """An answer of HTTP."""

    status: int
    headers: Mapping[str, str]
    """By name in small letters; the last of a repeated one."""
    body: bytes
    """Its beginning."""


class Reading:
    """Takes bytes until an answer is whole, or long enough."""

    def __init__(self, most_body: int) -> None:
        self._most_body = most_body
        self._parser = HttpResponseParser(self)
        self._headers: dict[str, str] = {}
        self._parts: list[bytes] = []
        self._length = self._came = self._status = 0
        self._whole = self._cut = False

    @property
    def is_done(self) -> bool:
        """Whether there is no need to read on."""
        return self._whole or self._cut

    @property
    def may_go_on(self) -> bool:
        """Whether another request may follow on the same connection."""
        return self._whole and not self._cut and self._parser.should_keep_alive()

    @property
    def answer(self) -> Answer:
        """The answer, once it is done."""
        body = b"".join(self._parts)[: self._most_body]
        return Answer(self._status, self._headers, body)

    def feed(self, data: bytes) -> None:
        """Take bytes; none at all says that the other side has ended.

        Raises
        ------
        Unreachable
            If they are no HTTP, or end too soon.
        """
        if not data:
            self._end()
            return
        self._came += len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            if not self.is_done:
                raise Unreachable(_GARBAGE, "garbage") from error
            # an answer, and then noise
            self._cut = True
        if not self._status and self._came > _MOST_HEAD:
            raise Unreachable(_GARBAGE, "garbage")
        # chunks and what follows them may be said at any length
        self._cut = self._cut or self._came > 2 * (_MOST_HEAD + self._most_body)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take one header."""
        if self._whole or len(self._headers) >= _MOST_HEADERS:
            return
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """Take the status; of what only says that more will come, nothing."""
        if self._whole:
            # an answer that nobody asked for: there is no telling what comes next
            self._cut = True
            return
        status = self._parser.get_status_code()
        if status < _FIRST_FINAL:
            self._headers = {}
        else:
            self._status = status

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        if self._length < self._most_body and not self._whole:
            self._parts.append(body)
        self._length += len(body)
        self._cut = self._cut or self._length > self._most_body

    def on_message_complete(self) -> None:
        """See that the answer is whole."""
        self._whole = self._whole or bool(self._status)

    def _end(self) -> None:
        told = "content-length" in self._headers or "transfer-encoding" in self._headers
        if not self._status or told:
            raise Unreachable("the connection was ended", "hang_up")
        # a body without a length ends with the connection
        self._whole = self._cut = True
