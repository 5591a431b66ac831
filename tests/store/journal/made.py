"""Entries of every kind, random or by number, and how two of them are compared."""

import datetime as dt

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from opentape.desk.journal.ports import Delivered, Entry, Recorded, Settled, Solved
from opentape.desk.ports import Tick
from opentape.market.chain import Chain
from opentape.market.columns import DTYPES, PrintBatch, StockBatch
from opentape.market.money import UNKNOWN
from opentape.market.open_interest import OpenInterest
from opentape.store.sessions import SessionFolder

DATE = dt.date(2026, 5, 21)
FEED = "simulated"
ROOTS = ["SPY", "SPXW", "NVDA", "AAPL1", "VIX", "BRKB"]
STOCKS = ["SPY", "NVDA", "AAPL", "SPX"]

int64s = st.one_of(
    st.sampled_from([UNKNOWN, 0, -1, 2**63 - 1, 10**9]), st.integers(-(2**63), 2**63 - 1)
)
floats = st.floats(allow_nan=True, width=64)


def named(contracts, count):
    """Name contracts until a table has `count`; their places do not depend on when."""
    for place in range(len(contracts), count):
        root = ROOTS[place % len(ROOTS)]
        mills = 1000 * (1 + place // len(ROOTS))
        contracts.intern_columns(
            [root],
            np.array([20_600 + place]),
            np.array([mills]),
            np.array([place % 2 == 0]),
        )


def columns(rows, dtypes):
    """Random columns of given types, `contract` and `symbol` left at 0."""
    return st.tuples(
        *(
            arrays.arrays(dtype, rows, elements=floats if dtype == np.float64 else None)
            for dtype in dtypes
        )
    )


@st.composite
def print_batches(draw, contracts):
    """Prints of contracts that a table has, rarely of one that is new."""
    rows = draw(st.integers(0, 12))
    batch = PrintBatch._make(draw(columns(rows, DTYPES.values())))
    return batch._replace(contract=places(draw, contracts, rows))


def places(draw, contracts, rows):
    """Places of a table that may grow with them."""
    named(contracts, len(contracts) + draw(st.integers(0, 3)) + (not len(contracts)))
    most = len(contracts) - 1
    return draw(arrays.arrays(np.int32, rows, elements=st.integers(0, most)))


@st.composite
def facts(draw, journal):
    """A fact of any kind, its places those of a journal."""
    contracts = journal.contracts
    kind = draw(st.sampled_from([*["prints"] * 4, "stock", "chain", "oi", "words"]))
    rows = draw(st.integers(0, 9))
    if kind == "prints":
        return draw(print_batches(contracts))
    if kind == "stock":
        symbols = draw(st.lists(st.sampled_from(STOCKS), min_size=1))
        place = np.resize(journal.stock_places(symbols), rows).astype(np.int32)
        rest = draw(columns(rows, [np.int64] * 7))
        return StockBatch(rest[0], place, *rest[1:])
    if kind == "chain":
        wide = draw(columns(rows, [np.float64] * 6))
        whole = draw(columns(rows, [np.int64] * 5))
        place = places(draw, contracts, rows)
        spot, as_of = draw(floats), draw(int64s)
        return Chain(
            draw(st.sampled_from(ROOTS)), as_of, spot, contracts, place,
            *wide[:3], *whole, *wide[3:],
        )  # fmt: skip
    if kind == "oi":
        roots = draw(st.lists(st.sampled_from([*ROOTS, "ZZZ", "Q1"]), max_size=9))
        many = np.arange(len(roots))
        keys = contracts.pack(roots, 20_700 + many, 5000 + many, many > 3)
        return OpenInterest(keys, draw(columns(len(roots), [np.int64]))[0])
    return draw(words)


words = st.one_of(
    st.builds(Tick, int64s),
    st.builds(Solved, st.sampled_from(ROOTS), int64s),
    st.builds(Settled, st.binary(max_size=40)),
)
signals = st.lists(
    st.builds(Recorded, st.integers(0, 9), st.sampled_from(ROOTS), st.binary(max_size=30)),
    max_size=3,
)


@st.composite
def entries(draw, journal, first_ns):
    """The entry that a journal takes next."""
    delivered = Delivered(*(draw(st.integers(0, 2**62)) for _ in range(4)))
    fact = draw(facts(journal))
    return Entry(
        journal.end, first_ns + draw(st.integers(1, 10**6)), draw(int64s), delivered, fact
    )


def numbered(number, contracts, rows=40):
    """Return the prints that entry `number` of a test has, the same whoever asks."""
    named(contracts, number % 50 + 10)
    random = np.random.default_rng(number)
    batch = PrintBatch._make(
        random.integers(0, 100, rows).astype(dtype) for dtype in DTYPES.values()
    )
    place = random.integers(0, number % 50 + 10, rows).astype(np.int32)
    batch = batch._replace(contract=place, row=number * rows + np.arange(rows))
    return Entry(
        number, 1000 * (number + 1), 0, Delivered(prints=(number + 1) * rows), batch
    )


def plain(fact):
    """Return a fact as what can be compared: NaN by its bits, a table left out."""
    if isinstance(fact, OpenInterest):
        return OpenInterest, [fact.keys.tobytes(), fact.counts.tobytes()]
    return type(fact), [
        (value.dtype, value.tobytes())
        if isinstance(value, np.ndarray)
        else np.float64(value).tobytes()
        if isinstance(value, float)
        else value
        for value in fact
        if not hasattr(value, "roots")
    ]


def same(ours, theirs):
    """Return whether entries are equal to the last bit."""
    return [(*one[:4], plain(one.fact)) for one in ours] == [
        (*one[:4], plain(one.fact)) for one in theirs
    ]


def table(session):
    """Return a session's names, place by place."""
    contracts = session.contracts
    return (
        list(contracts.roots),
        contracts.keys.tolist(),
        contracts.multipliers.tolist(),
        list(session.stocks),
    )


def written(folder, count, rows=40, *, close=True):
    """Write a session of numbered entries, each with a signal; return them."""
    journal = SessionFolder(folder).journal(DATE, FEED)
    kept = [numbered(number, journal.contracts, rows) for number in range(count)]
    for entry in kept:
        journal.append(entry, [Recorded(entry.number, "SPY", b"%d" % entry.number)])
    if close:
        journal.close()
    return kept if close else (kept, journal)
