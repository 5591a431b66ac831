"""Pin risk: its four parts, how they round, and the golden composite."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentape.positioning.book import Book
from opentape.positioning.options import LevelOptions, PinOptions
from opentape.positioning.pin import Pin, composite
from positioning import naive
from positioning.chains import CHAINS, SPOT, columns, held


def pin_of(
    *chain: naive.Held, spot: float = SPOT, hours: float | None = 1.0, **options
) -> Pin:
    chosen = LevelOptions(pin=PinOptions(**options))
    return Book(columns(list(chain)), spot, chosen).pin(hours)


def test_golden_composite() -> None:
    assert composite(78, 92, 81, 70, PinOptions()) == 81


@given(*[st.integers(0, 100)] * 4)
def test_the_composite_rounds_half_up(oi: int, near: int, time: int, gamma: int) -> None:
    hundredths = 30 * oi + 25 * near + 25 * time + 20 * gamma
    assert composite(oi, near, time, gamma, PinOptions()) == (hundredths + 50) // 100


@pytest.mark.parametrize(
    ("hours", "score", "kept"),
    [(1.25, 81, 1.25), (0.0, 98, 0.1), (-3.0, 98, 0.1), (0.1, 98, 0.1), (3.25, 50, 3.25),
     (6.5, 0, 6.5), (33.0, 0, 33.0)],
)  # fmt: skip
def test_time(hours: float, score: int, kept: float) -> None:
    found = pin_of(held(100.0), hours=hours)
    assert (found.time_score, found.hours) == (score, kept)


@pytest.mark.parametrize(
    ("strike", "spot", "distance", "score"),
    [(597.0, 597.5, 0.084, 92), (600.0, 600.0, 0.0, 100), (606.0, 600.0, 1.0, 0),
     (594.0, 600.0, 1.0, 0), (603.0, 600.0, 0.5, 50), (700.0, 600.0, 16.667, 0)],
)  # fmt: skip
def test_proximity(strike: float, spot: float, distance: float, score: int) -> None:
    found = pin_of(held(strike), spot=spot)
    assert (found.distance_pct, found.proximity_score) == (distance, score)


def test_open_interest_beside_that_around_spot() -> None:
    around = [held(96.0, oi=50.0), held(104.0, oi=850.0, put=True, gamma=0.0001)]
    away = held(94.0, oi=9_000.0, gamma=0.0)
    found = pin_of(held(100.0, oi=60.0), held(100.0, oi=40.0), *around, away)
    assert found.magnet == 100.0
    assert found.oi_score == 50
    assert pin_of(held(100.0), *around[:1]).oi_score == 100


def test_a_magnet_far_from_spot_has_no_share() -> None:
    found = pin_of(held(106.0), held(100.0, oi=10.0))
    assert (found.magnet, found.oi_score, found.proximity_score) == (106.0, 0, 0)


def test_both_ends_of_five_percent_are_around_spot() -> None:
    chain = [held(100.0, oi=200.0), held(95.0, oi=150.0), held(105.0, oi=150.0)]
    assert pin_of(*chain, oi_full=1.0).oi_score == 40


def test_gamma_beside_that_of_all_strikes() -> None:
    chain = [held(100.0, oi=35.0), *(held(k, oi=32.5, put=True) for k in (70.0, 130.0))]
    assert pin_of(*chain, gamma_full=0.7).gamma_score == 50
    assert pin_of(*chain).gamma_score == 100


def test_the_magnet_is_the_size_of_the_net() -> None:
    chain = [
        held(100.0, oi=90.0),
        held(100.0, oi=80.0, put=True),
        held(99.0, oi=20.0, put=True),
    ]
    assert pin_of(*chain).magnet == 99.0


@pytest.mark.parametrize("hours", [None, math.nan])
def test_without_a_clock_there_is_no_score(hours: float | None) -> None:
    found = pin_of(held(100.0), hours=hours)
    assert (found.score, found.time_score, found.hours) == (None, None, None)
    assert found.gamma_score == 100


@pytest.mark.parametrize("spot", [math.nan, 0.0, math.inf])
def test_without_a_spot_there_is_no_magnet(spot: float) -> None:
    found = pin_of(held(100.0), spot=spot)
    assert (found.score, found.magnet, found.distance_pct) == (None, None, None)
    assert found.time_score == 85


@given(CHAINS, st.floats(0, 40))
def test_scores_are_scores(chain: list[naive.Held], hours: float) -> None:
    found = Book(columns(chain), SPOT).pin(hours)
    parts = (found.oi_score, found.proximity_score, found.time_score, found.gamma_score)
    if found.magnet is None:
        assert found.score is None
        return
    assert all(part is not None and 0 <= part <= 100 for part in parts)
    assert found.score == composite(*parts, PinOptions())


def test_open_interest_that_is_not_known() -> None:
    found = pin_of(held(100.0), held(99.0, oi=math.nan))
    assert found.oi_score == 100
