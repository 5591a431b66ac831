"""Schemas: types as JSON Schema says them, each field with its words."""

import enum
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, cast

import msgspec
from msgspec import inspect

from opentape.api.document.glossary import TIMES, WORDS
from opentape.desk import words

Json = dict[str, Any]
_REF: Final = "#/components/schemas/"
_SAY_NOTHING: Final = frozenset({"reply", "answer", "rows"})
"""Modules whose name tells nothing about a class in them."""


class Schemas(NamedTuple):
    """Types as schemas."""

    refs: list[Json]
    """One a type that was asked for, in that order."""
    components: dict[str, Json]
    """What they refer to, by name."""


def schemas(kinds: Sequence[Any]) -> Schemas:
    """Return types as schemas of what is sent; what is always there is required."""
    refs, raw = msgspec.json.schema_components(kinds, ref_template=_REF + "{name}")
    classes = _classes(kinds)
    names = {name: _named(name) for name in raw}
    if len(set(names.values())) < len(names):
        raise ValueError(f"two schemas would have the same name: {sorted(names.values())}")
    components = {
        names[name]: renamed(_worded(schema, classes[name]), names)
        for name, schema in raw.items()
    }
    return Schemas([renamed(one, names) for one in refs], dict(sorted(components.items())))


def ref(name: str) -> Json:
    """Return a reference to a schema among the components."""
    return {"$ref": _REF + name}


def renamed(schema: Any, names: Mapping[str, str]) -> Any:
    """Return a schema whose references use other names."""
    match schema:
        case {"$ref": str(target), **rest}:
            name = target.removeprefix(_REF)
            return {"$ref": _REF + names.get(name, name), **rest}
        case dict():
            return {key: renamed(one, names) for key, one in cast("Json", schema).items()}
        case list():
            return [renamed(one, names) for one in cast("list[Any]", schema)]
        case _:
            return schema


def nullable(schema: Json) -> Json | None:
    """Return what a schema is but for null, None if it never is null."""
    kinds: list[Json] = schema.get("anyOf", [])
    rest = [kind for kind in kinds if kind != {"type": "null"}]
    if len(rest) == len(kinds):
        return None
    return rest[0] if len(rest) == 1 else {"anyOf": rest}


def _named(name: str) -> str:
    """Return the name of a component; where two classes share one, with their module's."""
    *modules, kind = name.split(".")
    telling = [module for module in modules if module not in _SAY_NOTHING]
    return (telling[-1].title().replace("_", "") if telling else "") + kind


def _classes(kinds: Sequence[Any]) -> Mapping[str, type[object]]:
    found: dict[str, type[object]] = {}
    for one in set(_met(inspect.multi_type_info(kinds), set())):
        found[one.__name__] = found[f"{one.__module__}.{one.__qualname__}"] = one
    return found


def _met(told: object, seen: set[object]) -> Iterator[type[object]]:
    """Yield the structs and enums in descriptions of types."""
    if isinstance(told, inspect.EnumType):
        yield told.cls
    elif isinstance(told, inspect.StructType):
        if told.cls in seen:
            return
        seen.add(told.cls)
        yield told.cls
    if isinstance(told, msgspec.Struct):
        for name in told.__struct_fields__:
            yield from _met(getattr(told, name), seen)
    elif isinstance(told, tuple | list):
        for one in cast("Sequence[object]", told):
            yield from _met(one, seen)


def _worded(schema: Json, kind: type[object]) -> Json:
    if issubclass(kind, enum.Enum):
        return _worded_enum(kind)
    struct = cast("inspect.StructType", inspect.type_info(kind))
    said = words.of_fields(kind)
    properties: dict[str, Json] = schema["properties"]
    for field in struct.fields:
        name = field.encode_name
        text = said.get(field.name) or WORDS.get(name) or _of_part(field.type)
        properties[name] = _property(properties[name], name, text)
    return {
        "type": "object",
        "properties": properties,
        "required": _required(struct),
        "description": words.of_class(kind),
    }


def _of_part(told: inspect.Type) -> str:
    """Return what the struct or enum says that a field holds one or more of."""
    held = next(_met(told, set()), None)
    return words.of_class(held) if held else ""


def _worded_enum(kind: type[enum.Enum]) -> Json:
    said = words.of_fields(kind)
    members = [f"- `{one.value}`: {said[one.name]}" for one in kind if one.name in said]
    text = "\n".join([words.of_class(kind), *([""] if members else []), *members])
    return {
        "type": "string",
        "enum": [one.value for one in kind],
        "description": text,
    }


def _property(schema: Json, name: str, text: str) -> Json:
    told = {key: one for key, one in schema.items() if key != "default"}
    if name in TIMES or name.endswith(TIMES.endings):
        told = _timed(told)
    return {**told, "description": text}


def _timed(schema: Json) -> Json:
    if schema.get("type") == "string" and "format" not in schema:
        return {**schema, "format": "date-time"}
    if "anyOf" in schema:
        return {**schema, "anyOf": [_timed(one) for one in schema["anyOf"]]}
    return schema


def _required(struct: inspect.StructType) -> list[str]:
    """Return the fields that must be there: asked for in a body, sent in an answer."""
    if struct.cls.__struct_config__.forbid_unknown_fields:
        return [one.encode_name for one in struct.fields if one.required]
    return _always_sent(struct.cls)


def _always_sent(kind: type[msgspec.Struct]) -> list[str]:
    """Return the fields that are in every answer."""
    fields = msgspec.structs.fields(kind)
    if kind.__struct_config__.omit_defaults:
        return [one.encode_name for one in fields if one.required]
    return [one.encode_name for one in fields if one.default is not msgspec.UNSET]
