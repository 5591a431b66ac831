"""Live beside settled: shifts, directions, and the sums of open interest."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentape.positioning.book import Book
from opentape.positioning.options import LevelOptions
from opentape.positioning.shift import (
    Direction,
    described,
    direction,
    effective,
    interest,
    move,
    pct_shift,
)
from positioning.chains import SPOT, columns, held


@pytest.mark.parametrize(
    ("settled", "now", "shift"),
    [
        (11.7e9, 12.5e9, 0.068), (-1.2e9, -1.45e9, 0.208), (-425e6, -450e6, 0.059),
        (0.0, 5.0, None), (0.0, 0.0, 0.0), (450e6, -450e6, -2.0), (100.0, 0.0, -1.0),
        (None, 1.0, None), (1.0, None, None), (1e9, 1e9 - 1.0, 0.0),
    ],
)  # fmt: skip
def test_golden_shifts(settled: float, now: float, shift: float | None) -> None:
    assert pct_shift(settled, now) == shift
    assert str(pct_shift(settled, now)) == str(shift)


@pytest.mark.parametrize(
    ("settled", "now", "flow", "label"),
    [
        (100.0, 500.0, 0, Direction.NO_FLOW), (None, None, 0, Direction.NO_FLOW),
        (100.0, -1.0, 3, Direction.REGIME_FLIP), (-100.0, 1.0, 3, Direction.REGIME_FLIP),
        (0.0, 7.0, 3, Direction.REGIME_FLIP), (0.0, -7.0, 3, Direction.REGIME_FLIP),
        (0.0, 0.0, 3, Direction.NEUTRAL), (100.0, 104.94, 3, Direction.NEUTRAL),
        (100.0, 104.96, 3, Direction.AMPLIFYING), (100.0, 105.0, 3, Direction.AMPLIFYING),
        (-100.0, -105.0, 3, Direction.AMPLIFYING), (100.0, 95.0, 3, Direction.DAMPENING),
        (-100.0, -90.0, 3, Direction.DAMPENING), (100.0, 95.06, 3, Direction.NEUTRAL),
        (100.0, 0.0, 3, Direction.DAMPENING), (None, 1.0, 3, None), (1.0, None, 3, None),
    ],
)  # fmt: skip
def test_directions(
    settled: float | None, now: float | None, flow: int, label: Direction | None
) -> None:
    assert direction(settled, now, flow) is label


def test_the_neutral_band_can_be_moved() -> None:
    wide = LevelOptions(neutral_shift=0.2)
    assert direction(100.0, 115.0, 1, wide) is Direction.NEUTRAL


def test_move() -> None:
    assert move(-450e6, -480e6).adjustment == -30e6
    assert move(None, 1.0).adjustment is None


def test_golden_sums() -> None:
    found = interest(np.array([16_222_147.0]), np.array([16_234_597.0]))
    assert found.simulated_oi == 16_222_147 + 12_450


def test_golden_sums_with_a_clamped_surplus() -> None:
    official = np.array([14_819_000.0, 1_000.0])
    found = interest(official, official + np.array([16_100.0, -3_650.0]))
    assert found.official_oi == 14_820_000
    assert found.intraday_oi_delta == 12_450
    assert found.simulated_oi == 14_832_450
    assert found.effective_oi == 14_835_100
    assert found.effective_oi - found.simulated_oi == 2_650
    assert found.total_abs_delta_contracts == 17_100
    assert (found.contracts_total, found.contracts_with_flow) == (2, 2)


SOME = st.one_of(st.just(math.nan), st.integers(-500, 5_000).map(float))


@given(st.lists(st.tuples(SOME, SOME)))
def test_laws_of_the_sums(pairs: list[tuple[float, float]]) -> None:
    official, simulated = np.array(pairs).reshape(-1, 2).T
    found = interest(official, simulated)
    kept = [(o, o if math.isnan(s) else s) for o, s in pairs if o >= 0]
    assert found.simulated_oi == found.official_oi + found.intraday_oi_delta
    assert found.official_oi == sum(o for o, _ in kept)
    assert found.simulated_oi == sum(s for _, s in kept)
    assert found.effective_oi == sum(max(0.0, s) for _, s in kept) >= found.simulated_oi
    assert found.total_abs_delta_contracts == sum(abs(max(0.0, s) - o) for o, s in kept)
    assert found.contracts_with_flow == sum(s != o for o, s in kept)
    assert np.nansum(effective(official, simulated)) == found.effective_oi


def told(settled: Book, simulated: np.ndarray) -> str:
    """What is said of a book and its contracts' open interest of now."""
    official = settled.positions.oi
    now = settled.with_oi(effective(official, simulated))
    gex = move(settled.totals().net_gex, now.totals().net_gex)
    counts = interest(official, simulated)
    turn = direction(gex.settled, gex.live, counts.contracts_with_flow)
    return described(turn, gex, counts)


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ([100.0, 100.0], "No contract has seen flow since the open."),
        (
            [150.0, 100.0],
            "Flow has amplified dealer GEX by 100.0% since the open; 1 ",
        ),
        ([80.0, 90.0], "Flow has dampened dealer GEX by 30.0% since the open; 2 "),
        (
            [0.0, 100.0],
            "Flow has turned the sign of dealer GEX since the open; 1 contract ",
        ),
    ],
)
def test_descriptions(now: list[float], said: str) -> None:
    book = Book(columns([held(95.0), held(105.0, put=True, gamma=0.01)]), SPOT)
    assert told(book, np.array(now)).startswith(said)


def test_descriptions_count_what_moved() -> None:
    book = Book(columns([held(95.0), held(105.0, put=True, gamma=0.01)]), SPOT)
    said = told(book, np.array([1_600.0, -5.0]))
    assert said.endswith("; 2 contracts saw 1,600 contract-units of repositioning.")


def test_nothing_known_is_said_so() -> None:
    book = Book(columns([held(95.0, vol=math.nan)]), SPOT)
    said = told(book, np.array([200.0]))
    assert said.startswith("Dealer GEX is not known; 1 contract saw")
