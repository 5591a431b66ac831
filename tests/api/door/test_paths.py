"""Paths with slashes in their symbols, and pages of other origins."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asgi_calls import AWAY, Recorder, scope_of, send_to
from opentape.api.door.cors import Cors
from opentape.api.door.paths import Paths, routable, symbol_of

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(parts=st.lists(TEXTS, min_size=1, max_size=4))
def test_every_part_comes_back_as_it_was(parts: list[str]) -> None:
    """However it was encoded, parts are neither split nor joined nor changed."""
    sent = "/".join(quote(part, safe="") for part in parts).encode()
    routed = routable(b"/" + sent).split("/")[1:]
    assert [symbol_of(part) for part in routed] == [part.strip().upper() for part in parts]


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (b"/a/BRK%2FB", "/a/BRK%2FB"),
        (b"/a/BRK%2fB/x", "/a/BRK%2fB/x"),
        (b"/a/%5ESPX/ES%3DF", "/a/^SPX/ES=F"),
        (b"/a/%252F", "/a/%252F"),
        (b"/a/%C3%A9?x=%2F", "/a/é"),
        (b"/a/100%", "/a/100%"),
    ],
)
def test_paths_as_they_are_routed(raw: bytes, path: str) -> None:
    app = Recorder()
    scope = scope_of("/decoded by the server")
    scope["raw_path"] = raw
    send_to(Paths(app), scope)
    assert app.scopes[0]["path"] == path


def test_plain_paths_and_servers_without_raw_ones_are_left_alone() -> None:
    app = Recorder()
    for raw in (None, b"/other"):
        scope = scope_of("/given")
        scope["raw_path"] = raw
        send_to(Paths(app), scope)
    assert [scope["path"] for scope in app.scopes] == ["/given"] * 2


def test_a_path_that_is_no_text_is_refused() -> None:
    app = Recorder()
    scope = scope_of("/x")
    scope["raw_path"] = b"/%ff%fe"
    got = send_to(Paths(app), scope)
    assert (got.status, app.scopes) == (400, [])
    assert got.json["error"]["code"] == "invalid_request"


def test_pages_of_anywhere_may_read_answers() -> None:
    got = send_to(Cors(Recorder(), "*"), scope_of("/v1/x"))
    assert got.headers["access-control-allow-origin"] == "*"
    assert "X-RateLimit-Remaining" in got.headers["access-control-expose-headers"]
    one = send_to(Cors(Recorder(), "https://a.example"), scope_of("/v1/x"))
    assert one.headers["access-control-allow-origin"] == "https://a.example"
    assert one.headers["vary"] == "Origin"


def test_a_preflight_is_answered_at_the_door() -> None:
    app = Recorder()
    headers = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}
    scope = scope_of("/v1/x", method="OPTIONS", headers=headers, client=AWAY)
    got = send_to(Cors(app, "*"), scope)
    assert (got.status, got.body, app.scopes) == (204, b"", [])
    allowed = got.headers["access-control-allow-headers"]
    assert allowed == "X-Api-Key, X-Source, Content-Type, Authorization"
    send_to(Cors(app, "*"), scope_of("/v1/x", method="OPTIONS"))
    assert len(app.scopes) == 1
