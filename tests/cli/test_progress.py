"""Progress: silent when quiet or short, honest about compiling, speed and time left."""

import io
import time

import pytest
from rich.console import Console

from opentape.cli import progress
from opentape.cli.arguments import Run
from opentape.cli.progress import Progress, Standing, described, rate


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Tape:
    """A tape of which some has been read."""

    def __init__(self, rows_total: int | None = None) -> None:
        self.rows_total = rows_total
        self.share_read = 0.0


def test_speed_is_measured_from_the_first_rows_on():
    """What came before them, compiling above all, would slow it for ever."""
    clock, tape = Clock(), Tape()
    told = Progress(tape, Console(file=io.StringIO()), Run(), clock=clock)
    clock.now += 20
    tape.share_read = 0.1
    told.advance(1_000_000)
    clock.now += 2
    tape.share_read = 0.3
    told.advance(2_000_000)
    standing = told.standing()
    assert standing.per_second == pytest.approx(1_000_000)
    assert standing.left_s == pytest.approx(7.0)
    assert described(standing) == "folded 3,000,000 rows, 1.0 M/s, 30 % read, 7 s left"


def test_a_silence_before_the_first_rows_is_compiling():
    clock, tape = Clock(), Tape()
    told = Progress(tape, Console(file=io.StringIO()), Run(), clock=clock)
    tape.share_read = 0.4
    assert described(told.standing()) == "looking through the tape, 40 %"
    clock.now += 2
    assert described(told.standing()) == "compiling kernels (first run only)"
    tape.share_read = 0.5
    assert described(told.standing()) == "looking through the tape, 50 %"


def test_the_end():
    standing = Standing(5, 1.0, 0.0, None, 0.0, "")
    assert described(standing) == "folded 5 rows, all of the tape is read"
    assert described(standing._replace(saying="writing 2 signals")) == "writing 2 signals"
    assert [rate(n) for n in (5, 5_000, 5e6)] == ["5 /s", "5.0 K/s", "5.0 M/s"]


def test_rows_count_where_their_total_is_known():
    """A tape that is sorted has been read before any of it is folded."""
    told = Progress(Tape(rows_total=400), Console(file=io.StringIO()), Run())
    told._tape.share_read = 1.0
    told.advance(100)
    assert told.standing().share == pytest.approx(0.25)


def test_an_interrupt_that_got_lost_is_noticed_after_the_batch():
    run = Run()
    told = Progress(Tape(), Console(file=io.StringIO()), run)
    told.advance(10)
    run.interrupted = True
    with pytest.raises(KeyboardInterrupt):
        told.advance(10)
    with pytest.raises(KeyboardInterrupt):
        told.say("writing")


def test_short_work_says_nothing():
    said = io.StringIO()
    with Progress(Tape(), Console(file=said), Run()) as told:
        told.advance(10)
    assert said.getvalue() == ""


@pytest.mark.parametrize(
    ("quiet", "terminal"), [(True, False), (True, True), (False, False)]
)
def test_long_work_tells_lines_unless_quiet(monkeypatch, quiet, terminal):
    monkeypatch.setattr(progress, "LINE_S", 0.0)
    said = io.StringIO()
    console = Console(file=said, force_terminal=terminal)
    with Progress(Tape(), console, Run(), quiet=quiet) as told:
        told.advance(10)
        deadline = time.monotonic() + 10
        while not (quiet or said.getvalue()) and time.monotonic() < deadline:
            time.sleep(0.05)
    assert said.getvalue() == ("" if quiet else "folded 10 rows, 0 % read\n")


def test_a_bar_on_a_terminal_leaves_no_trace(monkeypatch):
    monkeypatch.setattr(progress, "PATIENCE_S", 0.0)
    said = io.StringIO()
    console = Console(file=said, force_terminal=True, width=100)
    tape = Tape()
    tape.share_read = 0.25
    with Progress(tape, console, Run()) as told:
        told.advance(10)
        time.sleep(0.5)
    assert "folded 10 rows" in said.getvalue()
    assert said.getvalue().endswith("\x1b[2K") or "\x1b[?25h" in said.getvalue()
