"""A simulated day as a vendor would deliver it, its truth in a folder beside it."""

import datetime as dt
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from opentape.market.calendar import NEW_YORK, iso
from opentape.market.errors import BadFile
from opentape.simulation.customers import book
from opentape.simulation.customers.structures import NAMES
from opentape.simulation.day import Snapshot
from opentape.simulation.market import Session
from opentape.simulation.options import MarketOptions
from opentape.simulation.records import Delivered, Fault, Truth
from opentape.simulation.world.names import names_of
from opentape.simulation.world.stock import StockPrints
from opentape.store.aside import writing
from opentape.store.market import days
from opentape.store.market.chains import write_interest, write_snapshot
from opentape.store.market.stock import stock_file
from opentape.store.market.tables import (
    write_daily,
    write_earnings,
    write_macro,
    write_sectors,
)
from opentape.store.market.tape import tape_file
from opentape.store.market.truth import TruthWriter

_NOT_SETTLED: Final = -1
_FILES: Final = (
    days.ABOUT,
    days.TAPE,
    days.STOCK,
    days.INTEREST,
    days.NEXT_INTEREST,
    days.DAILY,
    days.MACRO,
    days.EARNINGS,
    days.SECTORS,
)
_FOLDERS: Final = (days.CHAINS, "truth", "formats")


class About(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a day was made: `market.json`."""

    version: str
    """Of the package that made it."""
    date: dt.date
    open: str
    close: str
    symbols: tuple[str, ...]
    prints: int
    """What was asked for."""
    seed: int
    faults: Mapping[str, float]
    """Rate of each kind that was asked for."""
    snapshot_minutes: int = 30
    """Between two snapshots of the chain; left out where it is 30."""
    edge: float | None = None
    """Share of informed customers who know what comes; left out where it is 0."""


def prepare(folder: Path) -> None:
    """Make a folder for a market, or empty one that an earlier market stands in.

    Nothing goes but what a market is made of.

    Raises
    ------
    BadFile
        If it is a file, or holds what no simulated market has.
    """
    if folder.exists() and not folder.is_dir():
        raise BadFile(f"a market must be written to a folder, was {folder}")
    if folder.is_dir() and any(folder.iterdir()) and not _is_ours(folder):
        raise BadFile(
            f"a folder to write must be empty or hold a simulated market, was {folder}"
        )
    folder.mkdir(parents=True, exist_ok=True)
    _clear(folder)


def is_made(folder: Path, options: MarketOptions, *, version: str) -> bool:
    """Return whether a folder holds the whole of a market that has these options.

    Made by this version of the package, and without faults.
    """
    try:
        told = msgspec.json.decode((folder / days.ABOUT).read_bytes(), type=About)
    except (OSError, msgspec.DecodeError):
        return False
    symbols = tuple(name.symbol for name in names_of(options))
    return (
        told.version == version
        and (told.date, told.prints, told.seed)
        == (options.date, options.prints, options.seed)
        and (told.symbols, told.faults) == (symbols, {})
        and told.snapshot_minutes == options.snapshot_minutes
        and (told.edge or 0.0) == options.edge
    )


def remove(folder: Path) -> None:
    """Remove a market; a folder that holds anything else too is left as it is."""
    if folder.is_dir() and _is_ours(folder):
        _clear(folder)
        with suppress(OSError):
            folder.rmdir()


def _is_ours(folder: Path) -> bool:
    """Return whether nothing stands in a folder but what a market is made of."""
    return all(
        _is_ours(entry)
        if days.is_date(entry.name) and entry.is_dir()
        else entry.name in {*_FILES, *_FOLDERS} or entry.name.endswith(".part")
        for entry in folder.iterdir()
    )


def _clear(folder: Path) -> None:
    """Remove the files of an earlier market, and the folders that are empty then."""
    for day in [one for one in folder.iterdir() if days.is_date(one.name)]:
        _clear(day)
        with suppress(OSError):
            day.rmdir()
    # first of all what says that the folder is whole
    for name in _FILES:
        (folder / name).unlink(missing_ok=True)
    for name in _FOLDERS:
        for ending in ("parquet", "gz", "zst"):
            for old in (folder / name).glob(f"*.{ending}"):
                old.unlink()
        with suppress(OSError):
            (folder / name).rmdir()


class DayFolder:
    """The files of one session: enter it, write the day as it goes, `close` it, leave.

    A file that was written whole stays; what was growing when something went wrong leaves
    nothing, and `market.json` stands only in a folder that is whole.
    """

    def __init__(self, folder: Path, session: Session, about: About) -> None:
        self._folder = folder
        self._session = session
        self._about = about
        self._contracts = session.listing.contracts
        self._leaving = ExitStack()
        self._told = session.morning.open_interest
        self._snapshot: Future[None] | None = None
        """The last one that is being written."""

    def __enter__(self) -> Self:
        prepare(self._folder)
        (self._folder / days.CHAINS).mkdir(exist_ok=True)
        names = [name.symbol for name in self._session.scene.names]
        with ExitStack() as stack:
            self._tape = stack.enter_context(
                tape_file(self._folder / days.TAPE, self._contracts)
            )
            self._stock = stack.enter_context(stock_file(self._folder / days.STOCK, names))
            self._truth = stack.enter_context(
                TruthWriter(self._folder, NAMES, self._contracts)
            )
            self._aside = stack.enter_context(ThreadPoolExecutor(1))
            self._leaving = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._leaving.__exit__(kind, error, traceback)
        if kind is None:
            with writing(self._folder / days.ABOUT) as aside:
                text = msgspec.json.format(msgspec.json.encode(self._about), indent=2)
                aside.write_bytes(text + b"\n")

    def write_past(self) -> None:
        """Write what is known before the open: history, rates, reports, sectors."""
        session = self._session
        write_daily(self._folder / days.DAILY, session.past)
        write_macro(self._folder / days.MACRO, session.macro)
        write_earnings(self._folder / days.EARNINGS, session.reports)
        write_sectors(self._folder / days.SECTORS, session.scene.names)

    def write_interest(self, told: NDArray[np.int64]) -> None:
        """Write the morning's open interest as it is told; below 0 is not told."""
        self._told = told
        self._settled(days.INTEREST, told)

    def write_tape(self, delivered: Delivered) -> None:
        """Append rows of the tape."""
        self._tape.write(delivered)

    def write_truth(self, truth: Truth) -> None:
        """Append what is true of rows."""
        self._truth.write(truth)

    def write_snapshot(self, snapshot: Snapshot) -> None:
        """Write the chain at an instant, under the time of day in New York."""
        moment = dt.datetime.fromtimestamp(snapshot.ts_ns // 1_000_000_000, NEW_YORK)
        path = self._folder / days.CHAINS / f"{moment:%H%M}.parquet"
        self._settle_snapshot()
        self._snapshot = self._aside.submit(
            write_snapshot, path, snapshot, self._session.listing, self._told
        )

    def write_stock(self, prints: StockPrints) -> None:
        """Append prints of the underlyings."""
        self._stock.write(prints)

    def close(self, faults: Iterable[Fault], next_interest: NDArray[np.int64]) -> None:
        """Write what is known after the close."""
        self._settle_snapshot()
        session = self._session
        lives = session.lives_on()
        self._settled(days.NEXT_INTEREST, np.where(lives, next_interest, _NOT_SETTLED))
        self._truth.write_book(book.kept(session.morning, session.positions))
        self._truth.write_faults(faults)

    def _settle_snapshot(self) -> None:
        if self._snapshot is not None:
            self._snapshot.result()

    def _settled(self, name: str, open_interest: NDArray[np.int64]) -> None:
        place = np.flatnonzero(open_interest >= 0).astype(np.int32)
        write_interest(self._folder / name, self._contracts, place, open_interest[place])


def about(
    session: Session, options: MarketOptions, *, version: str, faults: Mapping[str, float]
) -> About:
    """Return how a session is made."""
    start, end = session.scene.session
    return About(
        version=version,
        date=session.date,
        open=iso(start),
        close=iso(end),
        symbols=tuple(name.symbol for name in session.scene.names),
        prints=options.prints,
        seed=session.scene.seed,
        faults=dict(sorted(faults.items())),
        snapshot_minutes=options.snapshot_minutes,
        edge=options.edge or None,
    )
