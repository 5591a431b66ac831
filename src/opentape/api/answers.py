"""Answers: a request's path and query to the bytes of its reply.

An answer is computed and encoded once, and kept with the view that it was read from; the
next view of its underlying begins with none.
"""

from collections.abc import Mapping
from typing import Any, Final, Protocol

import msgspec

from opentape.api.envelope import Sealer
from opentape.api.query import BadParameter, read, texts
from opentape.api.route import Route
from opentape.desk.state.market import Market
from opentape.market.errors import NotReady
from opentape.market.roots import clean_symbol

_MOST_KEPT: Final = 1_024
"""Answers kept with one view: a client that asks for everything must not fill memory."""
_LONGEST_SYMBOL: Final = 32
_encode: Final = msgspec.json.Encoder().encode


class Standing(Protocol):
    """Whoever publishes the market."""

    @property
    def market(self) -> Market:
        """The newest view."""
        ...


class Answers:
    """Answers questions about the newest view."""

    def __init__(self, standing: Standing, node: str) -> None:
        self._standing = standing
        self._sealer = Sealer(node)

    def answer(
        self,
        route: Route,
        path: Mapping[str, str],
        query: bytes,
        caller: object,
    ) -> bytes:
        """Return the body of a reply, in its envelope.

        Raises
        ------
        OpentapeError
            If there is no answer; what to tell is in the error.
        """
        market = self._standing.market
        if not market.version and "market" in route.takes:
            raise NotReady("the engine has published nothing yet: ask again in a moment")
        question = read(route.query, texts(query)) if route.query else None
        if not route.kept:
            given = self._arguments(route, market, path, question, caller)
            return self._sealer.sealed(market, _encode(route.answer(**given)))
        kept = self._kept(market, path)
        key = (route.path, *path.values(), question)
        body = kept.get(key)
        if body is None:
            given = self._arguments(route, market, path, question, caller)
            body = _encode(route.answer(**given))
            if len(kept) >= _MOST_KEPT:
                kept.clear()
            kept[key] = body
        return self._sealer.sealed(market, body)

    @property
    def headers(self) -> dict[str, str]:
        """The envelope as headers, for replies that are arrays."""
        told = msgspec.json.decode(self._sealer.head, type=dict[str, Any])
        as_of = msgspec.json.encode(told["data_as_of"]).decode()
        return {"X-Data-As-Of": as_of, "X-Endpoint-Version": told["endpoint_version"]}

    def _kept(self, market: Market, path: Mapping[str, str]) -> dict[object, bytes]:
        name = market.names.get(clean_symbol(path["symbol"])) if "symbol" in path else None
        return market.kept if name is None else name.kept

    def _arguments(
        self,
        route: Route,
        market: Market,
        path: Mapping[str, str],
        question: msgspec.Struct | None,
        caller: object,
    ) -> dict[str, object]:
        given: dict[str, object] = {**path}
        if len(path.get("symbol", "")) > _LONGEST_SYMBOL:
            raise BadParameter(
                "invalid_symbol", "symbol", "a symbol must be at most 32 characters long"
            )
        offered = {"market": market, "query": question, "caller": caller}
        given |= {name: offered[name] for name in offered if name in route.takes}
        return given
