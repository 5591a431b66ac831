"""What the desk needs of whoever keeps sessions."""

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from opentape.desk.ports import Delivered, Fact
from opentape.market.contract import Contracts


class Solved(NamedTuple):
    """From here on answers use a chain that came before: it is settled."""

    underlying: str
    as_of_ns: int
    """Which chain of the underlying."""


class Settled(NamedTuple):
    """What answers follow from here on besides the facts; the first entry of a session."""

    method: bytes
    """`engine.options.Method` as JSON."""
    beside: bytes
    """`state.beside.Beside` as JSON."""
    oi_date: dt.date | None = None
    """The trade date of the open interest that a session before handed on."""
    handed: int = 0
    """How many entries behind it that session handed on. A session that lacks one of them
    was not begun."""


class Entry(NamedTuple):
    """A fact as a journal keeps it."""

    number: int
    """Its place in the session, from 0 without a gap."""
    instant_ns: int
    """The tape's clock with it, whole microseconds; greater than of the entry before."""
    ticked_ns: int
    """What `Tick` had said last before it; 0 for nothing."""
    delivered: Delivered
    """How far the feed had come with it."""
    fact: Fact | Solved | Settled


class Recorded(NamedTuple):
    """A signal as it was emitted."""

    entry: int
    """Number of the entry that closed its window."""
    symbol: str
    """Its underlying, which a reader may ask for."""
    body: bytes
    """JSON."""


class State(StrEnum):
    """How a session is kept."""

    RUNNING = "running"
    """A process writes it."""
    JOURNAL = "journal"
    """As it was taken."""
    LAKE = "lake"
    """Compacted: it is over."""


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a session, in figures."""

    date: dt.date
    """The trade date."""
    state: State
    feed: str
    """Which feed it was taken from."""
    run: str
    """Names it in cursors."""
    entries: int
    prints: int
    """Rows of option prints, cancels among them."""
    stock_prints: int
    chains: int
    """Snapshots of the chain of one underlying."""
    signals: int
    """As they were emitted, what amends and retracts them too."""
    gaps: int | None
    """Runs of numbers that never came; None until the session is in the lake, and where
    its entries do not tell."""
    missing: int | None
    """Numbers in them: prints that were lost on the way."""
    first_ns: int | None
    """Instant of the first entry, None where there is none."""
    last_ns: int | None
    bytes: int
    """On disk."""
    bytes_per_print: float | None
    """All bytes over all option prints, None where there are none."""
    content: str | None
    """SHA-256 that names all of it, once it is in the lake."""
    record: str | None
    """Hash of its last signal, which depends on every one before; None without signals."""


class Finding(NamedTuple):
    """Something that is not as it was written."""

    file: str
    """Name in the folder of the session."""
    place: str
    """Which part of it."""
    what: str
    """What is wrong with it, as a sentence without its end."""


class Taken(Protocol):
    """What was taken on one trade date, as a fold reads it."""

    @property
    def date(self) -> dt.date:
        """The trade date."""
        ...

    @property
    def contracts(self) -> Contracts:
        """Every contract that its entries name; the session's own table, not a feed's.

        Of a session that is read it grows with `entries`, as it did when they were taken.
        """
        ...

    @property
    def stocks(self) -> Sequence[str]:
        """Stock symbols by the places that its stock prints name."""
        ...

    def entries(self, first: int = 0, until_ns: int | None = None) -> Iterator[Entry]:
        """Yield what is kept from a number on, up to and with an instant.

        Raises
        ------
        Damaged
            At an entry that is not as it was written.
        """
        ...


class Session(Taken, Protocol):
    """What was taken on one trade date, running or stored."""

    @property
    def run(self) -> str:
        """Names the session in cursors; the same after a restart."""
        ...

    @property
    def feed(self) -> str:
        """Which feed it was taken from."""
        ...

    @property
    def end(self) -> int:
        """Number that the next entry will have."""
        ...

    def recorded(self, symbols: Collection[str] | None = None) -> Iterator[Recorded]:
        """Yield the signals as they were emitted, of all underlyings or some.

        Raises
        ------
        Damaged
            If a link of the chain is broken.
        """
        ...


class Journal(Session, Protocol):
    """The session under way."""

    @property
    def torn(self) -> str | None:
        """What was dropped of a torn last entry when it was opened, in a sentence."""
        ...

    def stock_places(self, symbols: Sequence[str]) -> NDArray[np.int32]:
        """Return the place of each stock symbol; what is new is added at the end."""
        ...

    def append(self, entry: Entry, recorded: Sequence[Recorded] = ()) -> None:
        """Keep an entry, and signals of entries before it; on disk when this returns.

        Places of contracts and stocks in the fact are those of this journal.

        Raises
        ------
        StoreFailed
            If it could not be written: nothing of it is kept, and it may be tried again.
        """
        ...

    def close(self, recorded: Sequence[Recorded] = ()) -> None:
        """Keep the last signals and let go of the file."""
        ...


class Sessions(Protocol):
    """Every session that is kept."""

    def dates(self) -> Sequence[dt.date]:
        """Return the trade dates that are kept, oldest first."""
        ...

    def stored(self, date: dt.date) -> Session:
        """Return a session to read, stored or under way in this process or another.

        Raises
        ------
        NoData
            If there is none.
        """
        ...

    def journal(self, date: dt.date, feed: str) -> Journal:
        """Return the journal of a date to go on with, made if there is none.

        Raises
        ------
        BadFile
            If another process writes it, or it was taken from another feed.
        Damaged
            If it is damaged elsewhere than in its torn last entry, which is dropped.
        """
        ...

    def compact(self, date: dt.date) -> bool:
        """Put a session that is over into the lake; return whether it was not there yet.

        Raises
        ------
        NoData
            If there is none.
        BadFile
            If it is under way.
        Damaged
            If its journal is damaged, or the lake does not give back what was put in.
        StoreFailed
            If there is no place for it.
        """
        ...

    def retain(self, most: int) -> Sequence[dt.date]:
        """Remove the oldest sessions that are over, all but so many; return their dates.

        The one under way counts but stays; 0 keeps all.
        """
        ...

    def holding(self, date: dt.date) -> Holding:
        """Return what is kept of a session.

        Raises
        ------
        NoData
            If there is none.
        Damaged
            If that cannot be told.
        """
        ...

    def verify(
        self, date: dt.date, on_rows: Callable[[int], None] | None = None
    ) -> Iterator[Finding]:
        """Yield what is not as it was written, of a session that is not under way.

        Parameters
        ----------
        on_rows
            Called with the prints of each entry that was read.

        Raises
        ------
        NoData
            If there is none.
        """
        ...

    def forget(self, date: dt.date) -> None:
        """Remove what is kept of a date.

        Raises
        ------
        BadFile
            If a process writes it.
        """
        ...
