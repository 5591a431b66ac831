"""Daily bars and 30-day vols of every name before a date.

One market factor with a vol of its own; names follow it by their beta and add moves of
their own. Vols are lognormal, revert to their mean, rise when prices fall and before
reports. What is realised stays below what is implied. All is made to end where the day
begins: the last close is one overnight move from the opening spot.
"""

import datetime as dt
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.market.calendar import EPOCH, SECOND_NS, session_of
from opentape.simulation.chance import stream
from opentape.simulation.world.earnings import Reports
from opentape.simulation.world.names import Kind

SESSIONS: Final = 300
VOL_INDEX: Final = "VIX"
SESSIONS_A_YEAR: Final = 252
_WARM: Final = 40
"""Sessions run before the first one that is kept."""
_PREMIUM: Final = 0.83
"""Vol realised for each 1 implied."""
_OVERNIGHT: Final = 0.3
"""Share of a day's variance that falls between sessions."""
_MARKET_VOL: Final = 0.145
_DRIFT: Final = 0.05 / SESSIONS_A_YEAR
_JUMPS: Final = 4.0 / SESSIONS_A_YEAR
_REPORT_MOVE: Final = 3.0
"""Move on a report, in ordinary days' moves."""
_REPORT_VARIANCE: Final = _REPORT_MOVE**2 / SESSIONS_A_YEAR * 365.0 / 30.0
_REPORT_WINDOW: Final = 30
_HALF_DAY_NS: Final = 5 * 3_600 * SECOND_NS
_TURNOVER: Final = {Kind.STOCK: 0.008, Kind.FUND: 0.07, Kind.INDEX: 0.0}
_JUMP_EDGE: Final = 2.26
"""A normal number beyond it comes three times a year."""
_OWN, _VOL, _VOLUME, _JUMP, _JUMP_SIZE, _GAP, _CHANCES = range(7)
"""What the normal numbers of a session are for."""


class Dynamics(NamedTuple):
    """How the log of a vol moves from session to session."""

    keeps: float
    """Of its distance from the mean."""
    spread: float
    """Standard deviation in the long run."""
    leverage: float
    """Correlation with the return of the session before."""


_MARKET: Final = Dynamics(0.965, 0.28, -0.75)
_STOCK: Final = Dynamics(0.955, 0.20, -0.30)
_FUND: Final = Dynamics(0.93, 0.04, -0.30)
_SAME: Final = {"SPX": "SPY"}
"""Names that go where another one goes."""
_FOLLOWS: Final = {Kind.STOCK: 0.6, Kind.FUND: 0.95, Kind.INDEX: 0.95}
"""How far the vol of a name follows the market's."""


class Morning(NamedTuple):
    """Names as they open on a date; every column has the same length."""

    symbols: tuple[str, ...]
    spot: NDArray[np.float64]
    """Dollars."""
    vol: NDArray[np.float64]
    """ATM, 30 days, a fraction per year."""
    kind: NDArray[np.int64]
    beta: NDArray[np.float64]
    shares_m: NDArray[np.float64]
    """Shares outstanding, millions."""


class History(NamedTuple):
    """Sessions by names; a row a session, the oldest first."""

    symbols: tuple[str, ...]
    day: NDArray[np.int64]
    """Days since 1970."""
    open: NDArray[np.float64]
    """Dollars, whole cents, as the next three."""
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    volume: NDArray[np.int64]
    """Shares; 0 for an index."""
    iv30: NDArray[np.float64]
    """At the close, a fraction per year."""

    def then(self, bar: "History") -> "History":
        """Return the history with one more session at its end, and the oldest left out."""
        return History._make(
            mine if new is self.symbols else np.concatenate([mine[1:], new])
            for mine, new in zip(self, bar._replace(symbols=self.symbols), strict=True)
        )


class MarketPast(NamedTuple):
    """What all names share, a number a session."""

    day: NDArray[np.int64]
    shock: NDArray[np.float64]
    """Return of the market in ordinary days' moves, before its vol."""
    log_vol: NDArray[np.float64]
    """Of the vol at each close, against its mean."""


def history(
    seed: int, date: dt.date, morning: Morning, reports: dict[str, Reports]
) -> History:
    """Return the sessions before a date that lead to a morning.

    A name's history depends on the seed, its letters and where it opens alone.
    """
    market = market_past(seed, date)
    letters = [_SAME.get(symbol, symbol) for symbol in morning.symbols]
    shape = (_WARM + SESSIONS, _CHANCES)
    chances = np.stack(
        [stream(seed, "history", name).standard_normal(shape) for name in letters], axis=2
    )
    ranges = np.stack(
        [stream(seed, "range", name).random((SESSIONS, 2)) for name in letters], axis=2
    )
    reacts, ahead, gains = _events(market.day, morning.symbols, reports)
    implied = _implied(market, morning, chances, ahead)
    moves = _moves(market, morning, implied, chances)
    spread = implied * _PREMIUM / np.sqrt(SESSIONS_A_YEAR)
    moves += gains * _REPORT_MOVE * spread
    _follow_vol(market, morning, moves, spread, chances)
    opened, high, low, close = _bars(
        morning, moves, spread, chances[_WARM:, _GAP], ranges, reacts
    )
    volume = _volumes(market, morning, chances[_WARM:], moves / spread, reacts)
    iv30 = np.round(implied, 4)
    return History(morning.symbols, market.day, opened, high, low, close, volume, iv30)


@lru_cache(4)
def sessions_before(date: dt.date, count: int) -> tuple[dt.date, ...]:
    """Return the last sessions before a date, the oldest first."""
    found: list[dt.date] = []
    while len(found) < count:
        date -= dt.timedelta(days=1)
        if session_of(date) is not None:
            found.append(date)
    return tuple(reversed(found))


def market_past(seed: int, date: dt.date) -> MarketPast:
    """Return what all names share in the sessions before a date."""
    rng = stream(seed, "market")
    shape = (_WARM + SESSIONS, 1)
    shock, own = rng.standard_normal(shape), rng.standard_normal(shape)
    jumps = rng.random(shape) < _JUMPS
    shock += jumps * rng.normal(-2.0, 1.5, shape)
    log_vol = _reverting(_MARKET, shock, own)
    days = [(day - EPOCH).days for day in sessions_before(date, SESSIONS)]
    return MarketPast(np.array(days), shock[_WARM:, 0], log_vol[_WARM:, 0])


def _reverting(
    how: Dynamics, shock: NDArray[np.float64], own: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return a log vol a session and column; what a session does shows at its close."""
    news = how.leverage * shock + np.sqrt(1.0 - how.leverage**2) * own
    news *= how.spread * np.sqrt(1.0 - how.keeps**2)
    state, path = np.zeros(shock.shape[1]), np.empty(shock.shape)
    for at in range(len(path)):
        state = how.keeps * state + news[at]
        path[at] = state
    return path


def _events(
    day: NDArray[np.int64], symbols: tuple[str, ...], reports: dict[str, Reports]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.float64]]:
    """Return which sessions react to a report, which have one ahead, and the gains."""
    shape = (day.size, len(symbols))
    reacts, gains = np.zeros(shape, np.bool_), np.zeros(shape)
    ahead = np.zeros((day.size + 1, len(symbols)), np.bool_)
    moments = np.append(day, day[-1] + 1)
    for column, symbol in enumerate(symbols):
        if (told := reports.get(symbol)) is None:
            continue
        until = told.reacts[None, :] - moments[:, None]
        ahead[:, column] = ((until > 0) & (until <= _REPORT_WINDOW)).any(axis=1)
        known = (told.reacts <= day[-1]) & (told.reacts > day[0])
        at = np.searchsorted(day, told.reacts[known])
        reacts[at, column] = True
        gains[at, column] = np.clip((told.surprise[known] - 0.04) / 0.09, -3.0, 3.0)
    return reacts, ahead, gains


def _implied(
    market: MarketPast,
    morning: Morning,
    chances: NDArray[np.float64],
    ahead: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Return 30-day vols at each close, which lead to those of the morning."""
    stocks = morning.kind == Kind.STOCK
    own = np.where(
        stocks,
        _reverting(_STOCK, chances[:, _OWN], chances[:, _VOL]),
        _reverting(_FUND, chances[:, _OWN], chances[:, _VOL]),
    )[_WARM:]
    follows = np.array([_FOLLOWS[Kind(kind)] for kind in morning.kind.tolist()])
    path = follows * market.log_vol[:, None] + own
    overnight = 0.02 * chances[-1, _VOLUME]
    path += overnight - path[-1]
    # what a report adds comes on top, and goes the day after
    at_rest = morning.vol / np.sqrt(1.0 + _REPORT_VARIANCE * ahead[-1])
    lifted = np.sqrt(1.0 + _REPORT_VARIANCE * ahead[:-1])
    return at_rest * np.exp(path) * lifted


def _moves(
    market: MarketPast,
    morning: Morning,
    implied: NDArray[np.float64],
    chances: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return log returns from close to close."""
    daily = implied * _PREMIUM / np.sqrt(SESSIONS_A_YEAR)
    level = _MARKET_VOL * np.exp(market.log_vol) * _PREMIUM / np.sqrt(SESSIONS_A_YEAR)
    least = np.where(morning.kind == Kind.STOCK, 0.35, 0.06)
    shared = morning.beta * level[:, None]
    most = np.sqrt(1.0 - least**2) * daily
    shared = np.clip(shared, -most, most)
    alone = np.sqrt(daily**2 - shared**2)
    jumps = (chances[_WARM:, _JUMP] > _JUMP_EDGE) & (morning.kind == Kind.STOCK)
    own = chances[_WARM:, _OWN] + np.where(jumps, 3.0 * chances[_WARM:, _JUMP_SIZE], 0.0)
    return _DRIFT + shared * market.shock[:, None] + alone * own


def _follow_vol(
    market: MarketPast,
    morning: Morning,
    moves: NDArray[np.float64],
    spread: NDArray[np.float64],
    chances: NDArray[np.float64],
) -> None:
    """Put in the moves of the vol index, which is the market's vol itself."""
    if VOL_INDEX not in morning.symbols:
        return
    at = morning.symbols.index(VOL_INDEX)
    moves[:, at] = np.diff(market.log_vol, prepend=market.log_vol[0])
    moves[:, at] += np.diff(0.01 * chances[_WARM - 1 :, _JUMP_SIZE, at])
    spread[:, at] = np.std(moves[:, at])


def _bars(
    morning: Morning,
    moves: NDArray[np.float64],
    spread: NDArray[np.float64],
    chance: NDArray[np.float64],
    ranges: NDArray[np.float64],
    reacts: NDArray[np.bool_],
) -> tuple[NDArray[np.float64], ...]:
    """Return open, high, low and close in dollars.

    A session's extremes are those of a Brownian motion from its open to its close.
    """
    inside = np.sqrt(1.0 - _OVERNIGHT) * spread
    gap = _OVERNIGHT * moves + np.sqrt(_OVERNIGHT) * inside * chance
    gap = np.where(reacts, 0.9 * moves, gap)
    last_gap = np.sqrt(_OVERNIGHT) * spread[-1] * np.roll(chance, 1, axis=0)[-1]
    after = np.cumsum(moves[::-1], axis=0)[::-1] - moves
    close = np.log(morning.spot) - last_gap - after
    opened = close - moves + gap
    ends = close - opened
    up, down = -np.log1p(-ranges[:, 0]), -np.log1p(-ranges[:, 1])
    high = opened + 0.5 * (ends + np.sqrt(ends**2 + 2.0 * inside**2 * up))
    low = opened + 0.5 * (ends - np.sqrt(ends**2 + 2.0 * inside**2 * down))
    return tuple(_cents(np.exp(price)) for price in (opened, high, low, close))


def _volumes(
    market: MarketPast,
    morning: Morning,
    chances: NDArray[np.float64],
    surprise: NDArray[np.float64],
    reacts: NDArray[np.bool_],
) -> NDArray[np.int64]:
    turnover = np.array([_TURNOVER[Kind(kind)] for kind in morning.kind.tolist()])
    usual = morning.shares_m * 1e6 * turnover * np.exp(0.5 * chances[0, _VOLUME])
    log = 0.25 * chances[:, _VOLUME] + 0.3 * (np.abs(surprise) - 0.8)
    log += 0.5 * market.log_vol[:, None] + 0.6 * reacts
    halves = [0.45 if _is_half(day) else 1.0 for day in market.day.tolist()]
    return np.rint(usual * np.exp(np.minimum(log, 2.0)) * np.array(halves)[:, None]).astype(
        np.int64
    )


def _is_half(day: int) -> bool:
    session = session_of(EPOCH + dt.timedelta(days=day))
    return session is not None and session.end_ns - session.start_ns < _HALF_DAY_NS


def _cents(dollars: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.maximum(np.round(dollars, 2), 0.01)
