"""The database: made, brought up to date, refused."""

import os
import sqlite3
import stat
from pathlib import Path

import pytest
import sqlalchemy as sa

from opentape.market.errors import BadFile, BadSetting
from opentape.store.appdb.engine import FILE, open_database, open_file, open_url, writing
from opentape.store.appdb.migrations import MIGRATIONS, migrate
from opentape.store.appdb.schema import KEYS, METADATA, USES
from opentape.store.options import StoreOptions


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "folder" / "x.db"


def version(path: Path) -> list[tuple[int]]:
    connection = sqlite3.connect(path)
    found = connection.execute("SELECT version FROM schema_version").fetchall()
    connection.close()
    return found


def test_a_new_database_is_up_to_date_and_private(path: Path) -> None:
    open_file(path)
    assert version(path) == [(len(MIGRATIONS),)]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_opening_again_changes_nothing(path: Path) -> None:
    open_file(path).dispose()
    before = path.read_bytes()
    open_file(path).dispose()
    assert path.read_bytes() == before


def test_settings_name_a_folder_or_a_url(tmp_path: Path) -> None:
    open_database(StoreOptions(folder=str(tmp_path / "a")))
    assert (tmp_path / "a" / FILE).is_file()
    url = f"sqlite:///{tmp_path / 'b.db'}"
    open_database(StoreOptions(folder=str(tmp_path / "c"), database=url))
    assert version(tmp_path / "b.db") == [(len(MIGRATIONS),)]
    assert not (tmp_path / "c").exists()


def test_a_tilde_is_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    open_database(StoreOptions(folder="~/there"))
    assert (tmp_path / "there" / FILE).is_file()


def test_sqlite_is_set_up_for_several_processes(path: Path) -> None:
    engine = open_file(path)
    with engine.connect() as connection:
        asked = ("journal_mode", "foreign_keys", "busy_timeout")
        found = [connection.scalar(sa.text(f"PRAGMA {name}")) for name in asked]
    assert found == ["wal", 1, 5_000]


def test_foreign_keys_hold(path: Path) -> None:
    orphan = sa.insert(USES).values(key_id="none", day=sa.func.current_date(), requests=1)
    with pytest.raises(sa.exc.IntegrityError), writing(open_file(path)) as connection:
        connection.execute(orphan)


def test_the_migrations_make_the_schema(path: Path) -> None:
    found = sa.MetaData()
    found.reflect(open_file(path))
    assert set(found.tables) == set(METADATA.tables)
    for name, table in METADATA.tables.items():
        assert [
            (c.name, c.nullable, c.primary_key, str(c.type)) for c in found.tables[name].c
        ] == [(c.name, c.nullable, c.primary_key, str(c.type)) for c in table.c]


def test_a_newer_database_is_refused_and_left_alone(path: Path) -> None:
    engine = open_file(path)
    with writing(engine) as connection:
        connection.execute(sa.text("UPDATE schema_version SET version = 99"))
    engine.dispose()
    with pytest.raises(BadFile, match=r"version 1 or older, was 99: a newer opentape"):
        open_file(path)
    assert version(path) == [(99,)]


def test_a_migration_that_fails_leaves_nothing_behind(path: Path) -> None:
    engine = open_file(path)

    def half(connection: sa.Connection) -> None:
        connection.execute(sa.text("CREATE TABLE half (a)"))
        raise OSError("in the middle")

    def fail() -> None:
        with writing(engine) as connection:
            migrate(connection, [*MIGRATIONS, half])

    with pytest.raises(OSError, match="middle"):
        fail()
    assert version(path) == [(len(MIGRATIONS),)]
    assert "half" not in sa.inspect(engine).get_table_names()


def test_only_what_is_new_is_applied_in_order(path: Path) -> None:
    engine = open_file(path)
    done: list[int] = []
    steps = [*MIGRATIONS, lambda _: done.append(2), lambda _: done.append(3)]
    for _ in range(2):
        with writing(engine) as connection:
            assert migrate(connection, steps) == len(MIGRATIONS) + 2
    assert done == [2, 3]
    assert version(path) == [(len(MIGRATIONS) + 2,)]


def test_an_error_undoes_what_was_written(path: Path) -> None:
    engine = open_file(path)

    def fail() -> None:
        with writing(engine) as connection:
            row = {"id": "a", "digest": b"", "plan": "free", "label": "", "created_ns": 1}
            connection.execute(sa.insert(KEYS).values(row))
            raise OSError("no")

    with pytest.raises(OSError, match="no"):
        fail()
    with engine.connect() as connection:
        assert connection.execute(sa.select(KEYS)).all() == []


def test_files_that_are_none(tmp_path: Path) -> None:
    odd = tmp_path / "odd.db"
    odd.write_bytes(b"this is a text, not a database" * 100)
    with pytest.raises(BadFile, match=r"odd\.db cannot be used: file is not a database"):
        open_file(odd)
    with pytest.raises(BadFile, match="cannot be used: "):
        open_file(odd / "below.db")
    (tmp_path / "dir.db").mkdir()
    with pytest.raises(BadFile, match=r"dir\.db cannot be used"):
        open_file(tmp_path / "dir.db")


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "nodialect://u:pa55@h/n",
        "postgresql+nodriver://u:pa55@h/n",
        "sqlite:////no/pa55.db",
    ],
)
def test_urls_that_lead_nowhere_are_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(BadSetting, match=r"^store\.database ") as refused:
        open_url(url)
    assert "pa55" not in str(refused.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(BadFile, match="Permission denied"):
        open_file(tmp_path / "x.db")
