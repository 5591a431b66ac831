"""What the engine concluded about each print, beside what is true of it."""

import datetime as dt
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from opentape.desk.audit.members import Gathered, gather_all
from opentape.desk.audit.ports import TruthBeside
from opentape.desk.ports import Tape
from opentape.desk.replay import Selection, Settled, beside, fold_tape
from opentape.flow import pair
from opentape.flow.day import Day
from opentape.flow.judge import judge
from opentape.flow.options import FlowOptions, GatherOptions
from opentape.flow.records import Verdict
from opentape.flow.signal import Signals
from opentape.market.columns import PrintBatch
from opentape.market.conditions import Condition
from opentape.market.contract import Contracts
from opentape.market.errors import BadFile
from opentape.simulation.records import BookKept, Fault, Truth

Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]


class Series(NamedTuple):
    """What the day came to in each contract, by its place."""

    volume: Ints
    """Contracts bought, sold and unsigned: three columns."""
    proven: Ints
    oi: Ints
    """Open interest that the engine was told, below 0 where none."""


class Evidence(NamedTuple):
    """A day's prints that stand, each with its truth, in the order of the tape."""

    date: dt.date
    contracts: Contracts
    options: FlowOptions
    prints: PrintBatch
    side: NDArray[np.uint8]
    """`records.Side`, as the engine read it."""
    nbbo: NDArray[np.uint8]
    """`records.NbboState`."""
    truth: Truth
    """A row a print."""
    gathered: Gathered
    intent: NDArray[np.int8]
    """Of each of the gathered parents: `signal.Intent`, 0 where it is no signal."""
    signals: Signals
    series: Series
    book: BookKept
    faults: tuple[Fault, ...]
    busted: int
    """Prints of the day that the truth takes back, of which none should stand."""

    @property
    def shown(self) -> NDArray[np.int8]:
        """The intent of the signal that each print is in, 0 where it is in none."""
        return self.gathered.of_parents(self.intent).astype(np.int8)

    @property
    def live(self) -> Flags:
        """Which prints the truth does not take back."""
        return ~self.truth.busted

    def gathered_as(self, options: GatherOptions, *, codes_hidden: bool) -> Gathered:
        """Return the parents under another rule, or with sweep codes made regular."""
        prints = self.prints
        if codes_hidden:
            plain = np.arange(len(Condition), dtype=np.uint8)
            plain[[Condition.ISO, Condition.AUCTION_ISO]] = Condition.REGULAR
            prints = prints._replace(condition=plain[prints.condition])
        return gather_all(prints, self.contracts, options)


def collect(
    tape: Tape,
    told: TruthBeside,
    *,
    settled: Settled | None = None,
    options: FlowOptions | None = None,
    on_rows: Callable[[int], None] | None = None,
) -> Evidence:
    """Run the engine over a tape as a replay does, and put the truth beside it.

    Raises
    ------
    BadFile
        If the tape is of more than one trade date, or the truth is another tape's.
    """
    options, settled = options or FlowOptions(), beside(tape, settled)
    fold = fold_tape(tape, settled.open_interest, options, Selection(), on_rows)
    books = fold.finish()
    if len(books) != 1:
        dates = " and ".join(str(book.trade_date) for book in books[:2])
        raise BadFile(f"a simulated tape must be of one trade date, was {dates}")
    signals = judge(books, tape.contracts, options)
    date, rules = books[0].trade_date, fold.day.rules[0]
    series = _series(fold.day, len(tape.contracts))
    prints = _standing(fold.day)
    # ten million rows each: the fold's before the truth's
    del fold, books
    readings = np.empty(prints.rows, np.uint16)
    pair.read(prints, rules, readings)
    gathered = gather_all(prints, tape.contracts, options.gather)
    truth = told.prints()
    return Evidence(
        date=date,
        contracts=tape.contracts,
        options=options,
        prints=prints,
        side=(readings & pair.SIDE_BITS).astype(np.uint8),
        nbbo=(readings >> pair.NBBO_AT & pair.THREE_BITS).astype(np.uint8),
        truth=_of_rows(truth, prints.sequence),
        gathered=gathered,
        intent=_intents(gathered, signals),
        signals=signals,
        series=series,
        book=told.book(tape.contracts),
        faults=told.faults(),
        busted=int(np.count_nonzero(truth.busted)),
    )


def _series(day: Day, contracts: int) -> Series:
    states = day.states[:contracts]
    return Series(
        states["volume"].astype(np.int64),
        day.series["proven"][:contracts].astype(np.int64),
        states["oi"].astype(np.int64),
    )


def _standing(day: Day) -> PrintBatch:
    """Return the prints that the engine counts, column by column to save memory."""
    stand = [verdicts <= Verdict.LATE for _, verdicts in day.folded]
    columns = zip(*(batch for batch, _ in day.folded), strict=True)
    return PrintBatch._make(
        np.concatenate([part[mine] for part, mine in zip(column, stand, strict=True)])
        for column in columns
    )


def _of_rows(truth: Truth, sequences: Ints) -> Truth:
    """Return what is true of the prints of these sequences.

    Raises
    ------
    BadFile
        If the truth does not know one of them.
    """
    if not np.array_equal(truth.sequence, sequences):
        order = np.argsort(truth.sequence, kind="stable")
        at = np.searchsorted(truth.sequence, sequences, sorter=order)
        place = np.append(order, 0)[at]
        strange = np.append(truth.sequence, -1)[place] != sequences
        if strange.any():
            raise BadFile(
                "the truth must be of the same tape: it does not know the print of "
                f"sequence {sequences[np.argmax(strange)]}"
            )
        truth = truth.take(place)
    return truth


def _intents(gathered: Gathered, signals: Signals) -> NDArray[np.int8]:
    """Return the intent of each parent, found among the signals by its first leg."""
    by_row = np.zeros(int(gathered.parents["row"].max(initial=0)) + 1, np.int8)
    rows = signals.parents["row"]
    known = rows < by_row.size
    by_row[rows[known]] = signals.intent[known]
    return by_row[gathered.parents["row"]]
