"""The stream's log: any reader finds every frame once, from any cursor on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentape.desk.engine.log import Frame, StreamLog


def frames(first, count):
    numbers = range(first, first + count)
    rest = {"ticker": "SPY", "premium": 1.0, "side": "ASK", "kind": "SWEEP"}
    return [Frame(b"%d" % n, str(n), 50, **rest, oi_known=True) for n in numbers]


@given(st.lists(st.integers(1, 40), max_size=30), st.integers(0, 200))
def test_a_reader_sees_every_frame_that_is_held_once(batches, start):
    log = StreamLog("run", held=64)
    for size in batches:
        log.append(frames(log.end, size))
    total = sum(batches)
    assert log.end == total
    assert total - log.first <= max(128, 0)
    seen, at = [], start
    while at < log.end:
        first, found = log.read(at, 7)
        seen += [int(frame.body) for frame in found]
        at = first + len(found)
    assert seen == list(range(max(start, log.first), total))


def test_a_cursor_names_the_frame_after_it():
    log = StreamLog("run")
    log.append(frames(0, 3))
    assert [log.after(log.cursor(number)) for number in range(3)] == [1, 2, 3]


def test_the_cursor_before_every_frame_is_known():
    """It is what a stream tells a client whose own cursor is of no use."""
    log = StreamLog("run")
    assert log.after(log.cursor(-1)) == 0


@pytest.mark.parametrize(
    "cursor",
    ["", "run", "run.", "run.3", "run.-2", "other.-1", "run.x", "run." + "1" * 5_000],
)
def test_a_cursor_of_nothing_is_known_as_such(cursor):
    log = StreamLog("run")
    log.append(frames(0, 3))
    assert log.after(cursor) is None


def test_listeners_are_told_after_the_frames_are_there():
    log, seen = StreamLog("run"), []
    log.listen(lambda: seen.append(log.end))
    log.append(frames(0, 2))
    log.append(frames(2, 1))
    assert seen == [2, 3]
