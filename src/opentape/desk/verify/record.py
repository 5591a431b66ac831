"""The record of a session, signal by signal, held against what was kept beside it."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Final

import msgspec

from opentape.desk.engine.record import Told
from opentape.desk.engine.rows import FlowRow, flow_row
from opentape.desk.journal.ports import Entry, Finding, Recorded, Session, Settled
from opentape.desk.journal.spelling import read_method
from opentape.desk.live import Event
from opentape.desk.verify.prints import Prints
from opentape.desk.verify.signals import against_prints, against_state
from opentape.flow.options import FlowOptions
from opentape.flow.signal import Signal
from opentape.market.columns import PrintBatch
from opentape.market.errors import Damaged

FILE: Final = "the record"
_MOST: Final = 3
"""So many differences are told of one signal."""
_decode: Final = msgspec.json.Decoder(Told).decode


class ScoreCheck:
    """Works out again each score of a session's record.

    Damage ends it early and is not told: that is for whoever verifies the files.
    """

    def __init__(
        self, session: Session, on_rows: Callable[[int], None] | None = None
    ) -> None:
        self._session, self._on_rows = session, on_rows
        self.signals = 0
        """Worked out again, from prints or without."""
        self.without_prints = 0
        """Those whose prints the record does not name: what they say of themselves was
        taken as it is, and what follows from it was worked out."""
        self._standing = set[str]()
        self._settings: list[tuple[int, FlowOptions]] = []
        """By the number of the entry they begin with."""
        self._end = 0
        """Number of the first entry that could not be read."""

    def findings(self) -> Iterator[Finding]:
        """Yield what does not follow."""
        prints = self._taken()
        for number, link in enumerate(self._recorded()):
            if link.entry >= self._end:
                return
            place = f"signal {number:,}, cursor {self._session.run}.{number}, entry "
            for what in islice(self._flaws(link, prints), _MOST):
                yield Finding(FILE, f"{place}{link.entry:,}", what)

    def _recorded(self) -> Iterator[Recorded]:
        with suppress(Damaged):
            yield from self._session.recorded()

    def _taken(self) -> Prints:
        """Return the prints that the record names, and note settings."""
        rows = set[int]()
        for link in self._recorded():
            told = _told(link)
            if told is not None and told.state is not None:
                rows.update(told.state.prints or ())
        prints = Prints(rows)
        with suppress(Damaged):
            for entry in self._session.entries():
                self._take(entry, prints)
                self._end = entry.number + 1
        prints.seal()
        return prints

    def _take(self, entry: Entry, prints: Prints) -> None:
        match entry.fact:
            case PrintBatch():
                prints.add(entry.number, entry.fact)
                if self._on_rows is not None:
                    self._on_rows(entry.fact.rows)
            case Settled():
                method = read_method(entry.fact.method)
                self._settings.append((entry.number, method.flow))
            case _:
                pass

    def _flaws(self, link: Recorded, prints: Prints) -> Iterator[str]:
        told = _told(link)
        if told is None:
            yield "it is no signal"
            return
        yield from self._succeeds(told)
        signal, state = told.signal, told.state
        if signal is None:
            return
        options = self._options(link.entry)
        if state is None or options is None:
            yield "nothing tells what it was judged against"
            return
        self.signals += 1
        yield from against_state(signal, state, options)
        yield from _row_flaws(told, signal)
        if signal.id != told.id or signal.symbol != link.symbol:
            yield f"it is told as {told.id} of {link.symbol}"
        if state.prints is None:
            self.without_prints += 1
            return
        mine = prints.of(state.prints)
        if mine is None or any(one.entry > link.entry for one in mine):
            yield "prints that it names are not among those that came before it"
            return
        contract = self._session.contracts[mine[0].contract]
        yield from against_prints(signal, mine, contract, options)

    def _succeeds(self, told: Told) -> Iterator[str]:
        """Yield what does not follow from what was told before."""
        gone = told.replaces if told.signal else told.id
        wanted = (told.event is not Event.NEW, told.signal is not None)
        if (gone is not None, told.event is not Event.RETRACTED) != wanted:
            yield f"it is no {told.event}"
        if gone is not None:
            if gone not in self._standing:
                yield f"it replaces {gone}, which did not stand"
            self._standing.discard(gone)
        if told.signal is not None:
            if told.id in self._standing:
                yield "it was told before"
            self._standing.add(told.id)

    def _options(self, number: int) -> FlowOptions | None:
        """Return the settings that were in force at an entry."""
        mine = [options for first, options in self._settings if first <= number]
        return mine[-1] if mine else None


def _told(link: Recorded) -> Told | None:
    try:
        return _decode(link.body)
    except (msgspec.MsgspecError, ValueError):
        return None


def _row_flaws(told: Told, signal: Signal) -> Iterator[str]:
    try:
        row = msgspec.json.decode(told.row, type=FlowRow)
    except msgspec.MsgspecError as error:
        yield f"its row is none: {error}"
        return
    if row != flow_row(signal, row.sector):
        yield "its row does not tell what the signal does"
