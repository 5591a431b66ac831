"""One tape of several files: rows numbered over all of them, prints in fold order."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from opentape.feeds import massive
from opentape.feeds.order import BUDGET, in_fold_order
from opentape.feeds.quotes import QuotedSource
from opentape.feeds.raw.ahead import ahead
from opentape.feeds.recognise import recognise, table_of
from opentape.feeds.source import Ledger, Source
from opentape.market.columns import PrintBatch
from opentape.market.contract import Contracts
from opentape.market.errors import BadFile, BadSetting
from opentape.market.open_interest import OpenInterest
from opentape.market.tape import Skips


def open_tape(paths: Sequence[Path], *, quotes: Path | None = None) -> "FileTape":
    """Return the prints of one or several files, each recognised by its content.

    Parameters
    ----------
    paths : Path
        Rows are numbered over the files in this order.
    quotes : Path, optional
        Quotes that Massive option trades, which carry none, are to be paired with.

    Raises
    ------
    BadFile
        If a file does not exist or is not a tape that we know.
    BadSetting
        If there are quotes but no prints to pair them with.
    """
    sources = [recognise(path) for path in paths]
    if quotes is None:
        return FileTape(sources)
    formats = [source.format for source in sources]
    if massive.LAYOUT.title not in formats:
        given = " and ".join(dict.fromkeys(formats))
        raise BadSetting(f"quotes go with {massive.LAYOUT.title}, was {given}")
    return FileTape(
        [
            QuotedSource(source, table_of(quotes))
            if source.format == massive.LAYOUT.title
            else source
            for source in sources
        ]
    )


@runtime_checkable
class Mutual(Protocol):
    """A source that the other files of its tape tell something: names, open interest."""

    def meet(self, sources: Sequence[Source], contracts: Contracts) -> None:
        """Learn from all files of the tape, before any of them is read."""
        ...


class FileTape:
    """Prints of files, in the order they are folded; fills `desk.ports.Tape`."""

    def __init__(self, sources: Sequence[Source], *, budget: int = BUDGET) -> None:
        """Take files in order of their rows, and how many prints may be held to sort."""
        self.contracts = Contracts()
        self.skips = Skips()
        self.unknown_conditions: Counter[str] = Counter()
        self._sources = tuple(sources)
        self._sizes = [source.path.stat().st_size for source in sources]
        self._budget = budget
        self._first_rows = [0]
        for source in self._sources:
            if isinstance(source, Mutual):
                source.meet(self._sources, self.contracts)

    @property
    def format(self) -> str:
        """What the files were recognised as, in words."""
        return " and ".join(dict.fromkeys(source.format for source in self._sources))

    @property
    def rows_total(self) -> int | None:
        """How many rows the tape holds, None where only reading it would tell."""
        totals = [source.rows_total for source in self._sources]
        known = [total for total in totals if total is not None]
        return sum(known) if len(known) == len(totals) else None

    @property
    def share_read(self) -> float:
        """How much of the tape has been read, 0 to 1; files count by their bytes."""
        pairs = zip(self._sizes, self._sources, strict=True)
        read = sum(size * source.share_read for size, source in pairs)
        return min(1.0, read / sum(self._sizes))

    @property
    def open_interest(self) -> OpenInterest | None:
        """Settled open interest that the tape itself carries, None if none."""
        return next(
            (s.open_interest for s in self._sources if s.open_interest is not None), None
        )

    def batches(self) -> Iterator[PrintBatch]:
        """Yield the prints in the order (ts_event, sequence, row); ask once.

        Raises
        ------
        BadFile
            If a file turns out to be damaged, or to hold no prints at all.
        """
        empty = True
        for batch in ahead(self._ordered):
            empty = False
            yield batch
        if empty:
            raise BadFile(self._why_empty())

    def locate(self, row: int) -> str:
        """Return where a row of the tape stands, as ``file:line`` or ``file:row N``."""
        if row < 0:
            quoted = next(s for s in self._sources if isinstance(s, QuotedSource))
            return quoted.locate(row)
        at = min(bisect_right(self._first_rows, row), len(self._sources)) - 1
        return self._sources[at].locate(row - self._first_rows[at])

    def _ordered(self) -> Iterator[PrintBatch]:
        prints = self._prints()
        if self._in_order():
            return prints
        return in_fold_order(prints, budget=self._budget)

    def _prints(self) -> Iterator[PrintBatch]:
        ledger = Ledger(self.contracts, self.skips, self.unknown_conditions)
        self._first_rows = [0]
        for source in self._sources:
            yield from source.batches(ledger, self._first_rows[-1])
            self._first_rows.append(self._first_rows[-1] + source.rows_seen)

    def _in_order(self) -> bool:
        """Return whether the files, one after the other, are in fold order already."""
        last = (-1, -1)
        for source in self._sources:
            ends = source.ends()
            if ends is None or ends.first < last:
                return False
            last = ends.last
        return True

    def _why_empty(self) -> str:
        names = ", ".join(str(source.path) for source in self._sources)
        if not self.skips.total:
            return f"{names} holds no prints"
        first = min((kept[0] for kept in self.skips.examples.values()), key=lambda s: s.row)
        return (
            f"{names} holds no prints: {self.skips.total} rows were skipped, the first at "
            f"{self.locate(first.row)} for {first.reason}, was {first.detail!r}"
        )
