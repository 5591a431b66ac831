"""Random tapes for property tests, and a bridge from the twin's prints to columns."""

import datetime as dt
from itertools import pairwise

import numpy as np
from hypothesis import strategies as st

from naive import DOLLAR, MS, NaivePrint
from opentape.flow.fold import Fold
from opentape.flow.judge import judge
from opentape.flow.judge.spell import signal_rows
from opentape.flow.options import FlowOptions
from opentape.market.calendar import EPOCH
from opentape.market.columns import STALE_QUOTE, VENUE_QUOTE, WITHDRAWN, PrintBatch
from opentape.market.conditions import Condition
from opentape.market.contract import Contracts
from opentape.market.money import UNKNOWN
from opentape.market.open_interest import OpenInterest
from opentape.market.venues import MICS

OPEN_NS = 1_779_370_200_000_000_000  # 2026-05-21 09:30 in New York
MARKS = {"nbbo": 0, "venue": VENUE_QUOTE, "stale": STALE_QUOTE}
SERIES = [
    ("SPY", dt.date(2026, 5, 21), 500_000, "C"),
    ("SPY", dt.date(2026, 5, 29), 505_000, "P"),
    ("SPXW", dt.date(2026, 6, 19), 5_000_000, "C"),
    ("NVDA", dt.date(2028, 1, 21), 900_000, "P"),
    ("AAPL1", dt.date(2026, 5, 20), 100_000, "C"),
]
CLASSES = [condition.name.lower() for condition in Condition if condition.name != "CANCEL"]

times = st.one_of(
    st.sampled_from([0, 1, 499, 500, 501, 1000, 2999, 3000, 3001]).map(lambda ms: ms * MS),
    st.integers(0, 12_000 * MS),
)
ticks = st.integers(1, 60)


@st.composite
def prints(draw, row):
    """One print, or a cancel, on a small grid of contracts, prices and times."""
    root, expiry, strike, right = draw(st.sampled_from(SERIES))
    bid, ask = (
        draw(st.sampled_from([0, None, 10, 20])),
        draw(st.sampled_from([0, None, 20, 21, 40])),
    )
    cls = draw(st.sampled_from([*CLASSES, *["regular"] * 20, *["iso"] * 5, "cancel"]))
    return NaivePrint(
        ts_event=OPEN_NS + draw(times),
        root=root,
        expiry=expiry,
        strike_mills=strike,
        right=right,
        price=draw(st.integers(8, 44)) * DOLLAR // 20,
        size=draw(st.sampled_from([1, 7, 50, 99, 100, 101, 250, 4000])),
        bid=None if bid is None else bid * DOLLAR // 20,
        ask=None if ask is None else ask * DOLLAR // 20,
        venue=draw(st.sampled_from(["XCBO", "XPHO", "XXXX"])),
        cls=cls,
        sequence=draw(st.one_of(st.none(), st.integers(1, 40))),
        spot=draw(st.sampled_from([None, 500 * DOLLAR, 503 * DOLLAR + 7])),
        row=row,
        cancels=draw(st.one_of(st.none(), st.integers(1, 40))) if cls == "cancel" else None,
        withdrawn=draw(st.sampled_from([False] * 30 + [True])),
        quote_kind=draw(st.sampled_from(["nbbo"] * 8 + ["venue", "stale"])),
    )


@st.composite
def tapes(draw, most=60):
    """A tape of one trade date in the order it is folded."""
    length = draw(st.integers(1, most))
    tape = [draw(prints(row)) for row in range(length)]
    return sorted(tape, key=lambda p: (p.ts_event, p.sequence or 0, p.row))


def open_interests():
    """Morning open interest: none at all, or known for some of the contracts."""
    known = st.dictionaries(st.sampled_from(SERIES), st.sampled_from([0, 10, 150, 5000]))
    return st.one_of(st.none(), known)


def batch_of(tape, contracts):
    """Return naive prints as columns."""
    batch = PrintBatch.empty(len(tape))
    for at, p in enumerate(tape):
        place = contracts.intern_columns(
            [p.root],
            np.array([(p.expiry - EPOCH).days]),
            np.array([p.strike_mills]),
            np.array([p.right == "P"]),
        )[0]
        values = (
            p.ts_event, p.sequence or 0, p.row, place, p.price, p.size,
            UNKNOWN if p.bid is None else p.bid,
            UNKNOWN if p.ask is None else p.ask,
            UNKNOWN if p.spot is None else p.spot,
            MICS.index(p.venue), Condition[p.cls.upper()],
            MARKS[p.quote_kind] | (WITHDRAWN if p.withdrawn else 0),
            p.cancels or 0,
        )  # fmt: skip
        for column, value in zip(batch, values, strict=True):
            column[at] = value
    return batch


def interest_of(oi, contracts):
    """Return the naive twin's open interest as the fold takes it."""
    if oi is None:
        return None
    keys = [
        contracts.pack(
            [root],
            np.array([(expiry - EPOCH).days]),
            np.array([mills]),
            np.array([right == "P"]),
        )[0]
        for root, expiry, mills, right in oi
    ]
    return OpenInterest(np.array(keys, np.int64), np.array(list(oi.values()), np.int64))


def folded(tape, oi=None, options=None, cuts=()):
    """Fold a tape in batches that end at `cuts`; return the finished fold and its books."""
    options = options or FlowOptions()
    contracts = Contracts()
    batch = batch_of(tape, contracts)
    fold = Fold(contracts, interest_of(oi, contracts), options.gather)
    bounds = [0, *sorted(cuts), len(tape)]
    for start, stop in pairwise(bounds):
        fold.push(batch.take(slice(start, stop)))
    return fold, fold.finish(), contracts


def product_signals(tape, oi=None, options=None, cuts=()):
    """Return the product's signals for a tape of naive prints, as structs."""
    options = options or FlowOptions()
    _, books, contracts = folded(tape, oi, options, cuts)
    return list(signal_rows(judge(books, contracts, options), contracts, options))
