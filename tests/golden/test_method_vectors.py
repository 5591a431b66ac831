"""The vectors of the method's list that are about levels and smiles, one test each.

Numbers 6 to 9, 13 and 14; the others are about the fold and the score.
"""

import math
from collections.abc import Callable

import numpy as np
import pytest

from opentape.positioning.book import Sums
from opentape.positioning.flip import legacy
from opentape.positioning.max_pain import pain
from opentape.positioning.options import LevelOptions
from opentape.positioning.pin import pin
from opentape.positioning.shift import direction, pct_shift
from opentape.pricing.smile.arbitrage import durrleman, slice_violations
from opentape.pricing.smile.density import survival, survival_at
from opentape.pricing.smile.svi import Svi, bend, total_variance

# Axel Vogt's slice, example 3.1 of Gatheral and Jacquier, "Arbitrage-free SVI volatility
# surfaces" (2014): convex in k everywhere, and yet it holds butterfly arbitrage
VOGT = Svi(a=-0.0410, b=0.1331, rho=0.3060, m=0.3586, sigma=0.4153)


@pytest.mark.parametrize(
    ("settled", "live", "expected"),
    [
        (11.7e9, 12.5e9, 0.068),
        (-1.2e9, -1.45e9, 0.208),
        (-425e6, -450e6, 0.059),
        (0.0, 5e6, None),
        (0.0, 0.0, 0.0),
        (400e6, -100e6, -1.25),
    ],
)
def test_6_shift_of_exposure(settled: float, live: float, expected: float | None) -> None:
    assert pct_shift(settled, live) == expected


@pytest.mark.parametrize(
    ("settled", "live", "contracts", "expected"),
    [
        (11.7e9, 12.5e9, 3, "amplifying"),
        (-1.2e9, -1.45e9, 3, "amplifying"),
        (12.5e9, 11.7e9, 3, "dampening"),
        (100e6, 104.9e6, 3, "neutral"),
        (100e6, 105e6, 3, "amplifying"),
        (100e6, 95e6, 3, "dampening"),
        (400e6, -100e6, 3, "regime_flip"),
        (0.0, 5e6, 3, "regime_flip"),
        (400e6, -100e6, 0, "no_flow"),
    ],
)
def test_6_direction_of_flow(
    settled: float, live: float, contracts: int, expected: str
) -> None:
    assert direction(settled, live, contracts, LevelOptions()) == expected


def test_7_pin_composite_is_81() -> None:
    """0.3 x 78 + 0.25 x 92 + 0.25 x 81 + 0.2 x 70 = 80.65, from the published integers."""
    # at the magnet are 0.156 of the open interest and 0.245 of the gamma
    strike = np.array([100.0, 99.0, 101.0, 103.0, 97.0])
    oi = np.array([156.0, 200.0, 200.0, 200.0, 244.0])
    gamma = np.array([245.0, 100.0, -200.0, 240.0, -215.0])
    order = np.argsort(strike)
    sums = {name: np.zeros(strike.size) for name in Sums._fields}
    sums |= {"call_oi": oi[order] / 4, "put_oi": oi[order] * 3 / 4, "total_oi": oi[order]}
    sums["net_gex"] = gamma[order]
    found = pin(strike[order], Sums(**sums), 100.0 / (1 - 0.0008), 1.25)
    assert found.magnet == 100.0
    parts = [found.oi_score, found.proximity_score, found.time_score, found.gamma_score]
    assert parts == [78, 92, 81, 70]
    assert found.score == 81


def test_8_legacy_flip() -> None:
    found = legacy(np.array([100.0, 110.0]), np.array([-10.0, 30.0]))
    assert found.level == 102.5


def test_9_max_pain_by_hand() -> None:
    """Calls 10 at 90, puts 10 at 110, nothing between: flat, so the nearest to spot."""
    strike = np.array([90.0, 100.0, 110.0])
    calls, puts = np.array([10.0, 0.0, 0.0]), np.array([0.0, 0.0, 10.0])
    found = pain(strike, calls, puts, 103.0)
    assert found.total.tolist() == [200.0, 200.0, 200.0]
    assert found.level == 100.0
    assert pain(strike, calls, puts, 95.0).level == 90.0  # as near as 100, and lower
    assert pain(strike, calls * 0, puts * 0, 100.0).level is None


def test_13_a_convex_slice_with_negative_density_is_rejected() -> None:
    k = np.linspace(-1.5, 1.5, 301)
    assert np.all(bend(VOGT, k) > 0)
    g = durrleman(VOGT, k)
    assert g.min() < 0
    assert slice_violations(VOGT)
    # the same in plain arithmetic, at the worst place
    at = float(k[int(np.argmin(g))])
    root = math.hypot(at - VOGT.m, VOGT.sigma)
    w = VOGT.a + VOGT.b * (VOGT.rho * (at - VOGT.m) + root)
    slope = VOGT.b * (VOGT.rho + (at - VOGT.m) / root)
    curve = VOGT.b * VOGT.sigma**2 / root**3
    assert total_variance(VOGT, at) == pytest.approx(w, rel=1e-14)
    expected = (1 - at * slope / (2 * w)) ** 2 - slope**2 / 4 * (1 / w + 1 / 4) + curve / 2
    assert g.min() == pytest.approx(expected, rel=1e-10)


EQUITY = Svi(a=0.01, b=0.12, rho=-0.6, m=0.02, sigma=0.15)
FORWARD, YEARS = 104.0, 0.4


def plain_vol(strike: float) -> float:
    k = math.log(strike / FORWARD)
    w = EQUITY.a + EQUITY.b * (
        EQUITY.rho * (k - EQUITY.m) + math.hypot(k - EQUITY.m, EQUITY.sigma)
    )
    return math.sqrt(w / YEARS)


def plain_call(strike: float) -> float:
    """Return what a call pays on average, its vol being that of the strike."""
    sd = plain_vol(strike) * math.sqrt(YEARS)
    d1 = math.log(FORWARD / strike) / sd + sd / 2

    def above(x: float) -> float:
        return math.erfc(-x / math.sqrt(2)) / 2

    return FORWARD * above(d1) - strike * above(d1 - sd)


def slope_of(work: Callable[[float], float], at: float) -> float:
    """Return a central difference of the fourth order."""
    h = at * 1e-3
    far, near = work(at + 2 * h) - work(at - 2 * h), work(at + h) - work(at - h)
    return (8 * near - far) / (12 * h)


@pytest.mark.parametrize("strike", [60.0, 85.0, 100.0, 104.0, 110.0, 130.0, 170.0])
def test_14_survival_is_the_slope_of_the_call_price(strike: float) -> None:
    expected = -slope_of(plain_call, strike)
    assert survival(EQUITY, math.log(strike / FORWARD)) == pytest.approx(expected, abs=1e-9)
    tilt = slope_of(plain_vol, strike)
    found = survival_at(strike, FORWARD, YEARS, plain_vol(strike), tilt)
    assert found == pytest.approx(expected, abs=1e-9)
