"""Where the exercise boundary is held, and where integrals over it are read."""

from typing import Final

import numpy as np

from opentape.pricing.columns import Floats

NODES: Final = 8
"""Times at which the boundary is solved for: as many as a vector register holds."""
POINTS: Final = 5
"""Points of the integral that ends at each of them."""
PAIRS: Final = NODES * (POINTS + 1)
"""Points and nodes, point by point; in the last place of each node, expiry."""
PRICE_POINTS: Final = 20
"""Points of the integral that is the early exercise premium."""
WIDTH: Final = PAIRS
"""Places in a row of scratch."""


def _chebyshev() -> Floats:
    # the last, 0, is left out: expiry, where the boundary is known
    return 0.5 * (1.0 + np.cos(np.pi * np.arange(NODES) / NODES))


def _circle(points: int) -> tuple[Floats, Floats, Floats]:
    """Return sine, cosine and the weight of d(sine^2) at Gauss points of a quarter turn."""
    place, weight = np.polynomial.legendre.leggauss(points)
    angle = 0.25 * np.pi * (place + 1.0)
    sine, cosine = np.sin(angle), np.cos(angle)
    return sine, cosine, 0.5 * np.pi * weight * sine * cosine


def _interpolation(at: Floats) -> Floats:
    """Return what each node adds to a polynomial at `at` that is 0 at expiry."""
    nodes = np.append(_chebyshev(), 0.0)
    weight = (-1.0) ** np.arange(NODES + 1)
    weight[[0, -1]] *= 0.5
    # off a node by nothing that shows
    apart = weight / (at[:, None] - nodes - 1e-300)
    return np.ascontiguousarray((apart / apart.sum(axis=1, keepdims=True))[:, :-1].T)


# Time is measured back from a node or from today as its share sin^2, so that what is left
# to expiry is cos^2: square roots of both, which the integrands hold, are smooth in the
# angle, and few points will do.
_SINE, _COSINE, _WEIGHT = _circle(POINTS)

NODE_ROOT: Final = _chebyshev()
"""sqrt(time to expiry of the node / years)."""
PAIR_ROOT: Final = np.outer(np.append(_SINE, 1.0), NODE_ROOT).reshape(-1)
"""sqrt(time between a point and its node / years)."""
PAIR_WEIGHT: Final = np.outer(np.append(_WEIGHT, 0.0), NODE_ROOT**2).reshape(-1)
"""Share of years that a point stands for; 0 at expiry."""
PAIR_WHOLE: Final = np.outer(np.append(_SINE * 0.0, 1.0), NODE_ROOT**0).reshape(-1)
"""1 at expiry."""
PAIR_READ: Final = _interpolation(np.outer(np.append(_COSINE, 0.0), NODE_ROOT).reshape(-1))
"""By node and pair: how much of the node is in the boundary there."""

PRICE_ROOT, _PRICE_LEFT, PRICE_WEIGHT = _circle(PRICE_POINTS)
"""sqrt(time from today / years), and the share of years that a point stands for."""
PRICE_READ: Final = _interpolation(_PRICE_LEFT)
