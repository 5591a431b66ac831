"""Whose request it is, from wherever the key stands."""

import pytest

from asgi_calls import AWAY, HERE, Recorder, scope_of, send_to
from fakes import FakeClock, FakeKeyStore
from opentape.api.door.auth import PUBLIC, Authentication, caller, credential, is_local
from opentape.desk.keys.access import Access
from opentape.desk.keys.key import OWNER
from opentape.desk.keys.manage import Wish, make_key
from opentape.desk.keys.options import PlanOptions
from opentape.market.errors import BadKey


@pytest.fixture
def store() -> FakeKeyStore:
    return FakeKeyStore()


@pytest.fixture
def app() -> Recorder:
    return Recorder()


def guarded(app: Recorder, store: FakeKeyStore) -> Authentication:
    return Authentication(app, Access(store, PlanOptions(), FakeClock()))


def spelled(text: str) -> list[dict[str, str]]:
    return [
        {"X-Api-Key": text},
        {"x-api-key": text},
        {"X-API-KEY": f" {text} "},
        {"Authorization": f"Bearer {text}"},
        {"authorization": f"bearer {text}"},
        {"Authorization": f"BEARER   {text}"},
    ]


@pytest.mark.parametrize("at", range(6))
@pytest.mark.parametrize("client", [HERE, AWAY])
def test_every_spelling_of_a_header_is_taken(store, app, at: int, client) -> None:
    key, text = make_key(store, Wish(), PlanOptions(), 0)
    scope = scope_of("/v1/flow", headers=spelled(text)[at], client=client)
    assert send_to(guarded(app, store), scope).status == 200
    assert caller(app.scopes[0]) == key


def test_a_key_in_the_query_is_taken_and_taken_out(store, app) -> None:
    key, text = make_key(store, Wish(), PlanOptions(), 0)
    scope = scope_of(f"/v1/flow?limit=5&apiKey={text}&ticker=SPY&apiKey=x", client=AWAY)
    assert send_to(guarded(app, store), scope).status == 200
    assert caller(app.scopes[0]) == key
    assert scope["query_string"] == app.scopes[0]["query_string"] == b"limit=5&ticker=SPY"


@pytest.mark.parametrize(
    ("headers", "query", "found"),
    [
        ({}, "", None),
        ({"X-Api-Key": ""}, "apiKey=", None),
        ({"X-Api-Key": "a", "Authorization": "Bearer b"}, "apiKey=c", "a"),
        ({"X-Api-Key": " ", "Authorization": "Bearer b"}, "apiKey=c", "b"),
        ({"Authorization": "Basic b"}, "apiKey=c%20", "c"),
        ({"Authorization": "Bearer"}, "myapiKey=c", None),
        ({"Authorization": "Bearer"}, "apiKey=%ff", "\ufffd"),
    ],
)
def test_which_key_counts(headers, query: str, found: str | None) -> None:
    assert credential(scope_of(f"/?{query}", headers=headers)) == found


@pytest.mark.parametrize("client", [HERE, AWAY])
@pytest.mark.parametrize("text", [None, "", "YOUR_KEY", "ot_aaaaaaaaaa_b", "\xff\x00"])
def test_without_a_valid_key_nothing_is_reached(store, app, text, client) -> None:
    make_key(store, Wish(), PlanOptions(), 0)
    headers = {} if text is None else {"X-Api-Key": text}
    got = send_to(guarded(app, store), scope_of("/v1/flow", headers=headers, client=client))
    assert got.status == 401
    assert got.json["error"]["code"] == "UNAUTHORIZED"
    assert app.scopes == []
    assert not text or text not in got.body.decode()


def test_expired_and_revoked_keys_are_refused(store, app) -> None:
    _, old = make_key(store, Wish(days=1), PlanOptions(), 0)
    revoked, text = make_key(store, Wish(), PlanOptions(), 0)
    store.revoke(revoked.id, 1)
    door = guarded(app, store)
    for key, why in ((old, "expired"), (text, "revoked")):
        got = send_to(door, scope_of("/v1/flow", headers={"X-Api-Key": key}))
        assert got.status == 401
        assert why in got.json["detail"]


def test_without_any_key_the_owner_asks_from_here(store, app) -> None:
    door = guarded(app, store)
    for headers in ({}, {"X-Api-Key": "YOUR_KEY"}):
        assert send_to(door, scope_of("/v1/flow", headers=headers)).status == 200
        assert caller(app.scopes[-1]) is OWNER
    got = send_to(door, scope_of("/v1/flow", client=AWAY))
    assert got.status == 401
    assert "opentape keys create" in got.json["message"]


@pytest.mark.parametrize("path", [*PUBLIC, "/docs/app.js"])
@pytest.mark.parametrize("client", [HERE, AWAY])
def test_public_paths_ignore_the_key(store, app, path: str, client) -> None:
    make_key(store, Wish(), PlanOptions(), 0)
    for headers in ({}, {"X-Api-Key": "wrong"}):
        scope = scope_of(path, headers=headers, client=client)
        assert send_to(guarded(app, store), scope).status == 200
        assert caller(app.scopes[-1]) is None


@pytest.mark.parametrize("path", ["/healthy", "/health/", "/docsx", "/v1/universe2", "/"])
def test_only_what_is_below_a_public_path_is_public(store, app, path: str) -> None:
    make_key(store, Wish(), PlanOptions(), 0)
    expected = 200 if path == "/health/" else 401
    assert send_to(guarded(app, store), scope_of(path)).status == expected


@pytest.mark.parametrize(
    ("client", "headers", "local"),
    [
        (HERE, {}, True),
        (("::1", 1), {"host": "[::1]:8321"}, True),
        (("::ffff:127.0.0.1", 1), {"host": "127.0.0.1"}, True),
        (("127.9.9.9", 1), {"host": "demo.localhost:1"}, True),
        (HERE, {"origin": "http://localhost:8321"}, True),
        (AWAY, {}, False),
        (None, {}, False),
        (("", 0), {}, False),
        (("testclient", 1), {}, False),
        (HERE, {"X-Forwarded-For": "192.0.2.7"}, False),
        (HERE, {"Forwarded": "for=192.0.2.7"}, False),
        (HERE, {"X-Real-IP": "127.0.0.1"}, False),
        (HERE, {"origin": "https://evil.example"}, False),
        (HERE, {"origin": "null"}, False),
        (HERE, {"host": "evil.example:8321"}, False),
        (HERE, {"host": "localhost.evil.example"}, False),
        (HERE, {"host": "[::1"}, False),
    ],
)
def test_who_is_on_this_machine(client, headers, *, local: bool) -> None:
    assert is_local(scope_of("/", headers=headers, client=client)) is local


def test_a_websocket_may_bring_its_key_later(store, app) -> None:
    key, text = make_key(store, Wish(), PlanOptions(), 0)
    door = guarded(app, store)
    for headers in ({"X-Api-Key": text}, {}, {"X-Api-Key": "wrong"}):
        scope = scope_of("/v1/stream", headers=headers, client=AWAY, kind="websocket")
        with pytest.raises(ValueError, match="unpack"):
            send_to(door, scope)
    first, second, third = (scope["state"] for scope in app.scopes)
    assert first == {"key": key, "key_error": None}
    assert second == {"key": None, "key_error": None}
    assert third["key"] is None
    assert isinstance(third["key_error"], BadKey)


def test_other_scopes_pass(store, app) -> None:
    with pytest.raises(ValueError, match="unpack"):
        send_to(guarded(app, store), {"type": "lifespan"})
    assert app.scopes == [{"type": "lifespan"}]
