"""What was acknowledged stands, once, whatever happens to the process or its disk."""

import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from opentape.market.contract import Contracts
from opentape.market.errors import BadFile, StoreFailed
from opentape.store.sessions import SessionFolder
from store.journal.child import FLAG
from store.journal.forked import asked, started, told
from store.journal.made import DATE, FEED, numbered, same, written

SHIM = """
#include <errno.h>
#include <unistd.h>
int fsync(int file) { return access(FLAG, F_OK) ? 0 : (errno = EIO, -1); }
int fdatasync(int file) { return fsync(file); }
"""
"""A disk that fails to flush while a file stands."""


@pytest.fixture(scope="module")
def forking():
    with started() as process:
        yield process


def check(folder, first, acknowledged):
    """Read entries from a number on: none is missing, doubled or different."""
    session = SessionFolder(folder).stored(DATE)
    found = list(session.entries(first))
    assert same(
        found, [numbered(entry, Contracts()) for entry in range(first, session.end)]
    )
    assert session.end >= acknowledged
    return session


def test_killed_at_any_instant(forking, tmp_path, request) -> None:
    """Every acknowledged entry is there, and none is twice."""
    instants = random.Random(11)
    end, kills = 0, request.config.getoption("--kills")
    for _ in range(kills):
        pid = asked(forking, "write", tmp_path)
        time.sleep(instants.random() * 0.15)
        os.kill(pid, signal.SIGKILL)
        numbers = [int(line) for line in told(forking)]
        assert numbers == list(range(end, end + len(numbers))) or numbers[0] == end + 1
        acknowledged = numbers[-1] + 1 if numbers else end
        # of a session that had not begun there is nothing to read
        if SessionFolder(tmp_path).dates():
            end = check(tmp_path, end, acknowledged).end
    session = check(tmp_path, 0, end)
    assert end > kills
    assert [one.entry for one in session.recorded()] == list(range(end))


def test_a_second_process_is_refused_and_may_read(forking, tmp_path) -> None:
    pid = asked(forking, "write", tmp_path)
    assert forking.stdout.readline() == "0\n"
    sessions = SessionFolder(tmp_path)
    with pytest.raises(BadFile, match="another one writes"):
        sessions.journal(DATE, FEED)
    assert sum(1 for _ in sessions.stored(DATE).entries()) >= 1
    os.kill(pid, signal.SIGKILL)
    acknowledged = 1 + sum(1 for _ in told(forking))
    journal = sessions.journal(DATE, FEED)
    assert journal.end >= acknowledged
    with pytest.raises(BadFile, match="another one writes"):
        sessions.journal(DATE, FEED)
    journal.close()


def test_a_full_disk(forking, tmp_path) -> None:
    """Nothing is lost, what does not fit is refused, and it goes on when there is room."""
    asked(forking, "fill", tmp_path)
    (line,) = told(forking)
    full, read, end, said = line.split(maxsplit=3)
    assert int(full) == int(read) == int(end) - 20 > 20
    assert "journal.db cannot be written" in said
    assert check(tmp_path, 0, int(end)).end == int(end)


def test_a_folder_that_may_only_be_read(forking) -> None:
    folder = Path("/tmp") / f"opentape-{os.getpid()}"  # noqa: S108 - where nobody may look
    try:
        folder.mkdir()
        written(folder, 5)
        for path in [folder, *folder.rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        asked(forking, "read_only", folder)
        (line,) = told(forking)
    finally:
        for path in [folder, *folder.rglob("*")]:
            path.chmod(0o700)
        shutil.rmtree(folder)
    assert line.startswith("5 ")
    assert "cannot be written" in line


def test_no_place_for_a_session(tmp_path) -> None:
    (tmp_path / "sessions").write_text("a file")
    with pytest.raises(StoreFailed, match="cannot be made"):
        SessionFolder(tmp_path).journal(DATE, FEED)


def test_a_disk_that_does_not_flush(tmp_path) -> None:
    """What could not be flushed was not taken; what was taken before and after stands."""
    if not (compiler := shutil.which("cc")):
        pytest.skip("needs a C compiler, to come between SQLite and the disk")
    source, shim = tmp_path / "shim.c", tmp_path / "shim.so"
    source.write_text(SHIM)
    flag = f'-DFLAG="{tmp_path / FLAG}"'
    command = [compiler, "-shared", "-fPIC", flag, "-o", str(shim), str(source)]
    subprocess.run(command, check=True)  # noqa: S603 - our own
    with started("env", f"LD_PRELOAD={shim}") as process:
        asked(process, "unflushed", tmp_path)
        (line,) = told(process)
    read, end, said = line.split(maxsplit=2)
    assert (read, end) == ("5", "10")
    assert "SQLITE_IOERR_FSYNC" in said
    assert check(tmp_path, 0, 10).end == 10
