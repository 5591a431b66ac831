"""A market's folder played as if it were live."""

import datetime as dt
import hashlib
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from opentape.desk.ports import NOTHING_YET, Delivered, Fact, Tick
from opentape.feeds.market.pace import Pace
from opentape.feeds.market.rows import complaints
from opentape.feeds.market.snapshots import Snapshots
from opentape.feeds.market.stock import StockFile
from opentape.feeds.open_interest import read_open_interest
from opentape.feeds.tape import open_tape
from opentape.market.calendar import Span, day_of, trade_date
from opentape.market.chain import UNKNOWN_TIME, Chain
from opentape.market.columns import PrintBatch, StockBatch
from opentape.market.open_interest import OpenInterest

B = TypeVar("B", PrintBatch, StockBatch)


class MarketFiles(NamedTuple):
    """What is played; all but the tape may be missing."""

    tape: Path
    stock: Path | None = None
    chains: tuple[Path, ...] = ()
    interest: Path | None = None
    """Settled before the session."""
    title: str = "recorded market"
    """What it is, in a word or two."""


class PlayedMarket:
    """Prints, stock prints, chains and open interest of a folder; fills `desk.ports.Feed`.

    Open interest comes first, then the opening chain, then all else in order of time.
    Whatever is due is delivered in as few batches as its files are read in, so that the
    day so far is a few large ones. Of several snapshots that are due at once only the
    newest is delivered; one that is still being read holds no print up. Where instants are
    moved and the day so passes midnight in New York, open interest is told again, for the
    date that begins.

    When the folder has been played to its end, `over` says so. At a speed of its own the
    feed ends there. Moved to the wall clock it goes on with nothing but `Tick`: the day is
    not played again, as its sequences would repeat.

    Raises
    ------
    BadFile
        If a file is no such file.
    """

    def __init__(self, files: MarketFiles, pace: Pace) -> None:
        self._files = files
        self._pace = pace
        self._tape = open_tape([files.tape])
        self.contracts = self._tape.contracts
        self._stock = StockFile(files.stock) if files.stock else None
        self._snapshots = Snapshots(files.chains, self.contracts)
        self._prints = _Lane(self._tape.batches())
        stock = self._stock.batches() if self._stock else iter(())
        self._stock_prints: _Lane[StockBatch] = _Lane(stock)
        self._interest: OpenInterest | None = None
        self._day: Span | None = None
        """Of the instants delivered, where it may pass into another one."""
        self._chains_from_ns = 0
        self._stopped = threading.Event()

    @property
    def name(self) -> str:
        """What it is, in a word or two."""
        return self._files.title

    @property
    def identity(self) -> str:
        """The files, and how far their instants are moved."""
        files = self._files
        told = [files.tape, files.stock, files.interest, *files.chains]
        sizes = [f"{one.name}:{one.stat().st_size}" for one in told if one is not None]
        digest = hashlib.sha256("/".join(sizes).encode()).hexdigest()[:12]
        return f"{files.title} {files.tape.resolve().parent.name} {digest}" + (
            f" moved {self._pace.shift_ns}" if self._pace.shift_ns else ""
        )

    @property
    def date(self) -> dt.date:
        """The trade date of its first print, moved."""
        first = self._snapshots.first_ns or self._next_ns() or 0
        return trade_date(first + self._pace.shift_ns)

    @property
    def stocks(self) -> Sequence[str]:
        """Stock symbols, by the places that a `StockBatch` names; it only grows."""
        return self._stock.symbols if self._stock else ()

    @property
    def over(self) -> bool:
        """Whether everything has been delivered."""
        return self._next_ns() is None and self._snapshots.over

    def facts(self, after: Delivered = NOTHING_YET) -> Iterator[Fact]:
        """Yield facts behind what was taken, until the feed is over or `stop` was called.

        Raises
        ------
        BadFile
            If a file turns out to be damaged.
        """
        try:
            for fact in self._facts(after):
                if self._stopped.is_set():
                    break
                yield fact
        finally:
            self._prints.close()
            self._stock_prints.close()
            self._snapshots.close()

    def stop(self) -> None:
        """Make `facts` end soon; may be called from any thread."""
        self._stopped.set()

    def complaints(self) -> tuple[str, ...]:
        """Return a sentence for each reason that rows so far were skipped for."""
        told = complaints(self._tape.skips, self._tape.locate)
        return (*told, *(self._stock.rows.complaints() if self._stock else ()))

    def _facts(self, after: Delivered) -> Iterator[Fact]:
        yield from self._opening(after)
        yield from self._due(self._pace.now_ns(), wait=True)
        while not self._stopped.is_set():
            idle = True
            for fact in self._due(self._pace.now_ns(), wait=self._pace.patient):
                idle = False
                yield fact
            if idle:
                if self.over and not self._pace.endless:
                    return
                yield from self._passed()

    def _opening(self, after: Delivered) -> Iterator[Fact]:
        if self._files.interest is not None:
            self._interest, _ = read_open_interest(self._files.interest, self.contracts)
        elif self._tape.open_interest is not None:
            self._interest = self._tape.open_interest
        if self._interest is not None and not after.interest:
            yield self._interest
        # before the tape's own thread begins: places are then the same in every run
        chains = self._snapshots.opening()
        self._chains_from_ns = after.chain_ns
        yield from self._snapped(chains)
        instants = [] if after.chain_ns else [chain.as_of for chain in chains]
        self._prints.skip(after.prints)
        self._stock_prints.skip(after.stocks)
        next_ns = self._next_ns()
        if next_ns is not None:
            instants.append(next_ns)
        first = min(instants, default=after.chain_ns - self._pace.shift_ns)
        self._pace.begin(first)
        if self._pace.shift_ns and self._interest is not None:
            self._day = day_of(trade_date(first + self._pace.shift_ns))

    def _passed(self) -> Iterator[Tick]:
        """Wait a little, and tell what time it is then if nothing is due."""
        due_ns = self._next_ns()
        self._pace.wait(due_ns)
        now_ns = self._pace.now_ns()
        if due_ns is None or now_ns < due_ns:
            yield Tick(now_ns + self._pace.shift_ns)

    def _due(self, now_ns: int, *, wait: bool) -> Iterator[Fact]:
        shift_ns = self._pace.shift_ns
        if self._day is not None and now_ns + shift_ns >= self._day.end_ns:
            yield from self._until(self._day.end_ns - shift_ns - 1, wait=wait)
            self._day = day_of(trade_date(now_ns + shift_ns))
            if self._interest is not None and not self.over:
                yield self._interest
        yield from self._until(now_ns, wait=wait)

    def _until(self, now_ns: int, *, wait: bool) -> Iterator[Fact]:
        for chain in self._snapshots.take(now_ns, wait=wait):
            yield from self._traded(chain.as_of)
            yield from self._snapped([chain])
        yield from self._traded(now_ns)

    def _traded(self, now_ns: int) -> Iterator[PrintBatch | StockBatch]:
        for batch in self._prints.until(now_ns):
            yield batch._replace(ts_event=batch.ts_event + self._pace.shift_ns)
        for stock in self._stock_prints.until(now_ns):
            yield stock._replace(ts_event=stock.ts_event + self._pace.shift_ns)

    def _snapped(self, chains: Sequence[Chain]) -> Iterator[Chain]:
        """Yield chains, moved, that are not older than what was taken before."""
        for chain in map(self._moved_chain, chains):
            # of one instant there are several, and not all of them may have been taken
            if chain.as_of >= self._chains_from_ns:
                yield chain

    def _moved_chain(self, chain: Chain) -> Chain:
        shift_ns = self._pace.shift_ns
        quoted = np.where(chain.ts_quote == UNKNOWN_TIME, 0, shift_ns)
        return chain._replace(
            as_of=chain.as_of + shift_ns, ts_quote=chain.ts_quote + quoted
        )

    def _next_ns(self) -> int | None:
        """Return when the next print is due, an instant of the folder."""
        due = (self._prints.next_ns(), self._stock_prints.next_ns())
        return min((at for at in due if at is not None), default=None)


class _Lane(Generic[B]):
    """Batches of one file, delivered up to an instant at a time."""

    def __init__(self, batches: Iterator[B]) -> None:
        self._batches = batches
        self._batch: B | None = None
        self._came = 0
        self._ended = False

    def next_ns(self) -> int | None:
        """Return the instant of the next row, None where there is none."""
        if self._batch is None and not self._ended:
            self._batch, self._came = next(self._batches, None), 0
            self._ended = self._batch is None
        return None if self._batch is None else int(self._batch.ts_event[self._came])

    def until(self, now_ns: int) -> Iterator[B]:
        """Yield the rows that are due at an instant and were not before."""
        while (first := self.next_ns()) is not None and first <= now_ns:
            batch, came = self._batch, self._came
            assert batch is not None  # noqa: S101 - it has a next row
            due = int(np.searchsorted(batch.ts_event, now_ns, side="right"))
            self._came = due
            if due == batch.rows:
                self._batch = None
            yield batch if due - came == batch.rows else batch.take(slice(came, due))

    def skip(self, rows: int) -> None:
        """Deliver so many rows to nobody."""
        while rows and self.next_ns() is not None:
            assert self._batch is not None  # noqa: S101 - it has a next row
            least = min(rows, self._batch.rows - self._came)
            self._came, rows = self._came + least, rows - least
            if self._came == self._batch.rows:
                self._batch = None

    def close(self) -> None:
        """Read no more."""
        if (end := getattr(self._batches, "close", None)) is not None:
            end()
        self._batch, self._ended = None, True
