"""The door as a whole, and the thread that keeps it up to date."""

import threading
from collections.abc import Sequence

import pytest

from fakes import FakeClock, FakeKeyStore
from opentape.desk.keys.access import Access
from opentape.desk.keys.key import OWNER
from opentape.desk.keys.limiter import UNLIMITED
from opentape.desk.keys.manage import Wish, make_key, revoke_key
from opentape.desk.keys.options import Plan, PlanOptions
from opentape.desk.keys.ports import Use
from opentape.desk.keys.ring import KeyRing
from opentape.desk.keys.upkeep import Upkeep
from opentape.market.errors import BadKey, PlanTooLow, RateExceeded

NOON_NS = 20_000 * 86_400 * 10**9 + 43_200 * 10**9


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOON_NS)


@pytest.fixture
def store() -> FakeKeyStore:
    return FakeKeyStore()


def test_without_keys_this_machine_is_the_owners(store, clock) -> None:
    access = Access(store, PlanOptions(), clock)
    assert access.admit(None, local=True) is OWNER
    assert access.admit("YOUR_KEY", local=True) is OWNER
    assert access.ask(OWNER, "/v1/flow/signals/SPX", {}) is UNLIMITED
    for text in (None, "", "YOUR_KEY"):
        with pytest.raises(BadKey, match="opentape keys create"):
            access.admit(text, local=False)


def test_with_keys_everybody_needs_one(store, clock) -> None:
    access = Access(store, PlanOptions(), clock)
    access.admit(None, local=True)
    key, text = make_key(store, Wish(), PlanOptions(), 0)
    assert access.admit(text, local=True) == access.admit(text, local=False) == key
    for local in (True, False):
        for bad in (None, "", "YOUR_KEY"):
            with pytest.raises(BadKey):
                access.admit(bad, local=local)


def test_a_revoked_key_does_not_open_the_door_again(store, clock) -> None:
    key, _ = make_key(store, Wish(), PlanOptions(), 0)
    access = Access(store, PlanOptions(), clock)
    revoke_key(store, key.id, 1)
    access.ring.sync()
    with pytest.raises(BadKey):
        access.admit(None, local=True)


def test_a_question_is_counted_unless_it_is_refused(store, clock) -> None:
    key, _ = make_key(store, Wish(plan=Plan.FREE), PlanOptions(), 0)
    access = Access(store, PlanOptions(), clock)
    for _ in range(9):
        with pytest.raises(PlanTooLow):
            access.ask(key, "/v1/flow/signals/SPY", {})
    for _ in range(5):
        access.ask(key, "/stockquote/SPY", {})
    for _ in range(2):
        with pytest.raises(RateExceeded):
            access.ask(key, "/stockquote/SPY", {})
    access.ring.write_back()
    assert store.requests_on(access.limiter.today()) == {key.id: 5}
    again = Access(store, PlanOptions(), clock)
    with pytest.raises(RateExceeded):
        again.ask(key, "/stockquote/SPY", {})


def test_upkeep_finds_new_keys_and_writes_the_last_uses(store, clock) -> None:
    ring = KeyRing(store, clock)
    errors: list[Exception] = []
    with Upkeep(ring, errors.append):
        key, _ = make_key(store, Wish(), PlanOptions(), 0)
        pause = threading.Event()
        assert any(len(ring) or pause.wait(0.05) for _ in range(200))
        ring.note(key)
    assert store.kept()[0].key.last_used_ns == NOON_NS
    assert errors == []


class BrokenStore(FakeKeyStore):
    """Fails once it is told to."""

    broken = False

    def changes(self) -> int:
        if self.broken:
            raise OSError("the disk is gone")
        return super().changes()


def test_a_store_that_fails_leaves_the_keys_we_have(clock) -> None:
    store = BrokenStore()
    key, text = make_key(store, Wish(), PlanOptions(), 0)
    ring = KeyRing(store, clock)
    store.broken = True
    errors: list[Exception] = []
    seen = threading.Event()

    def tell(error: Exception) -> None:
        errors.append(error)
        seen.set()

    with Upkeep(ring, tell):
        assert seen.wait(10)
    assert ring.find(text) == key
    assert {str(error) for error in errors} == {"the disk is gone"}


def test_uses_that_could_not_be_written_are_written_later(clock) -> None:
    class NoDisk(FakeKeyStore):
        full = True

        def note(self, uses: Sequence[Use]) -> None:
            if self.full:
                raise OSError("the disk is full")
            super().note(uses)

    store = NoDisk()
    key, _ = make_key(store, Wish(), PlanOptions(), 0)
    access = Access(store, PlanOptions(), clock)
    access.ring.note(key)
    with pytest.raises(OSError, match="full"):
        access.ring.write_back()
    clock.wait_s(1)
    access.ring.note(key)
    store.full = False
    access.ring.write_back()
    assert store.requests_on(access.limiter.today()) == {key.id: 2}
    assert store.kept()[0].key.last_used_ns == NOON_NS + 10**9
