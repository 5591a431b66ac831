"""Where spots and vols go over a session: one common walk, one of its own for each name."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.market.calendar import SECOND_NS, Span
from opentape.simulation.chance import stream
from opentape.simulation.world.names import Name

STEP_NS: Final = 5 * SECOND_NS
"""Between two points of a path; between them it is a straight line."""
_SESSIONS: Final = 252.0
_MARKET_VOL: Final = 0.13
_MIRROR: Final = {"SPX": "SPY"}
"""Names that follow another one to within a hair."""
_MIRROR_NOISE: Final = 0.01
_INTRADAY: Final = 0.75
"""Share of a day's variance that falls into the session."""
_JUMPS: Final = 0.35
"""Expected jumps of a name in a session."""
_JUMP_SIZE: Final = 0.35
"""Their deviation, in a day's deviations."""
_LEVERAGE: Final = -1.2
"""How vol moves when spot does, in logs: a fall of 1 % lifts it by 1.2 %."""
_VOL_OF_VOL: Final = 0.035
"""Deviation of a day's own move of vol, in logs."""


class Standing(NamedTuple):
    """Where each name stands when a session opens."""

    spot: NDArray[np.float64]
    """Dollars."""
    level: NDArray[np.float64]
    """ATM vol over the name's usual one."""


class Paths(NamedTuple):
    """Spots and vol levels of a session, a row a name, a column a step.

    The last column lies a step after the close, so that every instant has two neighbours.
    """

    start_ns: int
    spot: NDArray[np.float64]
    level: NDArray[np.float64]

    def at(
        self, name: NDArray[np.int64], ts_ns: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return spot and vol level of names at instants of the session."""
        since = np.clip(ts_ns - self.start_ns, 0, (self.spot.shape[1] - 2) * STEP_NS)
        step, rest = np.divmod(since, STEP_NS)
        part = rest / STEP_NS
        place = name * self.spot.shape[1] + step
        # flat places: a pair of indices costs twice as much
        spot, level = self.spot.ravel(), self.level.ravel()
        now, then = spot[place], spot[place + 1]
        return now + part * (then - now), level[place]

    @property
    def session_spot(self) -> NDArray[np.float64]:
        """Spots from the open to the close."""
        return self.spot[:, :-1]

    @property
    def close(self) -> Standing:
        """Where each name stands at the close."""
        return Standing(self.spot[:, -2].copy(), self.level[:, -2].copy())


def overnight(names: Sequence[Name], before: Standing, seed: int, day: int) -> Standing:
    """Return where names open a session after the one that closed at `before`."""
    rng = stream(seed, day, "overnight")
    common = float(rng.standard_normal())
    vol, beta = _vol(names) * before.level, _beta(names)
    deviation = np.sqrt((1.0 - _INTRADAY) / _SESSIONS)
    own = _own(names, seed, day, "gap", 1)[:, 0]
    move = deviation * (beta * _MARKET_VOL * common + _rest(vol, beta) * own)
    move = _mirrored(names, move)
    # vol returns to its usual level over some ten sessions
    level = np.exp(0.9 * np.log(before.level) + _LEVERAGE * _calm(names) * move)
    return Standing(before.spot * np.exp(move), level)


def walk(
    names: Sequence[Name], open_: Standing, session: Span, seed: int, day: int
) -> Paths:
    """Return the paths of a session that opens at `open_`: U-shaped, with jumps."""
    steps = int((session.end_ns - session.start_ns) // STEP_NS) + 2
    rng = stream(seed, day, "market")
    pace = np.sqrt(_shape(steps) * _INTRADAY / _SESSIONS)
    common = rng.standard_normal(steps) * pace * _MARKET_VOL
    beta = _beta(names)[:, None]
    vol = (_vol(names) * open_.level)[:, None]
    own = _own(names, seed, day, "walk", steps) * pace
    move = beta * common + _rest(vol, beta) * own + _jumps(names, vol, steps, seed, day)
    move = _mirrored(names, move)
    move[:, 0] = 0.0
    path = np.cumsum(move, axis=1)
    level = _own(names, seed, day, "level", steps) * _VOL_OF_VOL / np.sqrt(steps)
    level[:, 0] = 0.0
    drift = np.cumsum(level, axis=1) + _LEVERAGE * _calm(names)[:, None] * path
    return Paths(
        start_ns=session.start_ns,
        spot=open_.spot[:, None] * np.exp(path),
        level=_mirrored(names, open_.level[:, None] * np.exp(np.clip(drift, -0.7, 0.7))),
    )


def _shape(steps: int) -> NDArray[np.float64]:
    """Return the share of a session's variance in each step: most at its two ends."""
    at = np.linspace(0.0, 1.0, steps)
    shape = 1.0 + 2.5 * np.exp(-at / 0.05) + 0.8 * np.exp((at - 1.0) / 0.08)
    return np.asarray(shape / shape.sum())


def _jumps(
    names: Sequence[Name], vol: NDArray[np.float64], steps: int, seed: int, day: int
) -> NDArray[np.float64]:
    rng = stream(seed, day, "jumps")
    when = rng.random((len(names), steps)) < _JUMPS / steps
    size = rng.standard_normal((len(names), steps)) * _JUMP_SIZE / np.sqrt(_SESSIONS)
    return np.where(when, size * vol, 0.0)


def _own(
    names: Sequence[Name], seed: int, day: int, purpose: str, steps: int
) -> NDArray[np.float64]:
    """Return normal draws a name, which do not depend on the other names."""
    rows = [
        stream(seed, day, purpose, name.symbol).standard_normal(steps) for name in names
    ]
    return np.stack(rows)


def _mirrored(names: Sequence[Name], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values where a name that follows another has nearly the other's."""
    place = {name.symbol: at for at, name in enumerate(names)}
    for follower, leader in _MIRROR.items():
        if follower in place and leader in place:
            mine, its = values[place[follower]], values[place[leader]]
            values[place[follower]] = its + _MIRROR_NOISE * (mine - its)
    return values


def _vol(names: Sequence[Name]) -> NDArray[np.float64]:
    return np.array([name.vol for name in names])


def _beta(names: Sequence[Name]) -> NDArray[np.float64]:
    return np.array([name.beta for name in names])


def _calm(names: Sequence[Name]) -> NDArray[np.float64]:
    """Return how strongly a fall lifts vol; a name that rises with fear does not."""
    return np.array([0.0 if name.beta < 0 else 1.0 for name in names])


def _rest(vol: NDArray[np.float64], beta: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the vol that a name has beside the market's."""
    return np.sqrt(np.maximum(vol**2 - (beta * _MARKET_VOL) ** 2, (0.1 * vol) ** 2))
