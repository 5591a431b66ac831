"""Answers: a request's path and query to the bytes of its reply.

An answer is computed and encoded once, and kept with the view that it was read from; the
next view of its underlying begins with none.
"""

from collections.abc import Mapping
from typing import Any, Final, Protocol

import msgspec

from opentape.api.asgi import JSON, Headers
from opentape.api.at import NAME, At, read_at
from opentape.api.envelope import Sealer
from opentape.api.query import BadParameter, asked, texts
from opentape.api.route import Route
from opentape.desk.ask.meta.account import caller_of
from opentape.desk.keys.access import Access
from opentape.desk.keys.delay import seen_until_ns
from opentape.desk.keys.key import OWNER, Key
from opentape.desk.past.past import Past
from opentape.desk.state.market import Market
from opentape.desk.state.name import Name
from opentape.market.calendar import is_session, iso, trade_date
from opentape.market.errors import NoCoverage, NoData, NotReady
from opentape.market.roots import clean_symbol

_MOST_KEPT: Final = 1_024
"""Answers kept with one view: a client that asks for everything must not fill memory."""
_LONGEST_SYMBOL: Final = 32
_JSON: Final[Headers] = [JSON]
_encode: Final = msgspec.json.Encoder().encode


_Wanted = tuple[Any, ...]
"""The path of a route, what fills it, and last the question."""


class Views(Protocol):
    """Views of a while ago."""

    def until(self, instant_ns: int, /) -> Market:
        """Return the newest view of an instant or before."""
        ...


class Instants(Protocol):
    """The last views that were published."""

    def at(self, at_ns: int) -> Market | None:
        """Return the view that was published as of an instant, None if none was."""
        ...


class Standing(Protocol):
    """Whoever publishes the market."""

    @property
    def market(self) -> Market:
        """The newest view."""
        ...

    @property
    def late(self) -> Views:
        """Views for plans whose data is late."""
        ...

    @property
    def recent(self) -> Instants:
        """The last views, by instant."""
        ...


class Answers:
    """Answers questions about the newest view that a plan has."""

    def __init__(
        self, standing: Standing, node: str, access: Access, past: Past | None = None
    ) -> None:
        self._standing = standing
        self._past = past
        self._access = access
        self._sealer = Sealer(node)

    def answer(
        self, route: Route, path: Mapping[str, str], query: bytes, key: Key | None
    ) -> bytes:
        """Return the body of a reply, in its envelope.

        Parameters
        ----------
        key
            Whose request it is; None on public paths.

        Raises
        ------
        OpentapeError
            If there is no answer; what to tell is in the error.
        """
        question = asked(route.query, query) if route.query else None
        market = self._seen(key) if "market" in route.takes else self._standing.market
        if route.past and b"at=" in query and NAME in (given := texts(query)):
            at = read_at(given[NAME])
            body = self._answered(route, path, question, self._at(at, market))
            return at.dressed(body, route.path)
        if not route.kept:
            taken = self._arguments(route, market, path, question)
            taken["caller"] = caller_of(key or OWNER, self._access.limiter)
            return self._sealer.sealed(market.feeds, _encode(route.answer(**taken)))
        return self._answered(route, path, question, market)

    def _answered(
        self,
        route: Route,
        path: Mapping[str, str],
        question: msgspec.Struct | None,
        market: Market,
    ) -> bytes:
        """Return a body that may be kept until what it is about changes."""
        standing = self._standing_of(market, path)
        kept, wanted = standing.kept, (route.path, *path.values(), question)
        sealed = kept.get(wanted)
        if sealed is None:
            taken = self._arguments(route, market, path, question)
            body = _encode(route.answer(**taken))
            sealed = self._sealer.sealed(standing.feeds, body)
            if len(kept) >= _MOST_KEPT:
                kept.clear()
            kept[wanted] = sealed
        return sealed

    def headers_of(self, body: bytes) -> Headers:
        """Return what is said of a reply; of an array the envelope too."""
        if body[:1] == b"{":
            return _JSON
        told = msgspec.json.decode(self._sealer.head, type=dict[str, msgspec.Raw])
        version = msgspec.json.decode(told["endpoint_version"], type=str)
        return [
            *_JSON,
            (b"x-data-as-of", bytes(told["data_as_of"])),
            (b"x-endpoint-version", version.encode()),
        ]

    def _standing_of(self, market: Market, path: Mapping[str, str]) -> Market | Name:
        """Return what an answer is about: an underlying that is known, else the market."""
        name = market.names.get(clean_symbol(path["symbol"])) if "symbol" in path else None
        return market if name is None else name

    def _at(self, at: At, newest: Market) -> Market:
        """Return the market of an instant; `newest` is what the caller may see."""
        if at.ns > newest.as_of_ns:
            raise BadParameter(
                "invalid_at", NAME, f"at must not be after {iso(newest.as_of_ns)}"
            )
        date = trade_date(at.ns)
        if at.spelled is not None and not is_session(date):
            raise NoData(f"{date} was no session")
        found = self._standing.recent.at(at.ns)
        if found is None and self._past is not None:
            found = self._past.until(at.ns)
        if found is None:
            raise NoCoverage("this server keeps no sessions")
        return found

    def _seen(self, key: Key | None) -> Market:
        """Return the view that a plan has by now."""
        market = self._standing.market
        if not market.version:
            raise NotReady("the engine has published nothing yet: ask again in a moment")
        if key is None:
            return market
        until_ns = seen_until_ns(key.plan, self._access.options, market.as_of_ns)
        return market if until_ns is None else self._standing.late.until(until_ns)

    def _arguments(
        self,
        route: Route,
        market: Market,
        path: Mapping[str, str],
        question: msgspec.Struct | None,
    ) -> dict[str, object]:
        if len(path.get("symbol", "")) > _LONGEST_SYMBOL:
            raise BadParameter(
                "invalid_symbol", "symbol", "a symbol must be at most 32 characters long"
            )
        offered = {"market": market, "query": question, "past": self._past}
        taken = {name: offered[name] for name in offered if name in route.takes}
        return {**path, **taken}
