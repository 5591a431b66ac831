"""Parameters: the path and the query of a route, from the struct that it is read into."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

import msgspec
from msgspec import inspect

from opentape.api.document.schemas import Json, nullable
from opentape.api.route import Route
from opentape.desk import words

_CLAMPED: Final = "A number out of range is taken as the nearest bound."
_IN_PATH: Final[Mapping[str, Json]] = {
    "symbol": {
        "description": (
            "The underlying: `NVDA`, `^SPX`, `BRK%2FB`. Case and spaces around it do not "
            "matter."
        ),
        "schema": {"type": "string", "minLength": 1, "maxLength": 32},
        "example": "NVDA",
    },
    "webhook_id": {
        "description": "The `id` of a webhook of this key.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 64},
    },
    "alert_id": {
        "description": "The `id` of an alert of this key.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 64},
    },
    "signal_id": {
        "description": "The `id` of a signal.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 128},
    },
}
_TEXT: Final[Json] = {
    "description": "A part of the path.",
    "schema": {"type": "string", "minLength": 1},
}
_AT: Final[Json] = {
    "name": "at",
    "in": "query",
    "required": False,
    "description": (
        "The answer as it would have been given then: an instant with a zone, up to six "
        "digits of a second, or New York's wall clock without one, to the minute (a date "
        "alone is 16:00). Errors have their code alone as `error` then."
    ),
    "schema": {"type": "string", "maxLength": 40},
}
Examples = Mapping[str, Any]


def of_route(route: Route, examples: Examples) -> list[Json]:
    """Return every parameter of a route."""
    asked = [*in_path(route.path), *in_query(route.query, examples)]
    return [*asked, _AT] if route.past else asked


def in_path(path: str) -> list[Json]:
    """Return the parameters that stand in a path."""
    parts = (part[1:-1] for part in path.split("/") if part.startswith("{"))
    return [
        {"name": name, "in": "path", "required": True, **_IN_PATH.get(name, _TEXT)}
        for name in parts
    ]


def in_query(kind: type[msgspec.Struct] | None, examples: Examples) -> list[Json]:
    """Return the parameters that a question's struct is read from."""
    return [] if kind is None else list(_parameters(kind, examples))


def _parameters(kind: type[msgspec.Struct], examples: Examples) -> Iterator[Json]:
    _, components = msgspec.json.schema_components([kind], ref_template="{name}")
    schemas = cast("Json", components[kind.__name__]["properties"])
    said = words.of_fields(kind)
    for field in cast("inspect.StructType", inspect.type_info(kind)).fields:
        name = field.encode_name
        schema = _schema(schemas[name], components)
        told: Json = {"name": name, "in": "query", "required": field.required}
        if field.required and schema == {"type": "string"}:
            schema["minLength"] = 1
        bounded = "minimum" in schema or "maximum" in schema
        text = f"{said.get(field.name, '')} {_CLAMPED if bounded else ''}"
        told |= {"description": text.strip(), "schema": schema}
        if schema.get("type") == "array":
            told |= {"style": "form", "explode": False}
        own = schema.pop("examples", [])
        if name in examples or own:
            told["example"] = examples.get(name, next(iter(own), None))
        yield told


def _schema(given: Json, components: Mapping[str, Json]) -> Json:
    """Return what a parameter may be: never null, it is left out then."""
    schema = {key: one for key, one in given.items() if key != "default"}
    default = given.get("default")
    schema = nullable(schema) or schema
    if "$ref" in schema:
        schema = {"type": "string", "enum": components[schema["$ref"]]["enum"]}
    elif "enum" in schema:
        schema = {"type": "string", **schema}
    if default is not None and default != []:
        schema["default"] = default
    return schema
