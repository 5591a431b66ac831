"""The database: made, brought up to date, refused."""

import os
import shutil
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from opentape.market.errors import BadFile, BadSetting
from opentape.store.appdb.engine import FILE, open_database, open_file, open_url, writing
from opentape.store.appdb.migrations import REVISIONS, migrate
from opentape.store.appdb.schema import KEYS, METADATA, USES
from opentape.store.options import StoreOptions

HEAD = "0004"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "folder" / "x.db"


def revision(engine: sa.Engine) -> str:
    with engine.connect() as connection:
        return connection.scalar(sa.text("SELECT version_num FROM alembic_version"))


def done(engine: sa.Engine, *statements: str) -> None:
    with writing(engine) as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


def tables(engine: sa.Engine) -> set[str]:
    return set(sa.inspect(engine).get_table_names())


@pytest.fixture
def before_alembic(database: StoreOptions) -> sa.Engine:
    """A database as the first version left it, with a key."""
    engine = open_database(database)
    first = ("changes", "api_keys", "api_key_uses")
    later = [one.name for one in METADATA.sorted_tables if one.name not in first]
    done(
        engine,
        *(f"DROP TABLE {name}" for name in reversed(later)),
        "DELETE FROM changes WHERE topic <> 'keys'",
        "DROP TABLE alembic_version",
        "CREATE TABLE schema_version (version INTEGER NOT NULL)",
        "INSERT INTO schema_version VALUES (1)",
    )
    row = {"id": "a", "digest": b"x", "plan": "free", "label": "", "created_ns": 1}
    with writing(engine) as connection:
        connection.execute(sa.insert(KEYS).values(row))
    return engine


def test_a_new_file_is_private(path: Path) -> None:
    open_file(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_new_database_is_up_to_date(database: StoreOptions) -> None:
    assert revision(open_database(database)) == HEAD


def test_opening_again_changes_no_byte(path: Path) -> None:
    open_file(path).dispose()
    before = path.read_bytes()
    open_file(path).dispose()
    assert path.read_bytes() == before


def test_what_is_kept_is_there_when_it_is_opened_again(database: StoreOptions) -> None:
    done(open_database(database), "UPDATE changes SET count = 7")
    with open_database(database).connect() as connection:
        assert connection.scalar(sa.text("SELECT min(count) FROM changes")) == 7


def test_settings_name_a_folder_or_a_url(tmp_path: Path) -> None:
    open_database(StoreOptions(folder=str(tmp_path / "a")))
    assert (tmp_path / "a" / FILE).is_file()
    url = f"sqlite:///{tmp_path / 'b.db'}"
    engine = open_database(StoreOptions(folder=str(tmp_path / "c"), database=url))
    assert (tmp_path / "b.db").is_file()
    assert revision(engine) == HEAD
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


def test_foreign_keys_hold(database: StoreOptions) -> None:
    engine = open_database(database)
    orphan = sa.insert(USES).values(key_id="none", day=sa.func.current_date(), requests=1)
    with pytest.raises(sa.exc.IntegrityError), writing(engine) as connection:
        connection.execute(orphan)


def test_the_revisions_make_the_schema(database: StoreOptions) -> None:
    with open_database(database).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_several_open_a_new_database_at_once(database: StoreOptions) -> None:
    with ThreadPoolExecutor(4) as pool:
        engines = list(pool.map(open_database, [database] * 4))
    assert {revision(engine) for engine in engines} == {HEAD}
    with engines[0].connect() as connection:
        counted = sa.text("SELECT count(*) FROM changes WHERE topic = 'keys'")
        assert connection.scalar(counted) == 1


@pytest.mark.usefixtures("before_alembic")
def test_a_database_from_before_alembic_is_taken_over(database: StoreOptions) -> None:
    for _ in range(2):
        engine = open_database(database)
        assert revision(engine) == HEAD
        assert tables(engine) == {*METADATA.tables, "alembic_version"}
        with engine.connect() as connection:
            assert connection.scalar(sa.select(KEYS.c.id)) == "a"


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE alembic_version SET version_num = 'f00d'", "was f00d"),
        ("CREATE TABLE schema_version AS SELECT 99 AS version", "was 99"),
    ],
)
def test_a_newer_database_is_refused_and_left_alone(
    database: StoreOptions, statement: str, said: str
) -> None:
    engine = open_database(database)
    done(engine, statement)
    before = (revision(engine), tables(engine))
    with pytest.raises(BadFile, match=rf"or older, {said}: a newer opentape wrote it"):
        open_database(database)
    assert (revision(engine), tables(engine)) == before


@pytest.fixture
def later(tmp_path: Path) -> Callable[..., Path]:
    """Make a folder of revisions with more of them, whose bodies are given."""

    def made(*bodies: str) -> Path:
        folder = shutil.copytree(REVISIONS, tmp_path / "revisions", dirs_exist_ok=True)
        for number, body in enumerate(bodies, start=int(HEAD) + 1):
            (folder / f"r{number:04}_later.py").write_text(
                "from alembic import op\n"
                f"revision, down_revision = '{number:04}', '{number - 1:04}'\n"
                f"def upgrade():\n    {body}\n"
            )
        return folder

    return made


def test_a_revision_that_fails_leaves_nothing_behind(
    database: StoreOptions, later: Callable[..., Path]
) -> None:
    engine = open_database(database)
    folder = later("op.execute('CREATE TABLE half (a INTEGER)')", "raise OSError('middle')")
    with pytest.raises(OSError, match="middle"), writing(engine) as connection:
        migrate(connection, folder)
    assert revision(engine) == HEAD
    assert "half" not in tables(engine)


def test_only_what_is_new_is_applied_in_order(
    database: StoreOptions, later: Callable[..., Path]
) -> None:
    engine = open_database(database)
    folder = later(
        "op.execute('UPDATE changes SET count = count * 2')",
        "op.execute('UPDATE changes SET count = count + 3')",
    )
    done(engine, "UPDATE changes SET count = 1")
    for _ in range(2):
        with writing(engine) as connection:
            assert migrate(connection, folder) == f"{int(HEAD) + 2:04}"
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT min(count) FROM changes")) == 5


def test_an_error_undoes_what_was_written(database: StoreOptions) -> None:
    engine = open_database(database)

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
        "postgresql+psycopg://u:pa55@127.0.0.1:1/n",
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
