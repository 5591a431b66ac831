"""Openings and open interest: what the engine expects of the next morning."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.desk.audit.evidence import Evidence, Ints
from opentape.desk.audit.tally import Tally, correlation, share
from opentape.flow import interest
from opentape.flow.judge.verdict import changes
from opentape.flow.records import Side
from opentape.market.calendar import EPOCH

TENORS: Final = ("0 days", "1 to 7 days", "8 to 30 days", "31 to 90 days", "over 90 days")
_LAST: Final = np.array([0, 7, 30, 90])
"""The longest of each tenor but the last, calendar days."""
_HALF: Final = 0.5


def opening_tallies(evidence: Evidence) -> Iterator[Tally]:
    """Yield the Brier score of the probability that a customer's print opens.

    Of prints that the engine gave a side and a customer made, none taken back. The
    baseline says `opening_share`, 0.43, of each.
    """
    truth, options = evidence.truth, evidence.options.interest
    asked = (truth.opens >= 0) & (evidence.side != Side.MID) & evidence.live
    place = evidence.prints.contract[asked]
    opened = truth.opens[asked].astype(np.float64)
    errors = np.square(opening_probability(evidence)[place] - opened)
    plain = np.square(options.opening_share - opened)
    days = evidence.contracts.expiry_days - (evidence.date - EPOCH).days
    tenor = np.searchsorted(_LAST, days)[place]
    for of, mine in [
        ("all", np.ones(place.size, np.bool_)),
        *((name, tenor == code) for code, name in enumerate(TENORS)),
    ]:
        n, total = int(np.count_nonzero(mine)), float(errors[mine].sum())
        yield Tally("opening_brier", of, n, total, float(plain[mine].sum()))


def opening_probability(evidence: Evidence) -> NDArray[np.float64]:
    """Return by contract how probable the engine holds it that a print opens.

    A half, moved by the confidence towards what the bias says: (1 + c) / 2 under an
    opening bias, (1 - c) / 2 under a closing one. Without a bias the share of signed
    volume that is taken to open.
    """
    volume, proven, oi = evidence.series
    options, every = evidence.options.interest, volume.sum(axis=1)
    signed = volume[:, Side.BUY] + volume[:, Side.SELL]
    change = changes(volume, proven, oi, options)
    bias = interest.bias_of(change, signed, every, proven, oi, options)
    confidence = interest.confidence_of(every, proven, options)
    told = _HALF + _HALF * bias * confidence
    return np.where(bias == interest.UNCLEAR, options.opening_share, told)


def interest_tallies(evidence: Evidence) -> Iterator[Tally]:
    """Yield how near the simulated open interest came to the next morning's.

    Over contracts that traded, do not expire that day and whose open interest the engine
    was told. The baseline of errors leaves open interest as it was; that of signs takes
    every change for an increase. ``flat rule`` is 0.43 of the net signed volume without
    the bounds that volume, open interest and proof set.
    """
    book, series = evidence.book, evidence.series
    place = book.contract
    asked = (book.volume > 0) & (series_of(series.oi, place, -1) >= 0)
    asked &= evidence.contracts.expiry_days[place] > (evidence.date - EPOCH).days
    place = place[asked]
    told, moved = series.oi[place], book.next_open_interest - book.open_interest
    morning, moved = book.next_open_interest[asked], moved[asked]
    options = evidence.options.interest
    volume, proven = series.volume[place], series.proven[place]
    unbound = np.full(place.size, -1)
    for of, change in (
        ("engine", changes(volume, proven, told, options)),
        ("flat rule", changes(volume, proven, unbound, options)),
    ):
        yield from _errors(of, told + change - morning, told - morning)
        yield from _moves(of, change, moved)


def series_of(column: Ints, place: NDArray[np.int32], missing: int) -> Ints:
    """Return the rows of a column by contract, for contracts the tape may not know."""
    known = place < column.size
    return np.where(known, column[np.where(known, place, 0)], missing)


def _errors(of: str, error: Ints, unchanged: Ints) -> Iterator[Tally]:
    total, still = float(np.abs(error).sum()), float(np.abs(unchanged).sum())
    yield Tally("oi_error", of, error.size, total, still)


def _moves(of: str, change: Ints, moved: Ints) -> Iterator[Tally]:
    some = moved != 0
    hits = np.sign(change[some]) == np.sign(moved[some])
    yield share("oi_sign", of, hits, moved[some] > 0)
    yield correlation("oi_correlation", of, change, moved)
    missed = float(np.abs(change - moved).sum())
    size = int(np.abs(moved).sum())
    yield Tally("oi_missed", of, size, missed, float(size))
