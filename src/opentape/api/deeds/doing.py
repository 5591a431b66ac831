"""Doing: a request to the bytes of its reply."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec

from opentape.api.deeds.body import read_body
from opentape.api.deeds.deed import Deed
from opentape.api.envelope import Sealer
from opentape.api.query import asked
from opentape.desk.keys.key import OWNER, Key
from opentape.desk.state.market import Feeds
from opentape.market.errors import NotReady

_encode: Final = msgspec.json.Encoder().encode


class Given(NamedTuple):
    """What a request brought."""

    path: Mapping[str, str]
    """Parts of the path, decoded."""
    query: bytes
    body: bytes
    key: Key | None


class Doing:
    """Does deeds with the services of the desk."""

    def __init__(self, services: Mapping[str, object], node: str) -> None:
        self._services = services
        self._sealer = Sealer(node)

    def do(self, deed: Deed, given: Given) -> bytes:
        """Do it, and return what is to be told; may wait for a database.

        Raises
        ------
        OpentapeError
            If it cannot be done; what to tell is in the error.
        """
        taken: dict[str, object] = {**given.path}
        if deed.query is not None:
            taken["query"] = asked(deed.query, given.query)
        if deed.body is not None:
            taken["body"] = read_body(deed.body, given.body)
        if "key" in deed.takes:
            taken["key"] = given.key or OWNER
        for name in deed.takes - taken.keys():
            if name not in self._services:
                raise NotReady(f"this server has no {name}")
            taken[name] = self._services[name]
        return _encode(deed.answer(**taken))

    def sealed(self, feeds: Feeds, told: bytes) -> bytes:
        """Return the body of a reply in its envelope; on the event loop only."""
        return self._sealer.sealed(feeds, told)
