"""Whenever compaction is killed, the session stands whole: as journal or in the lake."""

import os
import random
import shutil
import signal
import time

import pytest

from opentape.store.sessions import SessionFolder
from store.journal.forked import asked, started, told
from store.journal.made import DATE, same, written

KILLS = 8


@pytest.fixture(scope="module")
def forking():
    with started() as process:
        yield process


def test_killed_at_any_instant(forking, tmp_path) -> None:
    kept = written(tmp_path / "made", 30, 60)
    sessions = SessionFolder(tmp_path / "here")
    folder = tmp_path / "here" / "sessions"
    shutil.copytree(tmp_path / "made" / "sessions", folder)
    began = time.monotonic()
    pid = asked(forking, "compact", tmp_path / "here")
    assert forking.stdout.readline() == "compacted\n"
    whole = time.monotonic() - began
    os.kill(pid, signal.SIGKILL)
    assert list(told(forking)) == []
    instants = random.Random(4)
    outcomes = set()
    for _ in range(KILLS):
        shutil.rmtree(folder)
        shutil.copytree(tmp_path / "made" / "sessions", folder)
        pid = asked(forking, "compact", tmp_path / "here")
        instant = instants.random() * whole
        time.sleep(instant)
        os.kill(pid, signal.SIGKILL)
        if done := bool(list(told(forking))):
            whole = instant
        outcomes.add(done)
        assert same(sessions.stored(DATE).entries(), kept)
        assert list(sessions.verify(DATE)) == []
        sessions.compact(DATE)
        assert same(sessions.stored(DATE).entries(), kept)
        assert not (folder / DATE.isoformat() / ".lake").exists()
    assert False in outcomes
