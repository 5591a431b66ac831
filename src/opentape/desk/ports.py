"""What the desk needs from the outside, as protocols that the ring fills."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, Protocol

from opentape.market.chain import Chain
from opentape.market.columns import PrintBatch, StockBatch
from opentape.market.contract import Contracts
from opentape.market.open_interest import OpenInterest
from opentape.market.tape import Skips


class Tape(Protocol):
    """Prints of one or more files, in the order they are folded."""

    contracts: Contracts
    """Every contract that the tape has named so far."""
    skips: Skips
    """Rows that could not be decoded."""
    unknown_conditions: Counter[str]
    """Prints by condition code, of the codes in no table; they are taken as regular."""

    @property
    def format(self) -> str:
        """What the files were recognised as, in words."""
        ...

    @property
    def rows_total(self) -> int | None:
        """How many rows the tape holds, None where only reading it would tell."""
        ...

    @property
    def share_read(self) -> float:
        """How much of the tape has been read, 0 to 1."""
        ...

    @property
    def open_interest(self) -> OpenInterest | None:
        """Settled open interest that the tape itself carries, None if none."""
        ...

    def batches(self) -> Iterator[PrintBatch]:
        """Yield the prints in the order (ts_event, sequence, row).

        Raises
        ------
        BadFile
            If a file turns out to be damaged, or to hold no prints at all.
        """
        ...

    def locate(self, row: int) -> str:
        """Return where a row of the tape stands, as ``file:line``."""
        ...


class Tick(NamedTuple):
    """Nothing came, but it is later now."""

    now_ns: int


Fact = PrintBatch | StockBatch | Chain | OpenInterest | Tick
"""What a feed delivers: option prints, stock prints, the chain of one underlying at an
instant, settled open interest (before the prints of its date), or that time has passed."""


class Delivered(NamedTuple):
    """How far a feed had come, in all: it goes on behind this."""

    prints: int = 0
    """Rows of option prints."""
    stocks: int = 0
    """Rows of stock prints."""
    chain_ns: int = 0
    """`as_of` of the newest chain; 0 for none."""
    interest: int = 0
    """How often open interest was told."""

    def plus(self, fact: Fact) -> "Delivered":
        """Return how far the feed has come with one fact more."""
        match fact:
            case PrintBatch():
                return self._replace(prints=self.prints + fact.rows)
            case StockBatch():
                return self._replace(stocks=self.stocks + fact.rows)
            case Chain():
                return self._replace(chain_ns=max(self.chain_ns, fact.as_of))
            case OpenInterest():
                return self._replace(interest=self.interest + 1)
            case Tick():
                return self


NOTHING_YET: Final = Delivered()
"""Where a feed begins."""


class Feed(Protocol):
    """A live tape: facts as they come."""

    contracts: Contracts
    """Every contract that a fact has named so far; chains of the feed share it."""

    @property
    def name(self) -> str:
        """What it is, in a word or two."""
        ...

    @property
    def stocks(self) -> Sequence[str]:
        """Stock symbols, by the places that a `StockBatch` names; it only grows."""
        ...

    @property
    def identity(self) -> str:
        """The same for two feeds only where they deliver the same facts."""
        ...

    @property
    def date(self) -> dt.date:
        """The first trade date that it delivers."""
        ...

    def facts(self, after: Delivered = NOTHING_YET) -> Iterator[Fact]:
        """Yield facts until the feed is over or `stop` was called.

        It blocks until one is due, for a few tens of milliseconds at most, then yields a
        `Tick`. Called once, on a thread of the engine's.

        Parameters
        ----------
        after
            What an earlier run took of the same feed: it is not delivered again.

        Raises
        ------
        BadFile
            If what it reads turns out to be damaged.
        """
        ...

    def stop(self) -> None:
        """Make `facts` end soon; may be called from any thread."""
        ...
