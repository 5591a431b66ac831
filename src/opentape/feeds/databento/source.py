"""One DBN file of a tape, and its trade records as prints.

DBN tells no sale conditions and no cancels: every print is a regular one.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from opentape.feeds.databento.instruments import Instruments, Names
from opentape.feeds.databento.prints import KINDS, PrintMaker
from opentape.feeds.databento.records import Block, parts, read_header
from opentape.feeds.raw.inflate import Inflated
from opentape.feeds.source import Ends, Ledger, Source
from opentape.market.columns import PrintBatch
from opentape.market.contract import Contracts
from opentape.market.open_interest import OpenInterest

_TELLING: Final = ("definition", "statistics")
"""Schemas without prints that are read before any print is."""


class DbnSource:
    """One DBN file; fills `feeds.source.Source`."""

    def __init__(self, path: Path) -> None:
        """Take a file.

        Raises
        ------
        BadFile
            If it has no DBN header that we know.
        """
        self.path = path
        self.rows_seen = 0
        self._file = Inflated(path)
        self._header = read_header(self._file)
        self._instruments: Instruments | None = None
        self._own = Names()
        self._rows_told: int | None = None

    @property
    def format(self) -> str:
        """What the file was recognised as, in words."""
        return f"Databento DBN v{self._header.version} {self._header.schema or 'mixed'}"

    @property
    def rows_total(self) -> int | None:
        """How many records it holds, None where only reading it to the end would tell."""
        return self._rows_told

    @property
    def share_read(self) -> float:
        """How much of it has been read, 0 to 1."""
        return self._file.share_read

    @property
    def open_interest(self) -> OpenInterest | None:
        """Settled open interest that this file and those it has met tell, None if none."""
        return None if self._instruments is None else self._instruments.open_interest

    def meet(self, sources: Sequence[Source], contracts: Contracts) -> None:
        """Share with the other DBN files of a tape what each tells of instruments.

        Raises
        ------
        BadFile
            If a file of definitions, statistics or mixed records is damaged.
        """
        self._met(sources, contracts)

    def ends(self) -> Ends | None:
        """Return None: the file is in order of receipt, which is not that of the fold."""
        return None

    def batches(self, ledger: Ledger, first_row: int) -> Iterator[PrintBatch]:
        """Yield its prints as written; its row 0 is row `first_row` of the tape."""
        self.rows_seen = 0
        instruments = self._met([self], ledger.contracts)
        if self._rows_told is not None and self._header.schema in _TELLING:
            self.rows_seen = self._rows_told
            return
        maker = PrintMaker(instruments, self._own, ledger.skips)
        for part in parts(self._file, self._header):
            if isinstance(part, Block):
                batch = maker.prints(part, first_row)
                self.rows_seen += part.rows
                if batch.rows:
                    yield batch
            elif part is not self._header:
                # another file was put after the first
                self._own.add(part.spans)

    def locate(self, row: int) -> str:
        """Return where a row of the file, counted from 0, stands."""
        return f"{self.path}:row {row}"

    def _met(self, sources: Sequence[Source], contracts: Contracts) -> Instruments:
        if self._instruments is not None:
            return self._instruments
        instruments = Instruments(contracts)
        for source in sources:
            if isinstance(source, DbnSource):
                source._join(instruments)  # noqa: SLF001  # its own class
        return instruments

    def _join(self, instruments: Instruments) -> None:
        self._instruments = instruments
        self._own = instruments.map(self._header.spans)
        if self._header.schema is not None and self._header.schema not in _TELLING:
            return
        rows = 0
        for part in parts(self._file, self._header):
            if isinstance(part, Block):
                rows += part.rows
                for group in part.groups:
                    if group.kind not in KINDS:
                        instruments.learn(group, self._own)
        self._rows_told = rows
