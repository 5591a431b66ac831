"""The ring: what it finds, what it refuses, and how it keeps up with the store."""

import ast
import datetime as dt
import re
from pathlib import Path

import msgspec
import pytest

from fakes import FakeClock, FakeKeyStore
from opentape.desk.keys import ring as ring_module
from opentape.desk.keys.key import OWNER, digest_of, id_of, new_text
from opentape.desk.keys.manage import Made, Wish, make_key, revoke_key
from opentape.desk.keys.options import Plan, PlanOptions
from opentape.desk.keys.ring import LOOKS, KeyRing
from opentape.market.errors import BadKey, BadSetting, NotFound

START_NS = 20_000 * 86_400 * 10**9


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(START_NS)


@pytest.fixture
def store() -> FakeKeyStore:
    return FakeKeyStore()


def made(store: FakeKeyStore, clock: FakeClock, wish: Wish = Wish()) -> Made:  # noqa: B008
    return make_key(store, wish, PlanOptions(), clock.wall_ns())


def test_texts_are_long_and_never_the_same() -> None:
    texts = {new_text() for _ in range(1_000)}
    assert len(texts) == len({id_of(text) for text in texts}) == 1_000
    assert all(re.fullmatch(r"ot_[a-z0-9]{10}_[A-Za-z0-9]{43}", text) for text in texts)


def test_a_new_key_is_found_and_is_alpha(store, clock) -> None:
    key, text = made(store, clock)
    assert KeyRing(store, clock).find(text) == key
    assert (key.plan, key.rate, key.expires_ns, key.created_ns) == (
        Plan.ALPHA,
        None,
        None,
        START_NS,
    )
    assert text.startswith(f"{key.prefix}_")


def test_nothing_that_is_kept_tells_the_text(store, clock) -> None:
    key, text = made(store, clock)
    secret = text.rpartition("_")[2]
    (kept,) = store.kept()
    assert kept.digest == digest_of(text)
    assert secret not in repr(kept)
    assert secret.encode() not in msgspec.json.encode(key)


def test_other_texts_are_refused(store, clock) -> None:
    _, text = made(store, clock)
    ring = KeyRing(store, clock)
    wrong = [text[:-1], text + "x", text.swapcase(), f"{text} ", text.rpartition("_")[0]]
    wrong += ["", "ot", "ot_", "ot__", "x" * 10_000, new_text(), "\udcff", "ot_é_\0"]
    for other in wrong:
        with pytest.raises(BadKey, match=r"^this API key is not known$") as refused:
            ring.find(other)
        assert not other or len(other) < 3 or other not in str(refused.value)


def test_a_key_expires_to_the_moment(store, clock) -> None:
    _, text = made(store, clock, Wish(days=1.5))
    ring = KeyRing(store, clock)
    clock.wait_s(129_599)
    ring.find(text)
    clock.wait_s(1)
    with pytest.raises(BadKey, match="has expired"):
        ring.find(text)


def test_a_revoked_key_is_refused_after_the_next_look(store, clock) -> None:
    key, text = made(store, clock)
    ring = KeyRing(store, clock)
    assert revoke_key(store, key.prefix, clock.wall_ns()) == key.id
    ring.sync()
    with pytest.raises(BadKey, match="was revoked"):
        ring.find(text)
    assert len(ring) == 1


@pytest.mark.parametrize("spelled", ["text", "id", "prefix"])
def test_a_key_is_revoked_by_any_name_once(store, clock, spelled: str) -> None:
    key, text = made(store, clock)
    name = {"text": text, "id": key.id, "prefix": key.prefix}[spelled]
    assert revoke_key(store, name, 1) == key.id
    with pytest.raises(NotFound) as refused:
        revoke_key(store, name, 2)
    assert text not in str(refused.value)


def test_a_key_made_elsewhere_is_known_at_its_first_request(store, clock) -> None:
    ring = KeyRing(store, clock)
    for _ in range(20):
        _, text = made(store, clock)
        assert ring.find(text).id == id_of(text)


def test_unknown_keys_cannot_make_us_read_the_store_often(store, clock) -> None:
    ring = KeyRing(store, clock)
    looks = store.looks
    for _ in range(1_000):
        with pytest.raises(BadKey):
            ring.find(new_text())
        clock.wait_s(0.01)
    assert store.looks - looks == LOOKS + 9
    assert store.reads == 1


def test_nothing_is_loaded_anew_while_nothing_changed(store, clock) -> None:
    ring = KeyRing(store, clock)
    for _ in range(5):
        ring.sync()
    assert store.reads == 1


def test_uses_are_written_once(store, clock) -> None:
    key, text = made(store, clock)
    ring = KeyRing(store, clock)
    for _ in range(3):
        ring.note(ring.find(text))
        clock.wait_s(1)
    ring.note(OWNER)
    day = dt.date(1970, 1, 1) + dt.timedelta(days=20_000)
    assert store.requests_on(day) == {}
    ring.write_back()
    ring.write_back()
    assert store.requests_on(day) == {key.id: 3}
    assert store.kept()[0].key.last_used_ns == START_NS + 2 * 10**9


def test_uses_before_and_after_midnight_are_two_days(store, clock) -> None:
    key, _ = made(store, clock)
    ring = KeyRing(store, clock)
    ring.note(key)
    clock.wait_s(86_400)
    ring.note(key)
    ring.write_back()
    day = dt.date(1970, 1, 1) + dt.timedelta(days=20_000)
    assert store.requests_on(day) == {key.id: 1}
    assert store.requests_on(day + dt.timedelta(days=1)) == {key.id: 1}


@pytest.mark.parametrize(
    "wish",
    [Wish(rate=0), Wish(days=0), Wish(days=-1), Wish(days=1e6), Wish(label="x" * 201)],
)
def test_keys_that_cannot_be_are_not_made(store, clock, wish: Wish) -> None:
    with pytest.raises(BadSetting):
        made(store, clock, wish)
    assert store.kept() == []


def test_digests_are_compared_in_constant_time_only() -> None:
    tree = ast.parse(Path(ring_module.__file__).read_text(encoding="utf-8"))
    calls = [ast.unparse(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)]
    assert calls.count("hmac.compare_digest") == 1
    compared = [n for n in ast.walk(tree) if isinstance(n, ast.Compare)]
    assert [n for n in compared if "digest" in ast.unparse(n)] == []
