"""The document: every route, parameter, error and field as one OpenAPI 3.1 object."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from opentape import __version__
from opentape.api.deeds.deed import Deed
from opentape.api.document import failures, operations, streams
from opentape.api.document.examples import REFUSED
from opentape.api.document.schemas import Json, schemas
from opentape.api.door.auth import PUBLIC
from opentape.api.envelope import Envelope
from opentape.api.problems import Problem
from opentape.api.route import Route
from opentape.api.watch.ready import Readiness
from opentape.desk import words
from opentape.desk.engine.rows import FlowRow

_ABOUT: Final = """Scored options flow, dealer positioning and pricing, self-hosted.

Ask with a key in the header `X-Api-Key`, as `Authorization: Bearer`, or as `apiKey` in the
query. As long as there are no keys, programs on the same machine need none.

- Names of parameters are as shown; their snake_case spelling is taken as well
  (`minScore`, `min_score`). Words are read without regard to case, `True` and `1` are true.
- Numbers out of range are taken as the nearest bound; dates and words that cannot be read
  are refused with 400 and a code `invalid_<name>`.
- Every object carries `endpoint_version` and `data_as_of`; arrays carry them as headers.
- What is not known is null, never 0 and never NaN. Instants are UTC, dates New York's.
- Every error has one body, `Problem`."""
TAGS: Final[Mapping[str, str]] = {
    "flow signals": "Unusual flow of one underlying, scored 0 to 100 and explained.",
    "flow rows": "The same flow across underlyings, as rows, pages and heat maps.",
    "stream": "Flow pushed as it happens.",
    "flow analytics": "What today's flow has made of dealers' positions.",
    "raw option flow": "The option tape itself: prints, blocks, minutes, leaders.",
    "raw stock flow": "The stock tape itself: prints, blocks, bars, leaders.",
    "exposure": "Dealers' greeks by strike, levels and max pain, of settled positions.",
    "volatility": "Implied and realised vol of an underlying.",
    "pricing": "Arithmetic about one option, without any market.",
    "market data": "Quotes and what is listed.",
    "webhooks": "Events posted to a URL of yours, signed, until it takes them.",
    "alerts": "What is watched for you, and each time that it happened.",
    "account": "Who asks, and what is left of the limits.",
    "server": "The server about itself.",
}
"""Groups of routes, in the order in which the explorer shows them."""
_SECURITY: Final[Mapping[str, Json]] = {
    "key": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Api-Key",
        "description": "A key, as `opentape keys create` printed it.",
    },
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "The same key as a bearer token.",
    },
    "query": {
        "type": "apiKey",
        "in": "query",
        "name": "apiKey",
        "description": "The same key in the query; no log ever shows it.",
    },
}


def document(routes: Sequence[Route], deeds: Sequence[Deed] = ()) -> Json:
    """Return the document of routes and deeds."""
    kinds = [one.reply for one in (*routes, *deeds)]
    bodies = {one.body for one in deeds if one.body is not None}
    refs, components = schemas([*kinds, *bodies, Envelope, Problem, FlowRow, Readiness])
    components[streams.FRAME_SCHEMA] = streams.frame_schema()
    components["Problem"]["examples"] = [REFUSED]
    paths: Json = {}
    for route, reply in zip(routes, refs, strict=False):
        told = operations.operation(route, reply, components, public=route.path in PUBLIC)
        paths[route.path] = {"get": told}
    for deed, reply in zip(deeds, refs[len(routes) :], strict=False):
        told = operations.of_deed(deed, reply, components)
        paths.setdefault(deed.path, {})[deed.verb.lower()] = told
    paths |= streams.stream_paths() | streams.house_paths()
    return {
        "openapi": "3.1.0",
        "info": _info(),
        "servers": [{"url": "/", "description": "Where this document came from."}],
        "security": [{name: []} for name in _SECURITY],
        "tags": _tags(paths),
        "paths": paths,
        "components": {
            "schemas": dict(sorted(components.items())),
            "responses": failures.responses(),
            "headers": operations.HEADERS,
            "securitySchemes": _SECURITY,
        },
    }


def encoded(told: Json) -> bytes:
    """Return the document as JSON, for people to read too."""
    return msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n"


def _info() -> Json:
    return {
        "title": "opentape",
        "version": __version__,
        "summary": "The options tape, scored.",
        "description": words.plain(_ABOUT),
        "license": {"name": "MIT", "identifier": "MIT"},
    }


def _tags(paths: Json) -> list[Json]:
    """Return the groups that any route is in."""
    used = {one["tags"][0] for path in paths.values() for one in path.values()}
    known = [tag for tag in TAGS if tag in used]
    return [
        {"name": tag, "description": TAGS.get(tag, f"{tag.capitalize()}.")}
        for tag in (*known, *sorted(used.difference(TAGS)))
    ]
