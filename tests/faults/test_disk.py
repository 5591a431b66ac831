"""A disk that is full, or may only be read: ingest stops, what was said stands."""

import resource
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from faults import kills, playing
from faults.pressed import Pressed
from faults.table import Row
from opentape.api.watch.ready import readiness
from opentape.desk.engine.engine import Engine
from opentape.desk.past.past import Past
from opentape.market.errors import NotReady, StoreFailed
from opentape.store.sessions import SessionFolder

SHARE = 0.7
"""How much of a session there is room for."""
ENOUGH = 20
"""Entries of a session that has begun."""


@contextmanager
def limited(room: int, _: Path) -> Iterator[None]:
    """Let no file of this process grow beyond a size."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def small(room: int, folder: Path) -> Iterator[None]:
    """Keep sessions on a small file system, all but some of which is in use."""
    size, filler = 8 * room, folder / "sessions" / "filler"
    mounted(folder, "-t", "tmpfs", "-o", f"size={size}", "tmpfs")
    filler.write_bytes(bytes(size - room))
    try:
        yield
    finally:
        filler.unlink()


def mounted(folder: Path, *how: str) -> None:
    """Mount something where sessions are kept; skip where that may not be."""
    place = folder / "sessions"
    place.mkdir(exist_ok=True)
    command = ["mount", *how, str(place)]
    if subprocess.run(command, check=False, capture_output=True).returncode:  # noqa: S603
        pytest.skip("a file system of its own needs root, which this is not")


@pytest.fixture
def folder(tmp_path) -> Iterator[Path]:
    """Where something may be mounted."""
    yield tmp_path
    place = tmp_path / "sessions"
    while place.is_mount():
        subprocess.run(["umount", "-l", str(place)], check=True)  # noqa: S603, S607


@pytest.fixture(params=[limited, small])
def no_room(request, clean, undisturbed) -> partial:
    """Leave room for a part of a session."""
    assert clean.answers
    (whole, *_) = sorted(undisturbed.rglob("journal.db"))
    return partial(request.param, round(SHARE * whole.stat().st_size))


def test_a_full_disk(no_room, market, clean, folder, capsys, note) -> None:
    """It stops loudly, answers go on, and with room again it goes on behind the last."""
    ends = [0]
    with no_room(folder):
        feed = Pressed(market, kills.RATE, 8)
        engine = playing.started(feed, folder, market, ends.append)
        stopped(engine)
        assert "cannot be written" in str(engine.failure)
        assert "the engine stopped" in capsys.readouterr().out
        still_answers(engine, clean, folder, ends[-1])
    engine.stop()
    again = playing.play(market, folder, playing.Way(kills.AT_ONCE, 9))
    outcome = kills.checked(market, clean, folder, [again])
    assert (outcome[2:5], outcome.told) == ((0, 0, 0), [])
    disk = (
        "a file system that is full"
        if no_room.func is small
        else "a file that may not grow"
    )
    told = "ingest stops, answers go on; with room, gone on behind the last entry"
    note(Row(disk, 1, told, 0, 0, 0))


def stopped(engine: Engine) -> None:
    """Wait until an engine has stopped by itself, and see that it is not ready then."""
    while engine.alive:
        time.sleep(0.01)
    assert isinstance(engine.failure, StoreFailed)
    with pytest.raises(NotReady, match="the engine failed"):
        readiness(engine)


def still_answers(
    engine: Engine, clean: kills.Clean, folder: Path, acknowledged: int
) -> None:
    """See that what was kept can be read, and that no more than that is shown."""
    sessions = SessionFolder(folder)
    kept = list(sessions.stored(sessions.dates()[0]).entries())
    assert len(kept) == acknowledged
    seen = engine.market
    assert set(seen.names) == {"SPY", "NVDA"}
    assert seen.tape.rows_total <= kept[-1].delivered.prints
    past = Past(sessions, playing.OPTIONS, Pressed.name)
    for question in clean.ask[::15]:
        at_ns = playing.instant(seen, question)
        answer = playing.asked(seen, question)
        assert playing.asked(past.until(at_ns), question) == answer


@pytest.mark.long
def test_a_disk_that_may_only_be_read(market, clean, folder, note) -> None:
    """A session is not begun there, nor gone on with, and answers for then are given."""
    mounted(folder, "-t", "tmpfs", "-o", "size=64m", "tmpfs")
    ends: list[int] = []
    feed = Pressed(market, kills.AT_ONCE, 8)
    engine = playing.started(feed, folder, market, ends.append)
    while engine.alive and len(ends) < ENOUGH:
        time.sleep(0.001)
    engine.stop()
    seen = engine.market
    mounted(folder, "-o", "remount,ro")
    with pytest.raises(StoreFailed, match="cannot be written"):
        playing.started(feed, folder, market, ends.append)
    past = Past(SessionFolder(folder), playing.OPTIONS, Pressed.name)
    for question in clean.ask[::30]:
        answer = playing.asked(seen, question)
        at_ns = playing.instant(seen, question)
        assert playing.asked(past.until(at_ns), question) == answer
    mounted(folder, "-o", "remount,rw")
    again = playing.play(market, folder, playing.Way(kills.AT_ONCE, 9))
    outcome = kills.checked(market, clean, folder, [again])
    assert (outcome[2:5], outcome.told) == ((0, 0, 0), [])
    note(
        Row(
            "a disk that may only be read",
            1,
            "refused; answers for then are given",
            0,
            0,
            0,
        )
    )
