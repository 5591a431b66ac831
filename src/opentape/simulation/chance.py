"""Chance that depends on what it is for, never on the order in which it is asked for."""

import zlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_FIRST: Final = np.uint64(0xBF58476D1CE4E5B9)
_SECOND: Final = np.uint64(0x94D049BB133111EB)
_UNIT: Final = 2.0**-53


def stream(seed: int, *purpose: int | str) -> np.random.Generator:
    """Return a generator of its own for each purpose: adding one leaves the others."""
    key = [zlib.crc32(one.encode()) if isinstance(one, str) else one for one in purpose]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *key])))


def noise(seed: int, *columns: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return a number in (0, 1) for each row: a hash of its columns.

    The same row gives the same number whenever it is asked for, so that a quote does not
    move between two prints of one instant.

    Source
    ------
    The mixing of SplitMix64: Steele, Lea and Flood (2014).
    """
    state = np.full(columns[0].shape, seed, np.uint64)
    for column in columns:
        state = _mixed(state * _GOLDEN + column.astype(np.uint64) + _GOLDEN)
    return (state >> np.uint64(11)).astype(np.float64) * _UNIT + 0.5 * _UNIT


def _mixed(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    state = (state ^ (state >> np.uint64(30))) * _FIRST
    state = (state ^ (state >> np.uint64(27))) * _SECOND
    return state ^ (state >> np.uint64(31))


def drawn(shares: NDArray[np.float64], u: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return a place for each number in [0, 1), as often as its share of the sum says."""
    edges = np.cumsum(shares)
    return np.searchsorted(edges[:-1] / edges[-1], u, side="right")
