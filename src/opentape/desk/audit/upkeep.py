"""Upkeep: prints taken back that still show, and volumes that do not add up."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from opentape.desk.audit.evidence import Evidence
from opentape.desk.audit.members import NO_PARENT
from opentape.desk.audit.tally import Tally, share


def upkeep_tallies(evidence: Evidence) -> Iterator[Tally]:
    """Yield what must be none, or all: taken-back prints, volumes, signals told again."""
    stand = evidence.truth.busted
    shown = stand & (evidence.gathered.owner != NO_PARENT)
    for measure, some in (("cancelled_in_signals", shown), ("cancelled_in_volume", stand)):
        yield Tally(measure, "all", evidence.busted, float(np.count_nonzero(some)))
    yield from _volumes(evidence)
    yield share("signals_retold", "all", _retold(evidence))


def _volumes(evidence: Evidence) -> Iterator[Tally]:
    book, volume = evidence.book, evidence.series.volume.sum(axis=1)
    traded = np.zeros(len(evidence.contracts), np.int64)
    traded[: volume.size] = volume
    true = np.zeros(len(evidence.contracts), np.int64)
    true[book.contract] = book.volume
    some = (traded > 0) | (true > 0)
    yield share("volume_equal", "all", traded[some] == true[some])
    off = float(np.abs(traded - true).sum())
    yield Tally("volume_off", "all", int(true.sum()), off)


def _retold(evidence: Evidence) -> NDArray[np.bool_]:
    """Return which signals are found again, print by print, as the replay made them."""
    again, first = evidence.gathered.parents, evidence.signals.parents
    order = np.argsort(again["row"], kind="stable")
    at = np.searchsorted(again["row"], first["row"], sorter=order)
    if not again.size:
        return np.zeros(first.size, np.bool_)
    found = again[order[np.minimum(at, again.size - 1)]]
    same = np.ones(first.size, np.bool_)
    for name in ("row", "contract", "side", "size", "legs", "last_ts", "sweep"):
        same &= found[name] == first[name]
    return same
