"""Smiles for tests: surfaces without arbitrage, what noise does to them, slow twins."""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from opentape.pricing.smile.arbitrage import (
    PUBLISHED,
    calendar_violations,
    slice_violations,
)
from opentape.pricing.smile.fit import Why
from opentape.pricing.smile.surface import Slice

CUMULATIVE = NormalDist().cdf


@dataclass(frozen=True)
class Truth:
    """A surface in the SSVI family, inside its conditions of no arbitrage."""

    rho: float
    eta: float
    gamma: float
    years: np.ndarray
    theta: np.ndarray

    def variance(self, expiry, k):
        theta = self.theta[expiry]
        phi = self.eta / (theta**self.gamma * (1 + theta) ** (1 - self.gamma))
        root = np.sqrt((phi * k + self.rho) ** 2 + 1 - self.rho**2)
        return theta / 2 * (1 + self.rho * phi * k + root)


def truth(rng, expiries):
    """A surface of one market: an index, a stock or a meme, hours to years."""
    rho = rng.uniform(-0.9, 0.4)
    years = np.sort(np.exp(rng.uniform(math.log(0.5 / 365), math.log(3), expiries)))
    vol = rng.uniform(0.08, 1.0)
    return Truth(
        rho=rho,
        eta=rng.uniform(0.1, 1.0) * 2 / (1 + abs(rho)),
        gamma=rng.uniform(0.1, 0.5),
        years=years,
        theta=vol**2 * years ** rng.uniform(0.8, 1.0),
    )


def noisy_chain(rng, expiries=6, most=30):
    """Points of a market as quotes give them: rounded, crossed, stale and missing."""
    surface = truth(rng, expiries)
    return [
        noisy(rng, surface, expiry, int(rng.integers(0, most)))
        for expiry in range(expiries)
    ]


def noisy(rng, surface, expiry, points):
    deviation = math.sqrt(surface.theta[expiry])
    k = rng.uniform(-5, 3.5, points) * deviation
    vega = np.exp(-0.5 * (k / deviation) ** 2) + 1e-3
    root = np.sqrt(surface.variance(expiry, k))
    spread = rng.choice([0, 0.002, 0.01, 0.04])
    root *= np.clip(1 + spread * rng.standard_normal(points) / np.sqrt(vega), 0.1, 5)
    stale = rng.random(points) < rng.choice([0, 0.1, 0.3])
    root = np.where(stale, root * rng.uniform(0.5, 2, points), root)
    if rng.random() < 0.1:
        root = root * rng.uniform(0.7, 1.4)  # the whole expiry hours old
    variance = root**2
    variance[rng.random(points) < 0.1] = np.nan
    variance[rng.random(points) < 0.02] = 0.0
    return Slice(k, variance, vega, float(surface.years[expiry]))


def naive_variance(svi, k):
    return svi.a + svi.b * (svi.rho * (k - svi.m) + math.hypot(k - svi.m, svi.sigma))


def naive_call(svi, k):
    """Undiscounted call of strike exp(k) on a forward of 1, by Black's formula."""
    root = math.sqrt(naive_variance(svi, k))
    d1 = -k / root + root / 2
    return CUMULATIVE(d1) - math.exp(k) * CUMULATIVE(d1 - root)


def call_at(svi, strike):
    return naive_call(svi, math.log(strike))


def naive_g(svi, k, step=1e-4):
    """Durrleman's g with every derivative taken by differences."""
    down, here, up = (naive_variance(svi, k + move) for move in (-step, 0.0, step))
    first, second = (up - down) / (2 * step), (up - 2 * here + down) / step**2
    upright = (1 - k * first / (2 * here)) ** 2
    return upright - first**2 / 4 * (1 / here + 0.25) + second / 2


def close_grid(slices):
    """Places far closer than any the product looks at, out to where it promises."""
    widest = max(naive_variance(svi, 0.0) for svi in slices)
    reach = max(1.5, 5 * math.sqrt(widest))
    t = np.linspace(-1, 1, 4001)
    places = [t * reach, np.arange(-20, 21) / 40]
    for svi in slices:
        end = math.asinh((reach + abs(svi.m)) / svi.sigma)
        places.append(svi.m + svi.sigma * np.sinh(end * t))
    every = np.concatenate(places)
    return every[np.abs(every) <= reach]


def exact(surface, expiry, k):
    return Slice(
        k, surface.variance(expiry, k), np.ones(k.size), float(surface.years[expiry])
    )


def wide(surface, expiry, points=15):
    return np.linspace(-3, 2, points) * math.sqrt(surface.theta[expiry])


def check(chain, fits):
    """Every slice that is there obeys every law; every other says which it broke."""
    assert len(fits) == len(chain)
    near = None
    for row, one in sorted(zip(chain, fits, strict=True), key=lambda pair: pair[0].years):
        assert (one.svi is None) == (one.why is not Why.FITTED)
        usable = np.isfinite(row.total_variance) & (row.total_variance > 0)
        assert one.points == usable.sum()
        if one.svi is None:
            continue
        for grid in (PUBLISHED, None, close_grid([one.svi])):
            assert slice_violations(one.svi, grid) == []
        if near is not None:
            for grid in (PUBLISHED, None, close_grid([near, one.svi])):
                assert calendar_violations(near, one.svi, grid) == []
        near = one.svi
