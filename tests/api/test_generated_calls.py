"""Calls generated from the document: every answer is one that the document describes.

``pytest tests/api/test_generated_calls.py --calls 20000`` makes that many.
"""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    positive_data_acceptance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from opentape.api.app import routed
from opentape.api.document.document import document
from running import Running

pytestmark = pytest.mark.slow

CURSORS = {"/v1/flow", "/v1/flow/top", "/v1/flow/historical"}
ROUTES = [route.path for route in routed()]
STREAMS = {"/v1/stream", "/v1/stream/sse"}
"""They never end; tests of their own ask them."""
CONFORMS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
MORE_THAN_A_SCHEMA = {
    # arithmetic refuses what it cannot price; a cursor is one that was given out
    *(path for path in ROUTES if path.startswith("/v1/pricing/")),
    *CURSORS,
}
"""Here what fits its schema may still be refused, with 400 or 422."""
ABOUT_ANOTHER_MARKET = {
    "/v1/score-explain",
    "/v1/analysis/greeks",
    "/v1/options/{symbol}/chain",
}
ENVELOPE = {"$ref": "#/components/schemas/Envelope"}


def strict() -> dict[str, Any]:
    """The document, but an answer may hold nothing that it does not tell of.

    Questions about the past are left out: few texts are an instant that was kept.
    """
    told = copy.deepcopy(document(routed()))
    for path in told["paths"].values():
        asked = path["get"].get("parameters", [])
        asked[:] = [one for one in asked if one["name"] != "at"]
    wrapped = {"Envelope"}
    for node in dicts(told["paths"]):
        if ENVELOPE in node.get("allOf", ()):
            node["unevaluatedProperties"] = False
            wrapped.add(node["allOf"][0]["$ref"].rpartition("/")[2])
    for name, schema in told["components"]["schemas"].items():
        if name not in wrapped and schema.get("type") == "object":
            schema["additionalProperties"] = False
    return told


def dicts(node: object) -> Iterator[dict[str, Any]]:
    """Every object in JSON."""
    if isinstance(node, dict):
        yield node
    if isinstance(node, dict | list):
        for one in node.values() if isinstance(node, dict) else node:
            yield from dicts(one)


TOLD = strict()
SCHEMA = schemathesis.openapi.from_dict(TOLD)
PATHS = sorted(set(TOLD["paths"]) - STREAMS)


@pytest.fixture(scope="module")
def session(live: Running) -> Iterator[requests.Session]:
    with requests.Session() as found:
        found.headers.update(live.headers)
        yield found


@pytest.fixture(scope="module")
def calls(request: pytest.FixtureRequest) -> int:
    """How many calls a route gets, of each kind."""
    return -(-request.config.getoption("--calls") // (2 * len(PATHS)))


def ask(
    live: Running, session: requests.Session, path: str, mode: GenerationMode, calls: int
) -> None:
    checks = list(CONFORMS)
    if mode is GenerationMode.POSITIVE and path not in MORE_THAN_A_SCHEMA:
        checks.append(positive_data_acceptance)

    @settings(
        max_examples=calls,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=SCHEMA[path]["GET"].as_strategy(generation_mode=mode))
    def every(case: schemathesis.Case) -> None:
        case.call_and_validate(
            base_url=live.url, session=session, checks=checks, timeout=30
        )

    every()


@pytest.mark.parametrize("path", PATHS)
def test_what_fits_is_answered_as_told(
    live: Running, session: requests.Session, path: str, calls: int
) -> None:
    ask(live, session, path, GenerationMode.POSITIVE, calls)


@pytest.mark.parametrize(
    "path", [path for path in PATHS if TOLD["paths"][path]["get"].get("parameters")]
)
def test_what_does_not_fit_is_answered_as_told(
    live: Running, session: requests.Session, path: str, calls: int
) -> None:
    ask(live, session, path, GenerationMode.NEGATIVE, calls)


@pytest.mark.parametrize("path", PATHS)
def test_examples_are_answered(live: Running, session: requests.Session, path: str) -> None:
    parameters = TOLD["paths"][path]["get"].get("parameters", [])
    asked = {one["name"]: one.get("example") for one in parameters if one["in"] == "query"}
    best = session.get(f"{live.url}/v1/flow/signals/SPY", timeout=30).json()["signals"][0]
    url = f"{live.url}{path}".format(symbol="SPY", signal_id=best["id"])
    found = session.get(url, params=asked, timeout=60)
    SCHEMA[path]["GET"].validate_response(
        schemathesis.Response.from_requests(found, verify=True)
    )
    # the market is not the one that the examples are of
    assert found.status_code == (404 if path in ABOUT_ANOTHER_MARKET else 200)


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("/v1/score-explain?ticker=NVDA&strike=1.7e308&type=C&expiry=2026-06-19", 404),
        (
            "/v1/pricing/kelly?spot=7e14&strike=9e103&dte=30&sigma=1.7e308&premium=1&mu=0",
            400,
        ),
        ("/v1/pricing/kelly?spot=1&strike=1e308&dte=30&sigma=0.2&premium=1e308&mu=0", 200),
        ("/v1/tickers?at=9999-12-31T23:59:59.999999-23:59", 400),
        ("/v1/tickers?at=1970-01-01", 404),
    ],
)
def test_calls_that_once_failed_are_answered(
    live: Running, session: requests.Session, asked: str, status: int
) -> None:
    assert session.get(f"{live.url}{asked}", timeout=30).status_code == status
