"""How many contracts an order is for: tables of quantiles, one a way to trade."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

_ROWS: Final = 1 << 15
_QUANTILES: Final[Mapping[str, Sequence[tuple[float, float]]]] = {
    "electronic": (
        (0, 1), (0.34, 1), (0.47, 2), (0.62, 4), (0.78, 9), (0.89, 17), (0.96, 40),
        (0.99, 115), (0.998, 420), (0.9999, 2_000), (1, 8_000),
    ),
    "auction": (
        (0, 1), (0.55, 1), (0.72, 2), (0.85, 3), (0.93, 5), (0.97, 10), (0.99, 28),
        (0.998, 100), (0.9999, 800), (1, 3_000),
    ),
    "sweep": (
        (0, 2), (0.25, 4), (0.5, 9), (0.7, 20), (0.85, 55), (0.95, 280), (0.99, 1_400),
        (0.999, 4_500), (1, 14_000),
    ),
    "worked": ((0, 20), (0.5, 110), (0.9, 800), (0.99, 3_000), (1, 10_000)),
    "floor": ((0, 10), (0.5, 150), (0.9, 1_200), (0.99, 6_000), (1, 30_000)),
    "cross": ((0, 1_000), (0.5, 1_500), (0.9, 4_000), (0.99, 9_000), (1, 20_000)),
    "package": (
        (0, 1), (0.65, 1), (0.84, 2), (0.93, 3), (0.97, 6), (0.988, 20), (0.997, 100),
        (0.9999, 1_600), (1, 4_000),
    ),
    "floor_package": ((0, 25), (0.5, 250), (0.9, 2_000), (0.99, 7_000), (1, 15_000)),
    "cross_package": ((0, 1_000), (0.5, 1_200), (0.9, 3_500), (1, 10_000)),
    "tied": ((0, 5), (0.5, 60), (0.9, 600), (0.99, 3_000), (1, 10_000)),
    # a day of VIX at Cboe: half of the prints are of ten contracts and more
    "vix": (
        (0, 1), (0.15, 1), (0.3, 4), (0.5, 11), (0.7, 45), (0.9, 260), (0.99, 1_350),
        (0.999, 4_000), (1, 10_000),
    ),
}  # fmt: skip


def size_at(profile: str, u: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sizes at quantiles in [0, 1), before they are rounded."""
    return _table(profile)[(u * _ROWS).astype(np.int64)]


def mean_size(profile: str) -> float:
    """Return what an order of a profile has on average."""
    return float(_table(profile).mean())


def rounded(size: NDArray[np.float64], u: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return sizes as people write them: most large ones end in a nought."""
    unit = np.array([1, 5, 10, 50])[np.searchsorted(np.array([12, 40, 200]), size)]
    plain = np.where(u < 0.7, np.rint(size / unit) * unit, np.rint(size))  # noqa: PLR2004
    return np.maximum(plain, 1).astype(np.int64)


@cache
def _table(profile: str) -> NDArray[np.float64]:
    """Return sizes at the middles of equal slices, even in logs between the points."""
    points = np.array(_QUANTILES[profile], np.float64)
    share, size = points[:, 0], points[:, 1]
    u = (np.arange(_ROWS) + 0.5) / _ROWS
    # in the tail a size is a power of how rare it is
    rare: NDArray[np.float64] = -np.log(1.0 - np.minimum(share, 1.0 - 0.5 / _ROWS))
    return np.exp(np.interp(-np.log(1.0 - u), rare, np.log(size)))
