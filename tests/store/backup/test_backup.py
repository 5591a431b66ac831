"""What is kept comes back from a backup, into any database, or nothing changes."""

import datetime as dt
import fcntl
import hashlib
import shutil
import sqlite3
import subprocess
import tarfile
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
import sqlalchemy as sa

from conftest import DATABASES
from opentape.desk.keys.manage import Wish, make_key
from opentape.desk.keys.options import PlanOptions
from opentape.desk.keys.ports import Use
from opentape.market.errors import BadFile
from opentape.store.appdb.engine import open_database
from opentape.store.appdb.keys import SqlKeyStore
from opentape.store.backup.about import ABOUT, APPLICATION, LOCK, SUMS
from opentape.store.backup.backup import backup
from opentape.store.backup.package import checked
from opentape.store.backup.restore import restore
from opentape.store.options import StoreOptions

NOW_NS = 1_779_372_000 * 10**9
DAY = dt.date(2026, 5, 21)
FORMS = ("monday", "monday.tar", "monday.tar.gz")
UNREADABLE = Path("/proc/self/mem")
Contents = dict[str, object]


class Kept(NamedTuple):
    """An installation: a folder and a database."""

    folder: Path
    engine: sa.Engine

    @property
    def keys(self) -> SqlKeyStore:
        return SqlKeyStore(self.engine)

    def session(self, date: str, rows: int = 50) -> Path:
        folder = self.folder / "sessions" / date
        folder.mkdir(parents=True)
        with closing(sqlite3.connect(folder / "journal.db")) as journal:
            journal.execute("PRAGMA journal_mode = WAL")
            journal.execute("CREATE TABLE entries (number INTEGER PRIMARY KEY, body BLOB)")
            journal.executemany(
                "INSERT INTO entries VALUES (?, ?)", ((at, b"x" * at) for at in range(rows))
            )
            journal.commit()
        (folder / LOCK).write_bytes(b"mark")
        return folder

    def lake(self, date: str) -> Path:
        folder = self.folder / "sessions" / date
        (folder / "checkpoints").mkdir(parents=True)
        (folder / "prints.parquet").write_bytes(date.encode() * 1_000)
        (folder / "checkpoints" / "1031").write_bytes(b"state")
        (folder / ".half.part").write_bytes(b"not yet")
        return folder

    def contents(self) -> Contents:
        """Everything a backup is to bring back, to be compared."""
        found: Contents = {"keys": self.keys.kept(), "uses": self.keys.requests_on(DAY)}
        for path in sorted((self.folder / "sessions").glob("*/**/*")):
            name = str(path.relative_to(self.folder))
            if path.suffix == ".db":
                found[name] = entries(path)
            elif path.is_file() and path.suffix in {"", ".parquet"} and path.name != LOCK:
                found[name] = path.read_bytes()
        return found


def entries(path: Path) -> list[tuple]:
    with closing(sqlite3.connect(path)) as journal:
        return journal.execute("SELECT * FROM entries ORDER BY number").fetchall()


def opened(options: StoreOptions) -> Kept:
    return Kept(Path(options.folder), open_database(options))


def filled(options: StoreOptions) -> Kept:
    kept = opened(options)
    for label in ("one", "two ✓"):
        made = make_key(kept.keys, Wish(label=label), PlanOptions(), NOW_NS)
        kept.keys.note([Use(made.key.id, DAY, 7, NOW_NS)])
    kept.session("2026-05-20")
    kept.lake("2026-05-21")
    return kept


@pytest.fixture
def lite(new_database: Callable[[str], StoreOptions]) -> Kept:
    return filled(new_database("sqlite"))


@pytest.fixture
def other(new_database: Callable[[str], StoreOptions]) -> Kept:
    return opened(new_database("sqlite"))


def made(kept: Kept, path: Path):
    return backup(kept.engine, kept.folder, path, NOW_NS)


def put(kept: Kept, path: Path, *, force: bool = False):
    return restore(kept.engine, kept.folder, path, force=force)


@pytest.mark.parametrize("into", DATABASES)
@pytest.mark.parametrize("source", DATABASES)
@pytest.mark.parametrize("form", FORMS)
def test_all_comes_back_into_any_database(
    tmp_path: Path,
    new_database: Callable[[str], StoreOptions],
    form: str,
    source: str,
    into: str,
) -> None:
    kept, to = filled(new_database(source)), opened(new_database(into))
    changes = to.keys.changes()
    done = made(kept, tmp_path / form)
    assert put(to, tmp_path / form) == done
    assert to.contents() == kept.contents()
    assert to.keys.changes() > changes
    assert done.about.rows == 4
    assert done.about.sessions == ("2026-05-20", "2026-05-21")
    assert done.about.made == "2026-05-21T14:00:00+00:00"
    make_key(to.keys, Wish(), PlanOptions(), NOW_NS)


def test_an_empty_installation_comes_back_empty(tmp_path: Path, other: Kept) -> None:
    made(other, tmp_path / "b.tar")
    before = other.contents()
    put(other, tmp_path / "b.tar")
    assert other.contents() == before


def test_a_backup_is_its_owners_and_checked_by_other_tools(
    tmp_path: Path, lite: Kept
) -> None:
    made(lite, tmp_path / "backup")
    made(lite, tmp_path / "backup.tar")
    assert (tmp_path / "backup").stat().st_mode & 0o077 == 0
    assert (tmp_path / "backup.tar").stat().st_mode & 0o077 == 0
    command = ["sha256sum", "--strict", "-c", SUMS]
    subprocess.run(command, cwd=tmp_path / "backup", check=True, capture_output=True)  # noqa: S603
    assert sorted(path.name for path in tmp_path.glob("backup*")) == [
        "backup",
        "backup.tar",
    ]
    assert [*tmp_path.glob(".*")] == []


def test_a_copy_needs_no_file_beside_it(tmp_path: Path, lite: Kept) -> None:
    made(lite, tmp_path / "b")
    names = [path.name for path in (tmp_path / "b").rglob("*") if path.is_file()]
    assert sorted(names) == sorted([
        ABOUT, SUMS, APPLICATION, "journal.db", "prints.parquet", "1031",
    ])  # fmt: skip


def test_servers_write_meanwhile(tmp_path: Path, lite: Kept) -> None:
    folder, over = lite.session("2026-05-22", rows=0), threading.Event()
    acknowledged = [0]

    def write() -> None:
        with closing(sqlite3.connect(folder / "journal.db")) as journal:
            while not over.is_set():
                row = (acknowledged[0], b"x" * 500)
                journal.execute("INSERT INTO entries VALUES (?, ?)", row)
                journal.commit()
                acknowledged[0] += 1
                make_key(lite.keys, Wish(), PlanOptions(), NOW_NS)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for at in range(5):
            before = acknowledged[0]
            made(lite, tmp_path / f"{at}")
            found = entries(tmp_path / f"{at}" / "sessions" / "2026-05-22" / "journal.db")
            assert [number for number, _ in found] == [*range(len(found))]
            assert before <= len(found) <= acknowledged[0] + 1
    finally:
        over.set()
        thread.join()


def test_a_session_is_compacted_meanwhile(tmp_path: Path, other: Kept) -> None:
    folder, over = other.session("2026-05-22"), threading.Event()
    stood = (folder / "journal.db").read_bytes()

    def compact() -> None:
        while not over.is_set():
            (folder / "prints.parquet").write_bytes(b"p" * 100_000)
            (folder / "journal.db").unlink()
            over.wait(0.05)
            (folder / ".new").write_bytes(stood)
            (folder / ".new").rename(folder / "journal.db")
            (folder / "prints.parquet").unlink()
            over.wait(0.05)

    thread = threading.Thread(target=compact)
    thread.start()
    try:
        for at in range(10):
            made(other, tmp_path / f"{at}")
            copied = tmp_path / f"{at}" / "sessions" / "2026-05-22"
            names = {path.name for path in copied.iterdir()}
            assert names in ({"journal.db"}, {"prints.parquet"}, {*names, "journal.db"})
            if "journal.db" in names:
                assert len(entries(copied / "journal.db")) == 50
            else:
                assert (copied / "prints.parquet").stat().st_size == 100_000
    finally:
        over.set()
        thread.join()


def test_a_damaged_journal_is_copied_as_it_is_and_told(tmp_path: Path, lite: Kept) -> None:
    journal = lite.folder / "sessions" / "2026-05-20" / "journal.db"
    journal.write_bytes(b"this is no database" * 100)
    done = made(lite, tmp_path / "b")
    assert done.damaged == ("2026-05-20/journal.db",)
    copied = tmp_path / "b" / "sessions" / "2026-05-20" / "journal.db"
    assert copied.read_bytes() == journal.read_bytes()


@pytest.mark.parametrize("form", FORMS)
def test_what_stands_there_is_not_replaced(tmp_path: Path, lite: Kept, form: str) -> None:
    (tmp_path / form).write_bytes(b"mine")
    with pytest.raises(
        BadFile, match=r"must be new, in a folder that exists, was .*monday"
    ):
        made(lite, tmp_path / form)
    with pytest.raises(BadFile, match="in a folder that exists"):
        made(lite, tmp_path / "none" / form)
    assert (tmp_path / form).read_bytes() == b"mine"


@pytest.mark.skipif(not UNREADABLE.exists(), reason="needs /proc")
@pytest.mark.parametrize("form", FORMS)
def test_what_fails_leaves_nothing(tmp_path: Path, lite: Kept, form: str) -> None:
    odd = lite.folder / "sessions" / "2026-05-21" / "odd"
    odd.symlink_to(UNREADABLE)
    with pytest.raises((OSError, BadFile), match="error"):
        made(lite, tmp_path / form)
    assert [each for each in tmp_path.iterdir() if each != lite.folder] == []


def test_nothing_is_replaced_unless_it_is_said(tmp_path: Path, lite: Kept) -> None:
    made(lite, tmp_path / "b")
    make_key(lite.keys, Wish(label="later"), PlanOptions(), NOW_NS)
    lite.lake("2026-05-22")
    before = lite.contents()
    with pytest.raises(BadFile, match=r"with --force; there are 5 rows .* and 3 sessions"):
        put(lite, tmp_path / "b")
    assert lite.contents() == before
    put(lite, tmp_path / "b", force=True)
    after = lite.contents()
    assert len(after["keys"]) == 2
    assert not any("2026-05-22" in name for name in after)
    assert [*lite.folder.glob(".*")] == []


def flip(path: Path, at: int) -> None:
    body = bytearray(path.read_bytes())
    body[at] ^= 1
    path.write_bytes(body)


NAMES = [
    ABOUT,
    APPLICATION,
    "sessions/2026-05-20/journal.db",
    "sessions/2026-05-21/prints.parquet",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_flipped_bit_is_found_and_named(
    tmp_path: Path, lite: Kept, other: Kept, name: str
) -> None:
    made(lite, tmp_path / "b")
    whole = tmp_path / "b" / name
    flip(whole, whole.stat().st_size // 2)
    before = other.contents()
    with pytest.raises(BadFile, match=f"damaged: {name} is not what was written"):
        put(other, tmp_path / "b")
    assert other.contents() == before
    assert not (other.folder / "sessions").exists()


def test_no_flipped_bit_of_the_hashes_goes_unseen(tmp_path: Path, lite: Kept) -> None:
    made(lite, tmp_path / "b")
    sums = tmp_path / "b" / SUMS
    whole = sums.read_bytes()
    for at in range(len(whole)):
        flip(sums, at)
        with pytest.raises(BadFile):
            checked(tmp_path / "b")
        sums.write_bytes(whole)
    assert checked(tmp_path / "b").files == 5


def lacks(folder: Path) -> None:
    (folder / NAMES[-1]).unlink()


def has_more(folder: Path) -> None:
    (folder / "sessions" / "2026-05-20" / "more").write_bytes(b"")


def is_of_another(folder: Path) -> None:
    (folder / SUMS).unlink()


def is_newer(folder: Path) -> None:
    about = msgspec.json.decode((folder / ABOUT).read_bytes())
    (folder / ABOUT).write_bytes(msgspec.json.encode(about | {"format": 99}))
    sum_again(folder, ABOUT)


def has_newer_tables(folder: Path) -> None:
    with closing(sqlite3.connect(folder / APPLICATION)) as database:
        database.execute("UPDATE alembic_version SET version_num = 'f00d'")
        database.commit()
    sum_again(folder, APPLICATION)


def sum_again(folder: Path, name: str) -> None:
    digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    lines = (folder / SUMS).read_text().splitlines()
    fresh = [f"{digest}  {name}" if line.endswith(f"  {name}") else line for line in lines]
    (folder / SUMS).write_text("\n".join(fresh) + "\n")


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (lacks, f"differs in {NAMES[-1]}"),
        (has_more, "differs in sessions/2026-05-20/more"),
        (is_of_another, f"must have a {SUMS}"),
        (is_newer, "format 1 or older, was 99"),
        (has_newer_tables, "was f00d: a newer opentape"),
        (shutil.rmtree, "there is no backup"),
    ],
)
def test_a_backup_that_is_none_changes_nothing(
    tmp_path: Path,
    lite: Kept,
    other: Kept,
    broken: Callable[[Path], None],
    said: str,
    force: bool,  # noqa: FBT001
) -> None:
    made(lite, tmp_path / "b")
    broken(tmp_path / "b")
    kept = lite if force else other
    before = kept.contents()
    with pytest.raises(BadFile, match=said):
        put(kept, tmp_path / "b", force=force)
    assert kept.contents() == before
    assert [*kept.folder.glob(".*")] == []


@pytest.mark.parametrize("form", FORMS[1:])
def test_a_torn_archive_is_refused(
    tmp_path: Path, lite: Kept, other: Kept, form: str
) -> None:
    whole = tmp_path / form
    made(lite, whole)
    body = whole.read_bytes()
    for share in (0.0, 0.1, 0.5, 0.9):
        whole.write_bytes(body[: int(len(body) * share)])
        with pytest.raises(BadFile):
            put(other, whole)
    whole.write_bytes(b"no archive at all")
    with pytest.raises(BadFile, match="cannot be unpacked"):
        put(other, whole)
    assert not (other.folder / "sessions").exists()


def test_an_archive_cannot_write_elsewhere(tmp_path: Path, other: Kept) -> None:
    (tmp_path / "evil").write_text("evil")
    with tarfile.open(tmp_path / "b.tar", "w") as archive:
        archive.add(tmp_path / "evil", "../../evil")
    with pytest.raises(BadFile, match="cannot be unpacked"):
        put(other, tmp_path / "b.tar")


def test_a_session_that_is_written_is_not_replaced(tmp_path: Path, lite: Kept) -> None:
    made(lite, tmp_path / "b")
    before = lite.contents()
    with (lite.folder / "sessions" / "2026-05-20" / LOCK).open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(BadFile, match=r"was 2026-05-20: stop the server first"):
            put(lite, tmp_path / "b", force=True)
    assert lite.contents() == before
    put(lite, tmp_path / "b", force=True)
