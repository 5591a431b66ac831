"""Arguments that several verbs take, each described once, and the run they are part of."""

import datetime as dt
import math
import re
import signal
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from types import FrameType
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import click

from opentape.market.errors import BadSetting

PATIENCE_S: Final = 15.0
"""After Ctrl-C, until it is raised once more."""
NEW_YORK: Final = ZoneInfo("America/New_York")
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND: Final = dt.timedelta(microseconds=1)
_CLOCK: Final = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?")

Moment = int | dt.time
"""Nanoseconds since 1970 UTC, or a time of day in New York on the tape's date."""
FILE: Final = click.Path(path_type=Path)


class Asked(NamedTuple):
    """Which tape to read, and how."""

    tapes: tuple[Path, ...]
    quotes: Path | None
    quiet: bool
    oi: Path | None = None
    chains: tuple[Path, ...] = ()
    spot: float | None = None
    config: Path | None = None
    start: Moment | None = None
    end: Moment | None = None
    session: dt.date | None = None
    """Read in place of tapes."""

    @property
    def files(self) -> list[Path | None]:
        """Every file that is read."""
        return [*self.tapes, *self.chains, self.oi, self.quotes, self.config]


class Run:
    """One run of the command: the file it has finished, and whether it was interrupted.

    Ctrl-C is remembered, because what it raises can be lost: libraries that look whether
    another one can be imported drop whatever happens meanwhile. It is raised once more
    if the run has not ended a moment later.
    """

    def __init__(self) -> None:
        self.written: Path | None = None
        self.interrupted = False
        self._again: threading.Timer | None = None

    @contextmanager
    def listening(self) -> Generator[None, None, None]:
        """Remember Ctrl-C, where it would be heard at all."""
        before = signal.getsignal(signal.SIGINT)
        heard = threading.current_thread() is threading.main_thread()
        if not heard or before is not signal.default_int_handler:
            yield
            return
        signal.signal(signal.SIGINT, self._hear)
        try:
            yield
        finally:
            self.end()
            signal.signal(signal.SIGINT, before)

    def go_on(self) -> None:
        """Say that work goes on, unless it was interrupted.

        Raises
        ------
        KeyboardInterrupt
            If it was.
        """
        if self.interrupted:
            raise KeyboardInterrupt

    def end(self) -> None:
        """Note that the interrupt was noticed, if there was one."""
        if self._again is not None:
            self._again.cancel()

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        self.end()
        self.interrupted = True
        main = threading.main_thread().ident or 0
        self._again = threading.Timer(
            PATIENCE_S, signal.pthread_kill, (main, signal.SIGINT)
        )
        self._again.daemon = True
        self._again.start()
        raise KeyboardInterrupt


def as_moment(
    _ctx: click.Context, _param: click.Parameter, value: str | None
) -> Moment | None:
    """Return what a text on the command line says.

    Raises
    ------
    BadParameter
        If it is neither of the two ways to write a moment.
    """
    try:
        return None if value is None else moment_of(value)
    except ValueError as error:
        raise click.BadParameter(
            "a time is ISO 8601 (2026-05-21T10:30:00-04:00), New York time where it names "
            f"no zone, or HH:MM[:SS] on the tape's date, was {value!r}"
        ) from error


def as_date(
    _ctx: click.Context, _param: click.Parameter, value: dt.datetime | None
) -> dt.date | None:
    """Return the date of what was given."""
    return value.date() if value else None


def moment_of(text: str) -> Moment:
    """Return what a text says.

    Examples
    --------
    >>> moment_of("2016-06-01T13:48:28.925Z"), moment_of("2016-06-01 09:48:28.925")
    (1464788908925000000, 1464788908925000000)
    >>> moment_of("9:48")
    datetime.time(9, 48)
    """
    if clock := _CLOCK.fullmatch(text.strip()):
        hour, minute, second, part = clock.groups()
        return dt.time(
            int(hour), int(minute), int(second or 0), int((part or "0").ljust(6, "0"))
        )
    told = dt.datetime.fromisoformat(text.strip())
    return instant_ns(told if told.tzinfo else told.replace(tzinfo=NEW_YORK))


def moment_text(moment: Moment | None) -> str | None:
    """Return a text that `moment_of` reads as the same moment.

    Examples
    --------
    >>> moment_text(1464788908925000000), moment_text(dt.time(9, 48))
    ('2016-06-01T13:48:28.925000+00:00', '09:48:00')
    """
    if isinstance(moment, int):
        return (_EPOCH + moment // 1_000 * _MICROSECOND).isoformat()
    return None if moment is None else moment.isoformat()


def instant_ns(told: dt.datetime) -> int:
    """Return a zoned datetime as nanoseconds since 1970 UTC, exactly."""
    return (told - _EPOCH) // _MICROSECOND * 1_000


def positive(text: str) -> float:
    """Return a number above 0.

    Raises
    ------
    BadParameter
        If the text is none.
    """
    given = number(text)
    if not (given > 0 and math.isfinite(given)):
        raise click.BadParameter(f"must be a number above 0, was {text!r}")
    return given


def number(text: str) -> float:
    """Return a number, NaN for what is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def unpacked(asked: Asked) -> Asked:
    """Return what was asked for with folders replaced by the files of a day in them.

    The open interest that stands beside a tape is read where no other was named.
    """
    folders = [path for path in asked.tapes if path.is_dir()]
    tapes = tuple(
        path / "tape.parquet" if path in folders else path for path in asked.tapes
    )
    beside = [folder / "oi.parquet" for folder in folders]
    interest = next((path for path in beside if path.is_file()), None)
    return asked._replace(tapes=tapes, oi=asked.oi or interest)


def check_out(out: Path | None, read: Sequence[Path | None]) -> None:
    """Refuse an output that could not be written, before hours of reading.

    Raises
    ------
    BadSetting
        If `out` has no folder, is one, or is a file that is read.
    """
    if out is None:
        return
    if not out.parent.is_dir():
        raise BadSetting(f"an output must stand in a folder that exists, was {out}")
    if out.is_dir():
        raise BadSetting(f"an output must be a file, was the folder {out}")
    for file in read:
        if file is not None and out.exists() and file.exists() and out.samefile(file):
            raise BadSetting(f"an output must not be a file that is read, was {out}")


TAPES: Final = click.argument("tapes", metavar="TAPE...", nargs=-1, type=FILE)
SESSION: Final = click.option(
    "--session",
    type=click.DateTime(["%Y-%m-%d"]),
    callback=as_date,
    metavar="DATE",
    help="The kept session of this trade date, in place of tapes.",
)
QUOTES: Final = click.option(
    "--quotes",
    type=FILE,
    metavar="FILE",
    help="Quotes to pair with Massive option trades, which carry none.",
)
INTEREST: Final = click.option(
    "--oi",
    type=FILE,
    metavar="FILE",
    help="The morning's settled open interest: Parquet, CSV or DBN statistics.",
)
CHAIN: Final = click.option(
    "--chain",
    "chains",
    type=FILE,
    multiple=True,
    metavar="FILE",
    help="A chain, for vols and greeks: any file `opentape chain` reads; may be repeated.",
)
CHAIN_SPOT: Final = click.option(
    "--spot",
    type=positive,
    metavar="X",
    help="Price of the underlying, for a --chain that tells none.",
)
CONFIG: Final = click.option(
    "--config",
    type=FILE,
    metavar="FILE",
    help="Settings (TOML); those not named keep their defaults.",
)
UNTIL: Final = click.option(
    "--to",
    "end",
    callback=as_moment,
    metavar="T",
    help="End the tape with this instant: later prints and cancels are not folded.",
)
QUIET: Final = click.option(
    "--quiet", "-q", is_flag=True, help="No progress and no summary, only the answer."
)


def reading(verb: Callable[..., None]) -> Callable[..., None]:
    """Add what each verb that folds a tape takes to read it, given to it as `asked`."""

    @wraps(verb)
    def gathered(**given: Any) -> None:
        found = {name: given.pop(name) for name in Asked._fields if name in given}
        asked = Asked(**found)
        if bool(asked.tapes) is (asked.session is not None):
            raise click.UsageError("What is read must be either TAPE... or a --session.")
        verb(asked=unpacked(asked), **given)

    for add in (QUIET, SESSION, CONFIG, CHAIN_SPOT, CHAIN, QUOTES, INTEREST):
        gathered = add(gathered)
    return gathered
