"""Walls and peaks, their ties, and what there is none of."""

import math

import numpy as np
import pytest
from hypothesis import given

from opentape.positioning.book import Book
from opentape.positioning.levels import Levels
from positioning import naive
from positioning.chains import CHAINS, SPOT, columns, held


def levels_of(*chain: naive.Held, spot: float = SPOT) -> Levels:
    return Book(columns(list(chain)), spot).levels()


@given(CHAINS)
def test_as_the_twin(chain: list[naive.Held]) -> None:
    book = Book(columns(chain), SPOT)
    # the sums are the book's own: to pick between equal ones is what is under test
    rows = {
        strike: {
            name: float(np.nan_to_num(c[i])) for name, c in book.strikes._asdict().items()
        }
        for i, strike in enumerate(book.strike.tolist())
    }
    found = book.levels()
    for name, strike in naive.levels(rows, SPOT).items():
        assert getattr(found, name) == strike, name


def test_walls_are_of_one_side_and_anywhere() -> None:
    found = levels_of(
        held(90.0, oi=900.0), held(110.0, oi=300.0),
        held(110.0, put=True, oi=800.0), held(95.0, put=True, oi=200.0),
    )  # fmt: skip
    assert (found.call_wall, found.put_wall) == (90.0, 110.0)
    assert (found.call_wall_otm, found.put_wall_otm) == (110.0, 95.0)
    assert found.call_wall_strength == pytest.approx(0.75)
    assert found.put_wall_strength == pytest.approx(0.8)
    assert found.call_wall_otm_strength == pytest.approx(0.25)
    assert found.put_wall_otm_strength == pytest.approx(0.2)
    assert found.call_wall_gex == pytest.approx(0.02 * 900 * 100 * 1e4 * 0.01)
    assert found.put_wall_gex == pytest.approx(-0.02 * 800 * 100 * 1e4 * 0.01)


@pytest.mark.parametrize(
    ("strikes", "wall"),
    [((95.0, 104.0), 104.0), ((95.0, 105.0), 95.0), ((97.0, 104.0), 97.0)],
)
def test_ties_go_nearer_to_spot_then_lower(strikes: tuple[float, ...], wall: float) -> None:
    calls = levels_of(*(held(strike) for strike in strikes))
    puts = levels_of(*(held(strike, put=True) for strike in strikes))
    assert calls.call_wall == calls.highest_oi_strike == calls.max_positive_gamma == wall
    assert puts.put_wall == puts.max_negative_gamma == wall


def test_a_strike_at_spot_is_on_both_sides() -> None:
    found = levels_of(held(100.0), held(100.0, put=True))
    assert found.call_wall_otm == found.put_wall_otm == 100.0


def test_a_side_that_makes_nothing_has_no_wall() -> None:
    found = levels_of(held(100.0, put=True), held(100.0, oi=0.0))
    assert (found.call_wall, found.call_wall_gex, found.call_wall_strength) == (None,) * 3
    assert found.put_wall == 100.0
    assert found.max_positive_gamma is None
    assert found.max_negative_gamma == 100.0


def test_nothing_on_its_own_side() -> None:
    found = levels_of(held(90.0), held(110.0, put=True))
    assert (found.call_wall_otm, found.put_wall_otm) == (None, None)
    assert (found.call_wall_otm_strength, found.put_wall_otm_strength) == (None, None)


def test_open_interest_counts_both_sides_and_unusable_quotes() -> None:
    found = levels_of(
        held(90.0, oi=60.0), held(90.0, oi=60.0, put=True, usable=False), held(110.0)
    )
    assert (found.highest_oi_strike, found.highest_oi_total) == (90.0, 120.0)


def test_the_magnet_of_today_only_sees_today() -> None:
    today = {"dte": 0, "years": 0.0005}
    found = levels_of(held(90.0, put=True, oi=5.0, **today), held(110.0, oi=4.0, **today),
                      held(95.0, oi=9_000.0))  # fmt: skip
    assert found.zero_dte_magnet == 90.0
    assert levels_of(held(95.0)).zero_dte_magnet is None
    assert levels_of(held(95.0, dte=0, years=-0.001)).zero_dte_magnet is None


def test_without_a_spot_only_open_interest_has_a_level() -> None:
    found = levels_of(held(105.0), held(95.0), spot=math.nan)
    assert found.highest_oi_strike == 95.0
    assert found.call_wall is None
