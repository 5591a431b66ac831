"""Usable points, outliers made light, and the nearest slice with no law held."""

import math

import numpy as np
import pytest

from opentape.pricing.smile.search.descent import work
from opentape.pricing.smile.search.draft import draft, error, free_fit
from opentape.pricing.smile.search.outliers import deviation_at
from opentape.pricing.smile.svi import Svi, total_variance

TRUE = Svi(0.02, 0.15, -0.3, 0.05, 0.1)
K = np.linspace(-0.4, 0.4, 21)


def test_points_that_say_nothing_are_left_out():
    bad = [math.nan, math.inf, 0.0, -1.0]
    k = np.concatenate([K, [math.nan, math.inf], np.zeros(8)])
    variance = np.concatenate([total_variance(TRUE, K), [0.04, 0.04], bad, [0.04] * 4])
    weight = np.concatenate([np.ones(21), [1, 1], np.ones(4), bad])
    one = draft(k, variance, weight, 0.5)
    assert one.k.tolist() == K.tolist()
    assert one.given.sum() == pytest.approx(1.0)
    assert one.scale == pytest.approx(np.median(np.sqrt(total_variance(TRUE, K))))


def test_points_are_put_in_order_of_strike():
    one = draft([0.2, -0.1, 0.0], [0.05, 0.04, 0.03], [1, 2, 3], 0.5)
    assert one.k.tolist() == [-0.1, 0.0, 0.2]
    assert np.square(one.deviation).tolist() == pytest.approx([0.04, 0.03, 0.05])
    assert one.given.tolist() == pytest.approx([2 / 6, 3 / 6, 1 / 6])


def test_no_points_have_no_scale():
    assert math.isnan(draft([], [], [], 0.5).scale)


def test_outliers_count_next_to_nothing():
    rng = np.random.default_rng(2)
    variance = total_variance(TRUE, K) * (1 + 0.002 * rng.standard_normal(21))
    stale = [3, 11, 17]
    variance[stale] *= [2.0, 0.4, 1.5]
    one = draft(K, variance, np.ones(21), 1.0)
    assert free_fit(one, work()) < 0.02
    assert one.weight[stale].max() < 0.01 * one.weight.max()
    off = np.sqrt(total_variance(Svi(*one.raw), K) / total_variance(TRUE, K)) - 1
    assert np.abs(off).max() < 0.01


def test_a_heavy_point_counts_more():
    variance = total_variance(TRUE, K) * np.where(K > 0, 1.02, 1.0)
    misses = {}
    for heavy in (False, True):
        weight = np.where(np.arange(21) == 20, 1e6 if heavy else 1.0, 1.0)
        one = draft(K, variance, weight, 1.0)
        free_fit(one, work())
        misses[heavy] = abs(deviation_at(one.raw, K[20]) - one.deviation[20])
    assert misses[True] < 0.1 * misses[False]


def test_error_is_the_share_of_the_typical_vol():
    one = draft(K, total_variance(TRUE, K), np.ones(21), 1.0)
    higher = np.array(TRUE._replace(a=TRUE.a * 1.1))
    roots = np.sqrt([total_variance(Svi(*higher), K), total_variance(TRUE, K)])
    expected = math.sqrt(np.mean((roots[0] - roots[1]) ** 2)) / one.scale
    assert error(one, higher) == pytest.approx(expected)
