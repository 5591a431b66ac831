"""Sessions one after the other: what one leaves behind is what the next begins with."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.market.calendar import EPOCH, Span, at_new_york, session_of
from opentape.simulation.chance import stream
from opentape.simulation.customers import book
from opentape.simulation.customers.book import Positions
from opentape.simulation.options import MarketOptions
from opentape.simulation.scene import Scene, popularity, scene_of
from opentape.simulation.world.earnings import Reports, reports
from opentape.simulation.world.history import History, Morning, history
from opentape.simulation.world.listing import Held, Listing, list_series
from opentape.simulation.world.macro import Macro, macro
from opentape.simulation.world.names import Kind, Name, names_of
from opentape.simulation.world.paths import Paths, Standing, overnight
from opentape.simulation.world.surface import atm_vols

CONTRACTS_A_PRINT: Final = 7.25
"""A usual day of the whole market: 58 million contracts in 8 million prints."""
_MONTH: Final = 30.0 / 365.0
_BEFORE_OPEN, _AFTER_CLOSE = dt.time(7, 30), dt.time(16, 5)


class Session(NamedTuple):
    """A session that is about to trade."""

    date: dt.date
    scene: Scene
    morning: Positions
    """What customers held at the open."""
    positions: Positions
    """The same, changed by what trades."""
    past: History
    reports: Mapping[str, Reports]

    @property
    def listing(self) -> Listing:
        """What is listed."""
        return self.scene.listing

    @property
    def macro(self) -> Macro:
        """Series about the whole market up to the session before."""
        return macro(self.scene.seed, self.date, self.past)

    def lives_on(self) -> NDArray[np.bool_]:
        """Return whether each contract is still listed in the session that follows.

        One that settles on the open of that session is not.
        """
        listing = self.listing
        after = listing.block_end_ns > _hours(following(self.date)).start_ns
        return np.repeat(after[listing.block], 2)


class _Left(NamedTuple):
    """What a session leaves behind."""

    close: Standing
    held: Held
    put: NDArray[np.bool_]
    long: NDArray[np.int64]
    short: NDArray[np.int64]
    past: History


def sessions(options: MarketOptions, days: int = 1) -> Iterator[Session]:
    """Yield sessions to be played, each before the next is asked for.

    The next one lists what this one's traders hold, opens where it closed but for what
    happens overnight, and has its open interest by this one's own arithmetic.
    """
    names = names_of(options)
    seed, date = options.seed, options.date
    left: _Left | None = None
    for _ in range(days):
        before = _usual(names) if left is None else left.close
        opening = overnight(names, before, seed, date.toordinal())
        told = _reports(names, seed, date)
        session = _session(names, opening, options, date, told, left)
        yield session
        left = _left(session)
        date = following(date)


def following(date: dt.date) -> dt.date:
    """Return the session after a date."""
    date += dt.timedelta(days=1)
    while session_of(date) is None:
        date += dt.timedelta(days=1)
    return date


def _hours(date: dt.date) -> Span:
    hours = session_of(date)
    assert hours is not None  # noqa: S101 - options and `following` name sessions only
    return hours


def _usual(names: tuple[Name, ...]) -> Standing:
    return Standing(np.array([name.spot for name in names]), np.ones(len(names)))


def _session(
    names: tuple[Name, ...],
    opening: Standing,
    options: MarketOptions,
    date: dt.date,
    told: Mapping[str, Reports],
    left: _Left | None,
) -> Session:
    hours = _hours(date)
    listing = list_series(names, opening.spot, date, None if left is None else left.held)
    dated = (options.seed, date.toordinal())
    events = np.array([_event_ns(told.get(name.symbol)) for name in names], np.int64)
    scene = scene_of(names, listing, opening, hours, events, dated)
    scene = scene._replace(edge=options.edge)
    if left is None:
        usual = CONTRACTS_A_PRINT * options.prints
        morning = book.opening(popularity(scene), usual, stream(*dated, "held"))
        past = history(options.seed, date, _morning(scene, opening), dict(told))
    else:
        morning, past = _carried(listing, left), left.past
    positions = Positions(*(column.copy() for column in morning))
    return Session(date, scene, morning, positions, past, told)


def _reports(names: tuple[Name, ...], seed: int, date: dt.date) -> dict[str, Reports]:
    return {
        name.symbol: reports(seed, name.symbol, name.spot, date)
        for name in names
        if name.kind is Kind.STOCK
    }


def _event_ns(told: Reports | None) -> int:
    """Return when a company reports next, 0 for what never does."""
    if told is None:
        return 0
    day = EPOCH + dt.timedelta(days=int(told.day[-1]))
    return at_new_york(day, _BEFORE_OPEN if told.before_open else _AFTER_CLOSE)


def _morning(scene: Scene, opening: Standing) -> Morning:
    names = scene.names
    return Morning(
        symbols=tuple(name.symbol for name in names),
        spot=opening.spot,
        vol=atm_vols(scene.surface, _MONTH, opening.level),
        kind=np.array([int(name.kind) for name in names]),
        beta=np.array([name.beta for name in names]),
        shares_m=np.array([name.shares_m for name in names]),
    )


def _left(session: Session) -> _Left:
    """Return what a session leaves: positions in what lives on, and its daily bar."""
    listing, positions = session.listing, session.positions
    long, short = positions.sides
    kept = np.flatnonzero(session.lives_on() & (positions.open_interest > 0))
    contracts = listing.contracts
    roots = np.array(contracts.roots)[contracts.root_codes[kept]]
    return _Left(
        close=session.scene.paths.close,
        held=Held(
            root=roots.tolist(),
            expiry_day=contracts.expiry_days[kept],
            strike_mills=contracts.strike_mills[kept],
        ),
        put=contracts.puts[kept],
        long=long[kept],
        short=short[kept],
        past=session.past.then(_bar(session)),
    )


def _carried(listing: Listing, left: _Left) -> Positions:
    """Return positions of an earlier session by the places of this one's contracts."""
    place = listing.contracts.intern_columns(
        left.held.root, left.held.expiry_day, left.held.strike_mills, left.put
    )
    positions = book.empty(listing.series)
    positions.long[place] = left.long
    positions.short[place] = left.short
    return positions


def _bar(session: Session) -> History:
    """Return the session that was played as one more row of the daily history."""
    paths: Paths = session.scene.paths
    spot = np.round(paths.session_spot, 2)
    usual: NDArray[np.float64] = session.past.volume.mean(axis=0, dtype=np.float64)
    rng = stream(session.scene.seed, session.scene.day, "volume")
    volume = usual * np.exp(0.3 * rng.standard_normal(usual.size))
    return History(
        symbols=session.past.symbols,
        day=np.array([(session.date - EPOCH).days]),
        open=spot[:, 0][None],
        high=spot.max(axis=1)[None],
        low=spot.min(axis=1)[None],
        close=spot[:, -1][None],
        volume=np.rint(volume).astype(np.int64)[None],
        iv30=np.round(atm_vols(session.scene.surface, _MONTH, paths.close.level), 4)[None],
    )
