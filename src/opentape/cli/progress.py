"""How far a tape has been read: a bar on a terminal, a line every few seconds elsewhere."""

import threading
from collections.abc import Callable
from time import monotonic
from types import TracebackType
from typing import Final, NamedTuple, Protocol, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from opentape.cli.arguments import Run

PATIENCE_S: Final = 1.0
"""Shorter work than this shows nothing."""
SILENCE_S: Final = 1.5
"""Without news for this long we say what else may be going on."""
LINE_S: Final = 5.0
_TICK_S: Final = 0.2
_BAR, _SHORT = 30, 5
"""Widest and narrowest bar."""
_MINUTE: Final = 60
_HOUR: Final = 3600
_NOTHING: Final = Group()


class Reading(Protocol):
    """A tape, as far as progress cares."""

    @property
    def rows_total(self) -> int | None:
        """How many rows it holds, None where only reading it would tell."""
        ...

    @property
    def share_read(self) -> float:
        """How much of it has been read, 0 to 1."""
        ...


class Ahead:
    """Work whose rows are known before it begins; fills `progress.Reading`."""

    def __init__(self, rows: int) -> None:
        self._rows = rows

    @property
    def rows_total(self) -> int | None:
        """How many rows there will be."""
        return self._rows

    @property
    def share_read(self) -> float:
        """Nothing, before the first rows."""
        return 0.0


class Work(NamedTuple):
    """What is told of the work."""

    begins: str
    """Before the first rows."""
    did: str
    """To rows."""
    share: str
    """What the share of the work is."""
    ends: str


FOLDING: Final = Work(
    "looking through the tape", "folded", "read", "all of the tape is read"
)
WALKING: Final = Work("opening the sessions", "folded", "done", "adding up")
MAKING: Final = Work("laying out the market", "made", "done", "writing the rest")


class Standing(NamedTuple):
    """How far the work has come."""

    rows: int
    share: float
    per_second: float
    """Rows a second since the first of them came, 0 until more did."""
    left_s: float | None
    silent_s: float
    """Since the last news."""
    saying: str


class Progress:
    """Tells standard error how far a tape is, from a thread of its own.

    Parameters
    ----------
    tape
        Asked for how much of it has been read.
    run
        Asked after each batch whether to go on.
    work
        The words that it is told in.
    clock
        Seconds that never go back.
    """

    def __init__(
        self,
        tape: Reading,
        console: Console,
        run: Run,
        *,
        quiet: bool = False,
        work: Work = FOLDING,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.run = run
        self._work = work
        self._tape = tape
        self._console = console
        self._quiet = quiet
        self._clock = clock
        self._began = self._news = clock()
        self._rows = 0
        self._share: float = 0.0
        self._first: tuple[float, float, int] | None = None
        """When the first rows came, the share read then, and how many they were."""
        self._saying = ""
        self._done = threading.Event()
        self._thread: threading.Thread | None = None
        self._live: Live | None = None

    def __enter__(self) -> Self:
        """Begin to tell."""
        if self._quiet:
            return self
        if self._console.is_terminal:
            self._live = Live(
                console=self._console,
                get_renderable=self._bar,
                refresh_per_second=1 / _TICK_S,
                transient=True,
            )
            self._live.start()
        else:
            self._thread = threading.Thread(target=self._tell_lines, daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave no trace of a bar."""
        self.run.end()
        self._done.set()
        if self._live is not None:
            self._live.stop()
        if self._thread is not None:
            self._thread.join()

    @property
    def rows(self) -> int:
        """How many rows have been folded."""
        return self._rows

    def advance(self, rows: int) -> None:
        """Count rows that were folded."""
        self._rows += rows
        self._news = self._clock()
        self._first = self._first or (self._news, self._read(), rows)
        self.run.go_on()

    def say(self, what: str) -> None:
        """Tell what is being done after the last row."""
        self._saying = what
        self._news = self._clock()
        self.run.go_on()

    def standing(self) -> Standing:
        """Return how far the work has come."""
        now, share = self._clock(), self._read()
        if share != self._share:
            self._share, self._news = share, now
        speed, left = self._speed(now, share)
        return Standing(self._rows, share, speed, left, now - self._news, self._saying)

    def _read(self) -> float:
        """Return how much has been folded, or read where only that is known."""
        total = self._tape.rows_total
        if total and self._rows:
            return min(1.0, self._rows / total)
        return self._tape.share_read

    def _speed(self, now: float, share: float) -> tuple[float, float | None]:
        """Return rows a second and seconds left, both since the first rows came."""
        if self._first is None:
            return 0.0, None
        began, share_then, rows_then = self._first
        passed = now - began
        if passed <= 0 or share <= share_then:
            return 0.0, None
        left = passed * (1.0 - share) / (share - share_then)
        return (self._rows - rows_then) / passed, left

    def _bar(self) -> RenderableType:
        standing = self.standing()
        if self._clock() - self._began < PATIENCE_S:
            return _NOTHING
        words = described(standing, self._work)
        room = min(_BAR, self._console.width - len(words) - 3)
        line = Table.grid(padding=(0, 2))
        if room < _SHORT:
            line.add_row(words)
        else:
            line.add_row(
                ProgressBar(completed=standing.share, total=1.0, width=room), words
            )
        return line

    def _tell_lines(self) -> None:
        told, due = "", LINE_S
        while not self._done.wait(_TICK_S):
            standing = self.standing()
            line = described(standing, self._work)
            elapsed = self._clock() - self._began
            if line != told and (elapsed >= due or is_compiling(standing)):
                told, due = line, elapsed + LINE_S
                self._console.print(line, soft_wrap=True)


def is_compiling(standing: Standing) -> bool:
    """Return whether the fold has been given rows and has not come back with any."""
    return not standing.rows and standing.silent_s >= SILENCE_S


def described(standing: Standing, work: Work = FOLDING) -> str:
    """Return one line of how far the work has come.

    Examples
    --------
    >>> described(Standing(2_400_000, 0.25, 1.2e6, 6.0, 0.1, ""))
    'folded 2,400,000 rows, 1.2 M/s, 25 % read, 6 s left'
    """
    if standing.saying:
        return standing.saying
    if is_compiling(standing):
        return "compiling kernels (first run only)"
    share = f"{100 * standing.share:.0f} %"
    if not standing.rows:
        return f"{work.begins}, {share}"
    told = [f"{work.did} {standing.rows:,} rows"]
    if standing.share >= 1.0:
        return f"{told[0]}, {work.ends}"
    if standing.per_second:
        told.append(rate(standing.per_second))
    told.append(f"{share} {work.share}")
    if standing.left_s is not None:
        told.append(f"{duration(standing.left_s)} left")
    return ", ".join(told)


def rate(per_second: float) -> str:
    """Return rows a second for people: ``1.2 M/s``."""
    for unit, name in ((1e6, "M/s"), (1e3, "K/s")):
        if per_second >= unit:
            return f"{per_second / unit:.1f} {name}"
    return f"{per_second:.0f} /s"


def duration(seconds: float) -> str:
    """Return a duration for people.

    Examples
    --------
    >>> duration(12.3), duration(95), duration(3700)
    ('12 s', '1 min 35 s', '1 h 1 min')
    """
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"
