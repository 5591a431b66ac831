"""Operations: a route as OpenAPI tells it."""

from collections.abc import Callable, Mapping
from inspect import getdoc
from typing import Any, Final

from opentape.api.deeds.deed import Deed
from opentape.api.document import failures, parameters
from opentape.api.document.examples import ANSWERS, ASKED, BODIES
from opentape.api.document.failures import RATE_HEADERS
from opentape.api.document.schemas import Json, ref
from opentape.api.route import Route
from opentape.desk import words

_OBJECT: Final = "object"
_ARRAY_HEADERS: Final[Mapping[str, Json]] = {
    "X-Data-As-Of": {
        "description": "With an array: `data_as_of`, as JSON.",
        "schema": {"type": "string"},
    },
    "X-Endpoint-Version": {
        "description": "With an array: `endpoint_version`.",
        "schema": {"type": "string"},
    },
}
HEADERS: Final[Mapping[str, Json]] = {**RATE_HEADERS, **_ARRAY_HEADERS}
"""Every header that an answer may have, as components."""


def operation(
    route: Route, reply: Json, components: Mapping[str, Any], *, public: bool
) -> Json:
    """Return what is told of a route.

    Parameters
    ----------
    reply
        Schema of its answer, without the envelope.
    """
    told: Json = {
        "operationId": name_of(route.path),
        **_said(route.tag, route.answer),
        "parameters": parameters.of_route(route, ASKED.get(route.path, {})),
        "responses": {
            "200": _answered(route.path, reply, components, public=public),
            **failures.of_route(route, public=public),
        },
    }
    return {**told, "security": []} if public else told


def of_deed(deed: Deed, reply: Json, components: Mapping[str, Any]) -> Json:
    """Return what is told of a deed; `reply` is the schema of its answer."""
    told: Json = {
        "operationId": deed.name,
        **_said(deed.tag, deed.answer),
        "parameters": [
            *parameters.in_path(deed.path),
            *parameters.in_query(deed.query, {}),
        ],
    }
    if deed.body is not None:
        content: Json = {"schema": ref(deed.body.__name__)}
        if deed.name in BODIES:
            content["example"] = BODIES[deed.name]
        told["requestBody"] = {
            "required": True,
            "description": words.of_class(deed.body),
            "content": {"application/json": content},
        }
    answered = _answered(deed.name, reply, components, public=False)
    return {**told, "responses": {"200": answered, **failures.of_deed(deed)}}


def _said(tag: str, answer: Callable[..., object]) -> Json:
    said = words.plain(getdoc(answer))
    return {
        "tags": [tag],
        "summary": said.partition("\n")[0].partition(". ")[0].rstrip("."),
        "description": said,
    }


def name_of(path: str) -> str:
    """Return the name of the operation at a path.

    Examples
    --------
    >>> name_of("/v1/flow/signals/{symbol}/summary"), name_of("/stockquote/{symbol}")
    ('flow_signals_summary', 'stockquote')
    """
    parts = path.removeprefix("/v1").strip("/").split("/")
    named = (part for part in parts if not part.startswith("{"))
    return "_".join(named).replace("-", "_").replace(".", "_")


def in_envelope(schema: Json, components: Mapping[str, Any]) -> Json:
    """Return an answer's schema with the two keys that each of its objects carries."""
    if "anyOf" in schema:
        return {"anyOf": [in_envelope(one, components) for one in schema["anyOf"]]}
    if "items" in schema:
        return {**schema, "items": in_envelope(schema["items"], components)}
    target = schema.get("$ref", "").rpartition("/")[2]
    if components.get(target, {}).get("type") != _OBJECT:
        return schema
    return {"allOf": [schema, ref("Envelope")]}


def _answered(
    path: str, reply: Json, components: Mapping[str, Any], *, public: bool
) -> Json:
    content: Json = {"schema": in_envelope(reply, components)}
    if path in ANSWERS:
        content["example"] = ANSWERS[path]
    listed = any(one.get("type") == "array" for one in (reply, *reply.get("anyOf", [])))
    headers = [*(() if public else RATE_HEADERS), *(_ARRAY_HEADERS if listed else ())]
    return {
        "description": "The answer.",
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in headers},
        "content": {"application/json": content},
    }
