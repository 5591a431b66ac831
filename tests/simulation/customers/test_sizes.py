"""How large orders are, and how people write such sizes."""

import numpy as np
import pytest

from opentape.simulation.customers import sizes
from opentape.simulation.customers.intents import WAYS


@pytest.mark.parametrize(
    "profile", sorted({way.profile for way in WAYS.values()} | {"vix"})
)
def test_sizes_grow_with_their_quantile(profile):
    size = sizes.size_at(profile, np.arange(1 << 15) / (1 << 15))
    assert np.all(np.diff(size) >= 0)
    assert size[0] >= 1 - 1e-12
    assert sizes.mean_size(profile) == pytest.approx(size.mean())
    if "cross" in profile:
        assert sizes.rounded(size, np.full(size.size, 0.5)).min() >= 1_000


def test_large_sizes_mostly_end_in_a_nought():
    size, u = np.full(1_000, 1_234.4), np.arange(1_000) / 1_000
    found = sizes.rounded(size, u)
    assert np.bincount(found)[1_250] == 700
    assert np.bincount(found)[1_234] == 300
    assert sizes.rounded(np.array([0.2]), np.array([0.9]))[0] == 1
