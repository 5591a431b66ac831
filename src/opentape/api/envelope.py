"""What stands around every answer: which build gave it, and how fresh each feed was."""

from typing import Final

import msgspec

from opentape import __version__
from opentape.desk.state.feeds import Feeds
from opentape.market.calendar import iso

ENDPOINT_VERSION: Final = __version__
_encode: Final = msgspec.json.Encoder().encode
_EMPTY: Final = b"{}"


class DataAsOf(msgspec.Struct, frozen=True, kw_only=True):
    """When each feed last delivered, UTC; null for a feed that never did."""

    node: str
    """Which process answered."""
    equity_feed: str | None
    """Prints of stocks."""
    equity_options_feed: str | None
    """Prints or chains of options on stocks."""
    index_feed: str | None
    """Values of indices."""
    index_options_feed: str | None
    """Prints or chains of options on indices."""
    futures_feed: str | None
    """Prints of futures."""
    futures_options_feed: str | None
    """Prints of options on futures."""
    flow_feed: str | None
    """Prints of the option tape."""
    oi_feed: str | None
    """The session whose settled open interest is used, at its close."""
    macro_feed: str | None
    """The oldest part of the macro figures."""


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """The two keys that every answer carries."""

    endpoint_version: str
    """Which build answered."""
    data_as_of: DataAsOf
    """How fresh each feed was."""


def envelope(feeds: Feeds, node: str) -> Envelope:
    """Return the envelope of answers about a market."""
    return Envelope(
        endpoint_version=ENDPOINT_VERSION,
        data_as_of=DataAsOf(
            node=node,
            equity_feed=_told(feeds.equity),
            equity_options_feed=_told(feeds.equity_options),
            index_feed=_told(feeds.index),
            index_options_feed=_told(feeds.index_options),
            futures_feed=_told(feeds.futures),
            futures_options_feed=_told(feeds.futures_options),
            flow_feed=_told(feeds.flow),
            oi_feed=_told(feeds.open_interest),
            macro_feed=_told(feeds.macro),
        ),
    )


class Sealer:
    """Puts encoded answers into their envelope, which is encoded once for each view."""

    def __init__(self, node: str) -> None:
        self._node = node
        # replaced as a whole: several threads answer
        self._spelled: tuple[Feeds | None, bytes] = (None, b"")

    @property
    def head(self) -> bytes:
        """The envelope that was put around an answer last."""
        return self._spelled[1]

    def sealed(self, feeds: Feeds, body: bytes) -> bytes:
        """Return an answer in its envelope, of an array each object; `head` is it alone."""
        known, head = self._spelled
        if feeds is not known:
            head = _encode(envelope(feeds, self._node))
            self._spelled = feeds, head
        if body[:2] == b"[{":
            parts = msgspec.json.decode(body, type=list[msgspec.Raw])
            return b"[%b]" % b",".join(_closed(part, head) for part in parts)
        return _closed(body, head) if body[:1] == b"{" else body


def _closed(body: bytes | msgspec.Raw, head: bytes) -> bytes:
    told = memoryview(body)
    if len(told) == len(_EMPTY):
        return head
    return b"".join((told[:-1], b",", memoryview(head)[1:]))


def _told(ts_ns: int | None) -> str | None:
    return None if ts_ns is None else iso(ts_ns)
