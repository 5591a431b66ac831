"""Figures that only the truth tells: how well rules sign, how orders were executed."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.desk.calibrate.figures import NAN, share
from opentape.desk.calibrate.gather import Day, Gathered
from opentape.desk.calibrate.reply import Row, row
from opentape.market.conditions import Condition
from opentape.simulation.records import STYLES

_AUTO: Final = STYLES.index("auto")
_SWEEP: Final = STYLES.index("sweep")
_MS_NS: Final = 1e6
_GUESS: Final = 0.5
"""Credit for a print that a rule leaves unsigned."""


def signing(day: Day) -> Iterator[Row]:
    """Yield how often public rules find the customer's side, where there is one."""
    prints = day.prints
    mine = prints.customer != 0
    ready = np.where(prints.rule != 0, prints.rule, prints.tick)[mine]
    customer = prints.customer[mine]
    right = (ready == customer) + _GUESS * (ready == 0)
    yield row("lee_ready", share(float(right.sum()), ready.size), _CREDIT)
    yield row("quote_rule", _signed_right(prints, prints.style == _AUTO))
    yield row("quote_rule_all", _signed_right(prints, np.ones(prints.rows, np.bool_)))
    yield row("unsigned", share(float((ready == 0).sum()), ready.size))


_CREDIT: Final = "an unsigned print counts as half right"


def _signed_right(prints: Gathered, where: NDArray[np.bool_]) -> float:
    told = where & (prints.customer != 0) & (prints.rule != 0)
    right = prints.rule[told] == prints.customer[told]
    return share(float(right.sum()), int(told.sum()))


def execution(day: Day) -> Iterator[Row]:
    """Yield what sweeps look like, and how many prints are cancelled."""
    prints = day.prints
    swept = np.flatnonzero(prints.style == _SWEEP)
    volume = float(prints.size.sum())
    # a late print's time is that of its report, minutes after it traded
    on_time = prints.condition[swept] != Condition.LATE
    yield from _sweeps(prints, swept[on_time])
    yield row("sweep_share", share(float(prints.size[swept].sum()), volume))
    yield row("cancels", share(prints.rows, day.cancels))


def _sweeps(prints: Gathered, swept: NDArray[np.intp]) -> Iterator[Row]:
    """Yield spans and venues of the sweeps that more than one print is left of."""
    _, order = np.unique(prints.parent[swept], return_inverse=True)
    count = np.bincount(order)
    several = count > 1
    if not several.any():
        yield from (row(key, NAN) for key in _OF_SWEEPS)
        return
    ts = prints.ts_event[swept]
    first = np.full(count.size, np.iinfo(np.int64).max)
    last = np.zeros(count.size, np.int64)
    np.minimum.at(first, order, ts)
    np.maximum.at(last, order, ts)
    span = (last - first)[several] / _MS_NS
    venues = np.zeros(count.size, np.int64)
    np.bitwise_or.at(venues, order, 1 << prints.venue[swept].astype(np.int64))
    most = int(np.bitwise_count(venues[several]).max())
    note = f"{several.sum():,} sweeps"
    yield row("sweep_median", float(np.median(span)), note)
    yield row("sweep_longest", float(span.max()))
    yield row("sweep_venues", most)


_OF_SWEEPS: Final = ("sweep_median", "sweep_longest", "sweep_venues")
