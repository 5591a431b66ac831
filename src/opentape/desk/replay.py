"""Replay: fold a tape from its first print to its last, and answer with its signals."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from opentape.desk.ports import Tape
from opentape.flow.day import Book
from opentape.flow.fold import Fold
from opentape.flow.judge import judge
from opentape.flow.judge.enrich import ChainMarks
from opentape.flow.judge.spell import signal_rows
from opentape.flow.options import FlowOptions
from opentape.flow.signal import Intent, Signal, Signals
from opentape.market.calendar import Span, trade_date
from opentape.market.columns import PrintBatch
from opentape.market.conditions import Condition
from opentape.market.contract import Contracts
from opentape.market.open_interest import OpenInterest
from opentape.market.roots import underlying_of
from opentape.market.tape import SkippedRow


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Which signals of a tape are asked for; the fold itself sees every print."""

    symbols: tuple[str, ...] = ()
    """Underlyings, as `roots.clean_symbol` spells them; none means all."""
    min_score: int = 0
    structure: str | None = None
    """``sweep`` or ``block``."""
    intent: str | None = None
    """``bullish``, ``bearish`` or ``neutral``."""
    limit: int | None = None
    from_ns: int | None = None
    """Signals before this instant are left out."""
    to_ns: int | None = None
    """The tape ends with this instant: prints and cancels after it are not folded."""


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a replay came to."""

    format: str
    prints: int
    """Prints folded."""
    skipped: dict[str, int]
    """Rows not folded, by reason, most first."""
    examples: tuple[tuple[str, str, str], ...]
    """Reason, place and what was found, of the first few rows of each reason."""
    cancelled: int
    cancels_unmatched: int
    """Cancels that named no print of the tape."""
    late: int
    classes: dict[str, int]
    """Prints folded by class of condition, most first."""
    unknown_conditions: dict[str, int]
    """Prints by condition code, of the codes in no table."""
    parents: int
    """Block-sized parents, whatever was asked for."""
    signals: int
    """Signals in the answer."""


class Settled(NamedTuple):
    """What is known beside the tape."""

    open_interest: OpenInterest | None = None
    """What was settled before the tape begins; without it the tape's own, if any."""
    chain: ChainMarks | None = None
    """Vols and greeks, by the contracts of the tape's table."""


class Replayed(NamedTuple):
    """The answer to a replay."""

    signals: Signals
    contracts: Contracts
    options: FlowOptions
    summary: Summary

    def rows(self) -> Iterator[Signal]:
        """Yield the signals as structs, best first."""
        return signal_rows(self.signals, self.contracts, self.options)


def replay(
    tape: Tape,
    *,
    settled: Settled | None = None,
    options: FlowOptions | None = None,
    selection: Selection | None = None,
    on_rows: Callable[[int], None] | None = None,
) -> Replayed:
    """Fold a whole tape and judge its parents as of its end.

    Parameters
    ----------
    on_rows
        Called with the number of rows read after each batch.

    Raises
    ------
    BadFile
        If the tape is damaged or holds no prints.
    """
    options, selection = options or FlowOptions(), selection or Selection()
    settled = beside(tape, settled)
    fold = fold_tape(tape, settled.open_interest, options, selection, on_rows)
    books = fold.finish(whole=date_is_whole(fold.day.span, selection.to_ns))
    judged = judge(books, tape.contracts, options, settled.chain)
    signals = select(judged, selection)
    summary = _summary(tape, fold, books, signals)
    return Replayed(signals, tape.contracts, options, summary)


def beside(tape: Tape, settled: Settled | None) -> Settled:
    """Return what is known beside a tape, with its own open interest if none is given."""
    settled = settled or Settled()
    if settled.open_interest is not None:
        return settled
    return settled._replace(open_interest=tape.open_interest)


def fold_tape(
    tape: Tape,
    open_interest: OpenInterest | None,
    options: FlowOptions,
    selection: Selection,
    on_rows: Callable[[int], None] | None = None,
) -> Fold:
    """Return the fold of a tape up to the end of the selection, its last date open."""
    batches = tape.batches()
    first = next(batches)
    # the symbols asked for may not have traded on the first date
    oi_date = trade_date(int(first.ts_event[0]))
    fold = Fold(tape.contracts, open_interest, options.gather, oi_date=oi_date)
    for batch in chain([first], batches):
        part = _until(batch, selection.to_ns)
        fold.push(only_symbols(part, tape.contracts, selection.symbols))
        if on_rows is not None:
            on_rows(batch.rows)
        if part.rows < batch.rows:
            break
    return fold


def date_is_whole(date: Span, to_ns: int | None) -> bool:
    """Return whether a tape that ends with `to_ns` has all of a trade date.

    Only then is taken back what its file marks as cancelled later.
    """
    return to_ns is None or to_ns >= date.end_ns


def only_symbols(
    batch: PrintBatch, contracts: Contracts, symbols: Sequence[str]
) -> PrintBatch:
    """Return the prints of some underlyings; of all, if none is named."""
    if not symbols:
        return batch
    wanted = np.array(
        [underlying_of(root) in symbols for root in contracts.roots], np.bool_
    )
    return batch.take(wanted[contracts.root_codes[batch.contract]])


def select(signals: Signals, selection: Selection) -> Signals:
    """Return the signals that are asked for, in their order."""
    wanted = signals.score >= selection.min_score
    wanted &= _is_structure(signals, selection.structure)
    if selection.intent is not None:
        wanted &= signals.intent == Intent[selection.intent.upper()]
    if selection.from_ns is not None:
        wanted &= signals.parents["first_ts"] >= selection.from_ns
    return signals.take(np.flatnonzero(wanted)[: selection.limit])


def _until(batch: PrintBatch, to_ns: int | None) -> PrintBatch:
    if to_ns is None or not batch.rows or batch.ts_event[-1] <= to_ns:
        return batch
    return batch.take(slice(0, int(np.searchsorted(batch.ts_event, to_ns, side="right"))))


def _is_structure(signals: Signals, structure: str | None) -> NDArray[np.bool_]:
    if structure is None:
        return np.ones(signals.rows, np.bool_)
    return signals.parents["sweep"] == (structure == "sweep")


def _summary(tape: Tape, fold: Fold, books: Sequence[Book], signals: Signals) -> Summary:
    skipped = tape.skips.counts + fold.skips.counts
    examples = [*tape.skips.examples.values(), *fold.skips.examples.values()]
    return Summary(
        format=tape.format,
        prints=fold.conditions.total(),
        skipped=_by_count(skipped),
        examples=tuple(_shown(tape, row) for rows in examples for row in rows),
        cancelled=fold.taken_back,
        cancels_unmatched=fold.cancels_unmatched,
        late=fold.late,
        classes=_by_count(Counter(_class_names(fold.conditions))),
        unknown_conditions=_by_count(tape.unknown_conditions),
        parents=sum(book.parents.size for book in books),
        signals=signals.rows,
    )


def _class_names(counts: Counter[Condition]) -> dict[str, int]:
    return {condition.name.lower(): count for condition, count in counts.items()}


def _by_count(counts: Counter[str]) -> dict[str, int]:
    return {name: count for name, count in counts.most_common() if count}


def _shown(tape: Tape, row: SkippedRow) -> tuple[str, str, str]:
    return row.reason, tape.locate(row.row), row.detail
