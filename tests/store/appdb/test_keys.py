"""Every store of keys behaves alike: the one of the database, and the tests' own."""

import datetime as dt
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from fakes import FakeKeyStore
from opentape.desk.keys.key import Kept, Key, digest_of, new_text
from opentape.desk.keys.manage import Wish, make_key
from opentape.desk.keys.options import Plan, PlanOptions
from opentape.desk.keys.ports import KeyStore, Use
from opentape.store.appdb.engine import open_database, open_file
from opentape.store.appdb.keys import SqlKeyStore
from opentape.store.options import StoreOptions

DAY = dt.date(2026, 5, 21)
FULL = Kept(
    Key(
        id="full",
        plan=Plan.GROWTH,
        rate=7,
        label="a 'label' 🔑",
        created_ns=2**62,
        expires_ns=2**62 + 1,
    ),
    digest_of("full"),
)
BARE = Kept(Key(id="bare", plan=Plan.ALPHA, created_ns=1), digest_of("bare"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "opentape.db"


@pytest.fixture(params=["sqlite", "postgresql", "fake"])
def store(
    request: pytest.FixtureRequest, new_database: Callable[[str], StoreOptions]
) -> KeyStore:
    if request.param == "fake":
        return FakeKeyStore()
    return SqlKeyStore(open_database(new_database(request.param)))


def test_a_new_store_is_empty(store: KeyStore) -> None:
    assert store.kept() == []
    assert store.requests_on(DAY) == {}
    assert not store.revoke("bare", 1)


def test_keys_come_back_as_they_were_oldest_first(store: KeyStore) -> None:
    store.add(FULL)
    store.add(BARE)
    assert store.kept() == [BARE, FULL]


def test_only_keys_added_and_revoked_are_changes(store: KeyStore) -> None:
    seen = [store.changes()]
    store.add(BARE)
    seen.append(store.changes())
    store.note([Use("bare", DAY, 1, 5)])
    assert store.changes() == seen[-1]
    assert store.revoke("bare", 9)
    seen.append(store.changes())
    assert not store.revoke("bare", 10)
    assert not store.revoke("none", 10)
    assert store.changes() == seen[-1]
    assert len(set(seen)) == 3


def test_a_key_is_revoked_once(store: KeyStore) -> None:
    store.add(BARE)
    store.revoke("bare", 9)
    store.revoke("bare", 10)
    assert [kept.key.revoked_ns for kept in store.kept()] == [9]


def test_uses_add_up_and_the_last_one_counts(store: KeyStore) -> None:
    store.add(BARE)
    store.add(FULL)
    store.note([Use("bare", DAY, 2, 50), Use("full", DAY, 1, 60)])
    store.note([Use("bare", DAY, 3, 40), Use("bare", DAY + dt.timedelta(days=1), 1, 45)])
    assert store.requests_on(DAY) == {"bare": 5, "full": 1}
    assert store.requests_on(DAY + dt.timedelta(days=1)) == {"bare": 1}
    assert [kept.key.last_used_ns for kept in store.kept()] == [50, 60]


def test_processes_see_each_other_and_none_is_lost(database: StoreOptions) -> None:
    one, other = (SqlKeyStore(open_database(database)) for _ in range(2))
    before = one.changes()
    failed: list[Exception] = []

    def work(store: SqlKeyStore) -> None:
        try:
            for _ in range(15):
                key, _ = make_key(store, Wish(), PlanOptions(), 1)
                uses = [
                    Use(key.id, DAY, 1, 5),
                    Use("bare", DAY, 1, 5),
                    Use("full", DAY, 1, 5),
                ]
                store.note(uses if store is one else uses[::-1])
        except Exception as error:  # noqa: BLE001
            failed.append(error)

    one.add(BARE)
    one.add(FULL)
    threads = [threading.Thread(target=work, args=(store,)) for store in (one, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert one.changes() == other.changes() == before + 32
    assert one.kept() == other.kept()
    assert one.requests_on(DAY)["bare"] == one.requests_on(DAY)["full"] == 30


def test_no_secret_reaches_the_disk(path: Path) -> None:
    store = SqlKeyStore(open_file(path))
    texts = [make_key(store, Wish(label="mine"), PlanOptions(), 1).text for _ in range(20)]
    store.note([Use(store.kept()[0].key.id, DAY, 1, 5)])
    files = list(path.parent.iterdir())
    content = b"".join(each.read_bytes() for each in files)
    assert len(files) >= 1
    assert all(digest_of(text) in content for text in texts)
    for text in texts:
        _, name, secret = text.split("_")
        assert name.encode() in content
        assert secret.encode() not in content
        assert secret[:8].encode() not in content


def test_the_text_of_a_key_is_in_no_column(path: Path) -> None:
    SqlKeyStore(open_file(path)).add(Kept(BARE.key, digest_of(new_text())))
    with sqlite3.connect(path) as connection:
        columns = connection.execute("PRAGMA table_info(api_keys)").fetchall()
    connection.close()
    fields = {*msgspec.structs.asdict(BARE.key), "digest"}
    assert {name for _, name, *_ in columns} == fields
