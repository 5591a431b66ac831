"""Open interest: told each morning, of every contract, moved by no more than was traded."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

import tapes
from naive import DOLLAR, MS, NaivePrint
from opentape.flow.fold import Fold
from opentape.flow.quality.ledger import Ledger
from opentape.flow.quality.records import KINDS, NO_PLACE
from opentape.market.chain import UNKNOWN_COUNT, Chain
from opentape.market.contract import Contracts

DAY = 86_400_000 * MS
ROOT, EXPIRY, STRIKE, RIGHT = tapes.SERIES[3]
SERIES = [(ROOT, EXPIRY, STRIKE + 1_000 * at, RIGHT) for at in range(30)]


def trade(at, size, day=0, ms=0):
    root, expiry, strike, right = SERIES[at]
    return NaivePrint(
        ts_event=tapes.OPEN_NS + day * DAY + ms * MS, root=root, expiry=expiry,
        strike_mills=strike, right=right, price=DOLLAR, size=size, bid=DOLLAR,
        ask=2 * DOLLAR, venue="XCBO",
    )  # fmt: skip


class Days:
    """A ledger told of mornings and prints."""

    def __init__(self, oi_date=None):
        self.contracts = Contracts()
        self.ledger = Ledger(self.contracts, late_after_ns=2_000 * MS, oi_date=oi_date)
        self.fold = Fold(self.contracts, watch=self.ledger)

    def morning(self, oi):
        self.ledger.settle(
            tapes.interest_of(dict(zip(SERIES, oi, strict=False)), self.contracts)
        )

    def prints(self, *tape):
        self.fold.push(
            tapes.batch_of([replace(p, row=i) for i, p in enumerate(tape)], self.contracts)
        )
        self.fold.settle_cancels()

    def chain(self, places, day=0, volume=None):
        at = np.array(places, np.int32)
        nothing, none = np.full(at.size, np.nan), np.full(at.size, UNKNOWN_COUNT)
        told = none if volume is None else np.array(volume)
        self.ledger.chain(
            Chain(
                "NVDA", tapes.OPEN_NS + day * DAY, 100.0, self.contracts, at, nothing,
                nothing, nothing, none, none, told, none, np.zeros(at.size, np.int64),
                nothing, nothing, nothing,
            )
        )  # fmt: skip

    @property
    def told(self):
        flaws = self.ledger.view().flaws
        rows = zip(
            flaws["kind"].tolist(),
            flaws["place"].tolist(),
            flaws["value"].tolist(),
            strict=True,
        )
        return sorted((KINDS[kind], place, value) for kind, place, value in rows)


@pytest.fixture
def days():
    made = Days()
    tapes.batch_of([trade(at, 1) for at in range(30)], made.contracts)
    return made


def test_a_contract_that_no_morning_told_of_is_missing_once(days):
    days.morning([5, 5])
    days.prints(trade(0, 1), trade(2, 1), trade(2, 1))
    days.chain([0, 1, 2, 3])
    days.chain([3])
    assert days.told == [("missing_oi", 2, 0), ("missing_oi", 3, 0)]


def test_without_any_open_interest_one_flaw_says_so(days):
    days.prints(trade(0, 1), trade(1, 1))
    days.chain([2])
    assert days.told == [("missing_oi", NO_PLACE, 0)]


def test_open_interest_moves_by_no_more_than_was_traded(days):
    days.morning([100, 100, 100, 100, 0])
    days.prints(trade(0, 10), trade(1, 10), trade(3, 10), trade(4, 5))
    days.morning([110, 111, 100, 0, 5])
    assert days.told == [("wrong_oi", 1, 11), ("wrong_oi", 3, -100)]


def test_what_a_chain_says_was_traded_counts(days):
    days.morning([100, 100])
    days.prints(trade(0, 1))
    days.chain([0, 1], volume=[50, 3])
    days.morning([150, 104])
    assert days.told == [("wrong_oi", 1, 4)]


def test_a_tape_that_began_late_proves_nothing(days):
    days.morning([100])
    days.prints(trade(0, 1, ms=3_600_000))
    days.morning([900])
    assert days.told == []


def test_a_gap_behind_the_newest_chain_proves_nothing(days):
    for chain_after, found in ((False, []), (True, [("wrong_oi", 0, 50)])):
        days = Days()
        tapes.batch_of([trade(at, 1) for at in range(30)], days.contracts)
        days.morning([100] * 30)
        numbers = [n for n in range(1, 80) if n not in (20, 21)]
        days.prints(*(replace(trade(1, 1, ms=n), sequence=n) for n in numbers))
        if chain_after:
            days.chain([0], volume=[2], day=0.2)
        days.morning([150] + [100] * 29)
        assert [one for one in days.told if one[0] != "gap"] == found


def test_the_same_file_twice_is_told_once(days):
    days.morning([100 + at for at in range(30)])
    days.prints(*(trade(at, 1) for at in range(25)))
    days.morning([100 + at for at in range(30)])
    assert days.told == [("repeated_oi", NO_PLACE, 0)]


def test_a_morning_without_open_interest_is_missing(days):
    days.morning([100, 100])
    days.prints(trade(0, 1), trade(1, 1))
    days.prints(trade(0, 1, day=1), trade(5, 1, day=1))
    days.chain([7], day=1)
    assert days.told == [("missing_oi", NO_PLACE, 0)]


def test_a_morning_that_was_handed_on_is_of_its_date(days):
    for oi_date, found in (
        (dt.date(2026, 5, 20), [("missing_oi", NO_PLACE, 0)]),
        (dt.date(2026, 5, 21), [("missing_oi", 5, 0)]),
    ):
        days = Days(oi_date=oi_date)
        tapes.batch_of([trade(at, 1) for at in range(30)], days.contracts)
        days.morning([100, 100])
        days.prints(trade(5, 1))
        assert days.told == found
    days = Days(oi_date=dt.date(2026, 5, 20))
    tapes.batch_of([trade(at, 1) for at in range(30)], days.contracts)
    days.morning([100, 100])
    days.morning([100] * 6)
    days.prints(trade(5, 1))
    assert days.told == []


def test_chains_may_come_before_the_prints_of_their_date(days):
    days.morning([5, 5])
    days.chain([0, 1, 2], day=-1)
    days.chain([0, 3])
    days.chain([4], day=1)
    days.prints(trade(0, 1), trade(3, 1, ms=5))
    assert days.told == [("missing_oi", 3, 0)]
    days.morning([5, 5, 5, 5])
    days.prints(trade(0, 1, day=1))
    assert days.told == [("missing_oi", 4, 0)]


def test_what_was_taken_back_was_not_traded(days):
    days.morning([100])
    bust = replace(trade(0, 50), sequence=7)
    cancel = replace(bust, cls="cancel", sequence=8, cancels=7)
    days.prints(bust, cancel)
    days.morning([120])
    assert days.told == [("busted_print", 0, 0), ("wrong_oi", 0, 20)]
