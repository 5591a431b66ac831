"""What the client knows of the wire is what the server's document says."""

import inspect
import json
import runpy
from collections.abc import Iterator
from typing import get_args

import msgspec
import pytest

from opentape.client import Client
from opentape.client.answer import read
from opentape.client.wire import asks, replies
from opentape.wiring.server import openapi
from source_tree import PACKAGE, REPO

SCRIPT = runpy.run_path(str(REPO / "scripts" / "write_client.py"))
DOCUMENT = json.loads(openapi())
SCHEMAS = DOCUMENT["components"]["schemas"]
ENVELOPE = {"endpoint_version", "data_as_of"}
WIRE = PACKAGE / "client" / "wire"


def test_it_is_what_the_script_writes(tmp_path) -> None:
    """After a change of the API: python scripts/write_client.py."""
    SCRIPT["write"](DOCUMENT, tmp_path)
    written = {path.name: path.read_text("utf-8") for path in tmp_path.glob("*.py")}
    assert written.keys() == {p.name for p in WIRE.glob("*.py")} - {"__init__.py"}
    for name, text in written.items():
        assert (WIRE / name).read_text("utf-8") == text


def routes() -> list[str]:
    """Operations whose answers are JSON of a schema."""
    return [
        said["operationId"]
        for verbs in DOCUMENT["paths"].values()
        for said in verbs.values()
        if "/schemas/" in json.dumps(said["responses"].get("200", {}))
    ]


def test_there_is_a_method_a_route() -> None:
    assert len(routes()) > 50
    assert [name for name in routes() if not hasattr(Client, name)] == []
    assert hasattr(Client, "stream")


def structs() -> list[type[msgspec.Struct]]:
    found = [one for one in vars(replies).values() if isinstance(one, type)]
    return [
        one for one in found if issubclass(one, msgspec.Struct) and one.__name__ in SCHEMAS
    ]


@pytest.mark.parametrize("struct", structs(), ids=lambda one: one.__name__)
def test_a_struct_has_the_fields_of_its_schema(struct) -> None:
    """Held against the document by another way than it was written."""
    fields = {one.encode_name: one for one in msgspec.structs.fields(struct)}
    assert set(fields) - ENVELOPE == properties(struct.__name__) - ENVELOPE
    for name, said in SCHEMAS[struct.__name__].get("properties", {}).items():
        if {"type": "null"} in said.get("anyOf", ()):
            assert type(None) in get_args(fields[name].type)
            assert fields[name].default is None


def properties(name: str) -> set[str]:
    schema = SCHEMAS[name]
    found = set(schema.get("properties", {}))
    for part in schema.get("allOf", ()):
        found |= set(part.get("properties", {}))
        if "$ref" in part:
            found |= properties(part["$ref"].rpartition("/")[2])
    return found


def examples() -> Iterator[tuple[str, object]]:
    for verbs in DOCUMENT["paths"].values():
        for said in verbs.values():
            content = said["responses"].get("200", {}).get("content", {})
            if "example" in content.get("application/json", {}):
                yield said["operationId"], content["application/json"]["example"]


@pytest.mark.parametrize(("name", "example"), list(examples()), ids=lambda x: str(x)[:24])
def test_examples_of_the_document_are_read_whole(name: str, example: object) -> None:
    given = inspect.signature(getattr(asks, name)).parameters.values()
    needed = {one.name: "X" for one in given if one.default is one.empty}
    ask = getattr(asks, name)(**needed)
    told = read(json.dumps(example).encode(), ask.reply, name)
    assert within(example, json.loads(msgspec.json.encode(told)))


def within(said: object, kept: object) -> bool:
    """Whether everything that was said is there again."""
    if isinstance(said, dict):
        return all(within(value, kept[key]) for key, value in said.items())
    if isinstance(said, list):
        return all(map(within, said, kept)) and len(said) == len(kept)
    return said == kept
