"""Student's t against the tables, and against its own density."""

import math

import numpy as np
import pytest

from opentape.desk.outcomes.student import critical, two_sided

TABLE = {
    (0.05, 1): 12.7062,
    (0.05, 2): 4.3027,
    (0.05, 3): 3.1824,
    (0.05, 10): 2.2281,
    (0.05, 19): 2.0930,
    (0.05, 120): 1.9799,
    (0.001, 4): 8.6103,
    (0.001, 9): 4.7809,
    (0.001, 30): 3.6460,
}


@pytest.mark.parametrize(("level", "freedom"), TABLE)
def test_the_printed_tables(level: float, freedom: int) -> None:
    assert critical(level, freedom) == pytest.approx(TABLE[level, freedom], abs=6e-5)
    assert two_sided(TABLE[level, freedom], freedom) == pytest.approx(level, rel=2e-4)


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 7, 12, 59, 250])
@pytest.mark.parametrize("t", [0.0, 0.3, 1.0, -2.5, 6.0])
def test_the_area_under_the_density(freedom: int, t: float) -> None:
    at = np.linspace(-abs(t), abs(t), 200_001)
    scale = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2))
    density = (1 + at**2 / freedom) ** (-(freedom + 1) / 2)
    within = np.trapezoid(density, at) * scale / math.sqrt(freedom * math.pi)
    assert two_sided(t, freedom) == pytest.approx(1.0 - within, abs=1e-8)


def test_far_out_it_stays_a_probability() -> None:
    for freedom in (1, 2, 9, 40):
        for t in (0.0, 1e3, 1e9, math.inf):
            assert 0.0 <= two_sided(t, freedom) <= 1.0
