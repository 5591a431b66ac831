"""A kept session as a tape, to be folded like a file."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from opentape.market.columns import PrintBatch
from opentape.market.errors import BadFile
from opentape.market.open_interest import OpenInterest
from opentape.market.tape import Skips
from opentape.store.journal.kept import Kept

TOGETHER: Final = 1 << 16
"""Rows at least of a batch, but for the last."""


class SessionTape:
    """Fills `desk.ports.Tape`: the prints in the order they came."""

    def __init__(self, session: Kept, prints: int) -> None:
        """Take a session and how many prints it has."""
        session.name_all()
        self.contracts = session.contracts
        self.skips = Skips()
        self.unknown_conditions = Counter[str]()
        self.rows_total: int | None = prints
        self.format = f"session of {session.date}, taken from {session.feed}"
        self._session = session
        self._read = 0

    @property
    def share_read(self) -> float:
        """How much of the session has been read, 0 to 1."""
        return self._read / self.rows_total if self.rows_total else 1.0

    @property
    def open_interest(self) -> OpenInterest | None:
        """What was told before the first print, None if nothing was."""
        for entry in self._session.entries():
            if isinstance(entry.fact, OpenInterest):
                return entry.fact
            if isinstance(entry.fact, PrintBatch):
                break
        return None

    def batches(self) -> Iterator[PrintBatch]:
        """Yield the prints in the order they came.

        Raises
        ------
        BadFile
            If there are none.
        Damaged
            At an entry that is not as it was written.
        """
        held = list[PrintBatch]()
        for entry in self._session.entries():
            if isinstance(entry.fact, PrintBatch) and entry.fact.rows:
                held.append(entry.fact)
            if sum(batch.rows for batch in held) >= TOGETHER:
                yield self._joined(held)
                held = []
        if held:
            yield self._joined(held)
        if not self._read:
            raise BadFile(f"a tape must hold prints, the {self.format} holds none")

    def locate(self, row: int) -> str:
        """Return where a print stands in the session."""
        return f"session {self._session.date}:print {row + 1:,}"

    def _joined(self, held: list[PrintBatch]) -> PrintBatch:
        whole = PrintBatch.joined(held)
        self._read += whole.rows
        return whole
