"""The book: sums that agree with each other, and with a book made anew."""

import math
from functools import reduce
from operator import add

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentape.positioning.book import Book
from opentape.positioning.sums import Sums, Totals
from positioning import naive
from positioning.chains import CHAINS, FLOOR, SPOT, columns, held, large

SIDES = ("call", "put", "net")


def known(column: np.ndarray) -> list[float]:
    return [value for value in column.tolist() if not math.isnan(value)]


@given(CHAINS)
def test_rows_as_the_twin(chain: list[naive.Held]) -> None:
    book = Book(columns(chain), SPOT)
    wanted = naive.strikes(chain, SPOT, FLOOR)
    assert book.strike.tolist() == list(wanted)
    for name, column in book.strikes._asdict().items():
        if name.endswith(("_oi", "_volume", "_shares")):
            continue
        twin = [row[name] for row in wanted.values()]
        np.testing.assert_allclose(column, twin, rtol=1e-11, atol=1e-6)
    for name in ("call_oi", "put_oi", "total_oi"):
        twin = [row[name] for row in wanted.values()]
        np.testing.assert_array_equal(np.nan_to_num(getattr(book.strikes, name)), twin)


@given(CHAINS)
def test_rows_and_totals_agree(chain: list[naive.Held]) -> None:
    book = Book(columns(chain), SPOT)
    totals, rows = book.totals(), book.strikes
    for measure in naive.MEASURES:
        call, put, net = (getattr(rows, f"{side}_{measure}") for side in SIDES)
        np.testing.assert_array_equal(net, call + put)
        whole = getattr(totals, f"net_{measure}")
        if totals.counted:
            assert whole == reduce(add, net.tolist(), 0.0)
        else:
            assert whole is None
    assert (rows.put_gex <= 0).all()
    assert (rows.call_gex >= 0).all()
    assert totals.counted == sum(c.counts for c in chain) == int(rows.counted.sum())
    assert (np.diff(book.strike) > 0).all()


@given(CHAINS)
def test_expiries_add_up_to_the_chain(chain: list[naive.Held]) -> None:
    book = Book(columns(chain), SPOT)
    assert book.dte.tolist() == sorted({c.dte for c in chain if c.live})
    for name in Sums._fields:
        by_strike, by_expiry = (
            known(getattr(book.strikes, name)),
            known(getattr(book.expiries, name)),
        )
        assert math.fsum(by_strike) == pytest.approx(math.fsum(by_expiry), abs=1e-6)


CHANGES = st.lists(
    st.tuples(st.integers(0, 24), st.one_of(st.just(math.nan), st.integers(0, 900))),
    max_size=12,
)


@given(CHAINS, CHANGES)
def test_changes_one_by_one_as_a_book_made_anew(
    chain: list[naive.Held], changes: list[tuple[int, float]]
) -> None:
    book = Book(columns(chain), SPOT)
    oi = columns(chain).oi.copy()
    for place, held_now in changes:
        if place < oi.size:
            oi[place] = held_now
            book.set_oi(place, held_now)
    anew = Book(columns(chain)._replace(oi=oi), SPOT)
    for mine, other in ((book.strikes, anew.strikes), (book.expiries, anew.expiries)):
        np.testing.assert_array_equal(np.array(mine), np.array(other))
    assert book.totals() == anew.totals()
    assert book.levels() == anew.levels()
    np.testing.assert_array_equal(book.positions.oi, oi)


def test_a_second_book_leaves_the_first_alone() -> None:
    given_oi = columns([held(90.0), held(110.0, put=True)])
    book = Book(given_oi, SPOT)
    before = book.totals()
    other = book.with_oi(np.array([7.0, 0.0]))
    other.set_oi(1, 5.0)
    assert book.totals() == before
    assert other.totals() == Book(given_oi._replace(oi=np.array([7.0, 5.0])), SPOT).totals()
    assert given_oi.oi.tolist() == [100.0, 100.0]


def test_views_follow_a_change() -> None:
    book = Book(columns([held(90.0), held(110.0)]), SPOT)
    rows = book.strikes
    book.set_oi(0, 0.0)
    assert rows.call_oi.tolist() == [0.0, 100.0]
    assert book.expiries.call_oi.tolist() == [100.0]


@pytest.mark.parametrize("place", [-1, 2, 1 << 40])
def test_a_row_that_is_not_there(place: int) -> None:
    with pytest.raises(IndexError, match="place must be a row"):
        Book(columns([held(90.0), held(110.0)]), SPOT).set_oi(place, 1.0)


def test_a_column_of_another_length() -> None:
    with pytest.raises(ValueError, match="broadcast"):
        Book(columns([held(90.0), held(110.0)]), SPOT).with_oi(np.ones(3))


def test_unknown_is_not_0() -> None:
    book = Book(
        columns(
            [held(90.0, oi=math.nan, volume=math.nan), held(100.0, put=True, vol=math.nan)]
        ),
        SPOT,
    )
    rows, totals = book.strikes, book.totals()
    np.testing.assert_array_equal(rows.call_oi, [math.nan, 0.0])
    np.testing.assert_array_equal(rows.put_oi, [0.0, 100.0])
    np.testing.assert_array_equal(rows.total_oi, [math.nan, 100.0])
    np.testing.assert_array_equal(rows.call_volume, [math.nan, 0.0])
    assert totals == Totals(
        net_gex=None, net_dex=None, net_vex=None, net_chex=None, net_dag=None,
        call_gex=None, put_gex=None, call_oi=0.0, put_oi=100.0, call_volume=0.0,
        put_volume=10.0, counted=0,
    )  # fmt: skip


def test_an_unusable_quote_still_holds_open_interest() -> None:
    book = Book(columns([held(100.0, usable=False)]), SPOT)
    assert book.totals().net_gex is None
    assert book.totals().call_oi == 100.0
    assert book.strikes.call_shares.tolist() == [10_000.0]


def test_the_expired_hold_nothing() -> None:
    book = Book(columns([held(100.0, years=0.0), held(90.0, years=-1.0)]), SPOT)
    assert book.strike.size == book.dte.size == 0
    assert book.totals().call_oi is None
    book.set_oi(0, 50.0)
    assert book.totals().counted == 0


@pytest.mark.parametrize(
    "chain", [[], [held(math.nan)], [held(100.0, oi=math.nan)]], ids=len
)
def test_nothing_to_see(chain: list[naive.Held]) -> None:
    book = Book(columns(chain), SPOT)
    assert book.totals().net_gex is None
    assert book.levels().call_wall is None
    assert book.pain().level is None
    assert book.flip().level is None
    assert book.pin(1.0).score is None


def test_all_unknown() -> None:
    nothing = columns([held(100.0)] * 5)
    nan = np.full(5, math.nan)
    blank = nothing._replace(
        strike=nan, years=nan, oi=nan, volume=nan, multiplier=nan, vol=nan, delta=nan,
        gamma=nan, rate=nan, carry=nan,
    )  # fmt: skip
    book = Book(blank, math.nan)
    assert book.strike.size == 0
    assert book.totals().counted == 0
    assert set(msgspec.structs.astuple(book.levels())) == {None}


def test_one_strike_over_many_expiries_is_one_row() -> None:
    chain = [held(100.0, dte=d, years=d / 365, oi=float(d)) for d in (1, 7, 30)]
    book = Book(columns(chain), SPOT)
    assert book.strike.tolist() == [100.0]
    assert book.strikes.call_oi.tolist() == [38.0]
    assert book.expiries.call_oi.tolist() == [1.0, 7.0, 30.0]


@pytest.mark.slow
def test_a_day_of_changes_does_not_drift() -> None:
    chain = large(5240)
    book = Book(chain, 600.0)
    random = np.random.default_rng(5)
    oi = chain.oi.copy()
    for place, now in zip(
        random.integers(0, oi.size, 20_000).tolist(),
        random.integers(0, 9_000, 20_000).tolist(),
        strict=True,
    ):
        oi[place] = now
        book.set_oi(place, now)
    anew = Book(chain._replace(oi=oi), 600.0)
    np.testing.assert_array_equal(np.array(book.strikes), np.array(anew.strikes))
    assert book.totals() == anew.totals()
