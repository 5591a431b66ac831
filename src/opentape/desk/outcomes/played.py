"""A recorded session played through the engine, its signals told as they come."""

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from opentape.desk.live import Event, Live
from opentape.desk.outcomes.columns import Told, Watched, told
from opentape.desk.outcomes.prices import Prices
from opentape.desk.ports import Tape
from opentape.desk.replay import Settled, beside
from opentape.flow.options import FlowOptions
from opentape.flow.signal import Signal
from opentape.market.calendar import SECOND_NS, session_of, trade_date
from opentape.market.columns import PrintBatch
from opentape.market.errors import BadFile

STEP_NS: Final = 15 * SECOND_NS
"""What closed within so long is told at its end, so never too early."""


def watched(
    tape: Tape,
    settled: Settled,
    options: FlowOptions,
    prices: Prices,
    on_rows: Callable[[int], None] | None = None,
) -> Watched:
    """Return the session of a tape.

    Parameters
    ----------
    prices
        Knows what stock prints said; the tape's own spots are added.
    on_rows
        Called with the number of rows read after each batch.

    Raises
    ------
    BadFile
        If the tape is damaged, or is of more than one session.
    """
    live = Live(tape.contracts, beside(tape, settled), options)
    signals, instants = list[Signal](), list[int]()
    first_ns = until_ns = 0

    def listen() -> None:
        """Note what is new; what takes the place of another was told before."""
        news = (one.signal for one in live.news() if one.event is Event.NEW)
        signals.extend(one for one in news if one is not None)
        instants.extend([until_ns] * (len(signals) - len(instants)))

    for batch in tape.batches():
        first_ns = first_ns or int(batch.ts_event[0])
        prices.prints(batch, tape.contracts)
        for until_ns, part in _steps(batch):
            live.push(part)
            live.tick(until_ns)
            listen()
        if on_rows is not None:
            on_rows(batch.rows)
    live.close()
    listen()
    return _watched(first_ns, until_ns, told(signals, instants), prices)


def _watched(first_ns: int, last_ns: int, signals: Told, prices: Prices) -> Watched:
    date = trade_date(first_ns)
    hours = session_of(date)
    if hours is None or trade_date(last_ns) != date:
        raise BadFile(f"a tape must be of one session to tell outcomes, begins on {date}")
    return Watched(date, hours, signals, prices.paths())


def _steps(batch: PrintBatch) -> Iterator[tuple[int, PrintBatch]]:
    """Yield the prints of each step that has any, with the end of the step."""
    step = batch.ts_event // STEP_NS
    starts = np.flatnonzero(np.diff(step, prepend=-1))
    for start, stop in zip(starts, [*starts[1:], batch.rows], strict=True):
        yield (int(step[start]) + 1) * STEP_NS, batch.take(slice(start, stop))
