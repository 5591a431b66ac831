"""The document: it is OpenAPI, says something of everything, and its examples fit."""

import json
from collections.abc import Iterator
from functools import cache

import jsonschema_rs
import msgspec
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from opentape.api.app import deeds, routed
from opentape.api.deeds.body import read_body
from opentape.api.document.document import TAGS, document, encoded
from opentape.api.document.examples import ANSWERS, ASKED, BODIES, FRAME, REFUSED
from opentape.api.door.auth import PUBLIC

ROUTES = {route.path: route for route in routed()}


@cache
def told() -> dict:
    return json.loads(encoded(document(routed(), deeds())))


def operations() -> Iterator[tuple[str, dict]]:
    for path, item in told()["paths"].items():
        yield from ((path, one) for one in item.values())


def answers(schema: dict) -> jsonschema_rs.Validator:
    """A validator of a schema, which may refer to components."""
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    return jsonschema_rs.Draft202012Validator(
        {**whole, "components": told()["components"]}, validate_formats=True
    )


def content(path: str, status: str = "200") -> dict:
    return told()["paths"][path]["get"]["responses"][status]["content"]["application/json"]


def test_it_is_openapi() -> None:
    assert told()["openapi"].startswith("3.1")
    assert [str(error) for error in OPENAPI_31_VALIDATOR.iter_errors(told())] == []


def test_every_route_is_in_it() -> None:
    assert set(ROUTES) <= set(told()["paths"])
    names = [one["operationId"] for _, one in operations()]
    assert len(set(names)) == len(names)


def test_everything_is_described() -> None:
    silent = [
        (path, place)
        for path, one in operations()
        for place, text in (
            ("summary", one["summary"]),
            ("description", one["description"]),
            *((field["name"], field["description"]) for field in one.get("parameters", ())),
            *((status, found.get("description", "$ref" in found))
              for status, found in one["responses"].items()),
        )
        if not text
    ]  # fmt: skip
    silent += [
        (name, place)
        for name, schema in told()["components"]["schemas"].items()
        for place, text in (
            ("class", schema["description"]),
            *((f, p["description"]) for f, p in schema.get("properties", {}).items()),
        )
        if not text
    ]
    assert silent == []


def test_every_tag_has_its_sentence() -> None:
    assert {one["tags"][0] for _, one in operations()} <= set(TAGS)


def test_references_lead_somewhere() -> None:
    def walk(node: object) -> Iterator[str]:
        if isinstance(node, dict):
            yield from ([node["$ref"]] if isinstance(node.get("$ref"), str) else [])
            for one in node.values():
                yield from walk(one)
        elif isinstance(node, list):
            for one in node:
                yield from walk(one)

    for target in set(walk(told())):
        found: object = told()
        for part in target.removeprefix("#/").split("/"):
            assert isinstance(found, dict)
            found = found[part]


@pytest.mark.parametrize("path", sorted(set(ANSWERS) & set(ROUTES)))
def test_answers_shown_fit_their_schemas(path: str) -> None:
    shown = content(path)
    assert list(map(str, answers(shown["schema"]).iter_errors(shown["example"]))) == []
    assert msgspec.convert(shown["example"], ROUTES[path].reply)


def test_signals_shown_keep_their_own_sums() -> None:
    shown = ANSWERS["/v1/flow/signals/{symbol}"]
    for signal in shown["signals"]:
        assert sum(signal["score_breakdown"].values()) == signal["score"]
        assert signal["premium"] == signal["price"] * signal["size"] * 100
    assert shown["count"] == len(shown["signals"])
    summed = ANSWERS["/v1/flow/signals/{symbol}/summary"]
    net = summed["bullish_premium"] - summed["bearish_premium"]
    assert summed["net_directional_premium"] == net
    parts = ANSWERS["/v1/score-explain"]
    assert sum(parts["scoreParts"].values()) == parts["score"]


def test_the_frame_and_the_error_shown_fit() -> None:
    schemas = told()["components"]["schemas"]
    assert answers(schemas["StreamFrame"]).is_valid(FRAME)
    assert answers(schemas["Problem"]).is_valid(REFUSED)


DEEDS = {deed.name: deed for deed in deeds()}


def told_of(name: str) -> dict:
    deed = DEEDS[name]
    return told()["paths"][deed.path][deed.verb.lower()]


def test_every_deed_is_in_it() -> None:
    assert {*DEEDS} <= {one["operationId"] for _, one in operations()}
    assert {*BODIES} <= {*DEEDS}
    for name, deed in DEEDS.items():
        assert ("requestBody" in told_of(name)) == (deed.body is not None)


@pytest.mark.parametrize("name", sorted(set(ANSWERS) & set(DEEDS)))
def test_answers_to_deeds_fit_their_schemas(name: str) -> None:
    shown = told_of(name)["responses"]["200"]["content"]["application/json"]
    assert list(map(str, answers(shown["schema"]).iter_errors(shown["example"]))) == []
    assert msgspec.convert(shown["example"], DEEDS[name].reply)


@pytest.mark.parametrize("name", sorted(BODIES))
def test_bodies_shown_fit_their_schemas(name: str) -> None:
    shown = told_of(name)["requestBody"]["content"]["application/json"]
    assert list(map(str, answers(shown["schema"]).iter_errors(shown["example"]))) == []
    assert read_body(DEEDS[name].body, json.dumps(shown["example"]).encode())


@pytest.mark.parametrize("path", sorted(set(ASKED) & set(ROUTES)))
def test_questions_shown_fit_their_parameters(path: str) -> None:
    parameters = {one["name"]: one for one in told()["paths"][path]["get"]["parameters"]}
    for name, value in ASKED[path].items():
        assert parameters[name]["example"] == value
        assert answers(parameters[name]["schema"]).is_valid(value)
    needed = {name for name, one in parameters.items() if one["required"]} - {"symbol"}
    assert needed <= {*ASKED[path], "id"}


def test_a_question_is_told_as_it_is_read() -> None:
    asked = told()["paths"]["/v1/flow/signals/{symbol}"]["get"]["parameters"]
    limit = next(one for one in asked if one["name"] == "limit")
    assert limit["schema"] == {
        "type": "integer", "minimum": 1, "maximum": 500, "default": 50,
    }  # fmt: skip
    assert limit["description"].endswith("taken as the nearest bound.")
    expiry = next(one for one in asked if one["name"] == "expiry")
    assert expiry["schema"] == {"type": "string", "format": "date"}
    several = told()["paths"]["/v1/flow"]["get"]["parameters"]
    ticker = next(one for one in several if one["name"] == "ticker")
    assert (ticker["style"], ticker["explode"]) == ("form", False)


def test_answers_are_told_as_they_are_sent() -> None:
    schemas = told()["components"]["schemas"]
    reply = schemas["SignalsReply"]
    assert reply["properties"]["expiry"]["anyOf"] == [
        {"type": "string", "format": "date"}, {"type": "null"},
    ]  # fmt: skip
    assert reply["properties"]["count"]["type"] == "integer"
    assert reply["properties"]["as_of"]["format"] == "date-time"
    assert schemas["Enrichment"]["required"] == [*schemas["Enrichment"]["properties"]]
    assert schemas["Problem"]["required"] == ["status", "error", "message"]
    both = content("/v1/flow/signals/{symbol}")["schema"]["allOf"]
    assert both[1] == {"$ref": "#/components/schemas/Envelope"}


def test_what_is_public_needs_no_key() -> None:
    for path, one in operations():
        assert (one.get("security") == []) == (path in PUBLIC)
        refused = {"401", "403", "429"} & set(one["responses"])
        assert refused == (set() if path in PUBLIC else {"401", "403", "429"})
