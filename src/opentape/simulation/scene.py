"""Everything that stands while a session trades: names, listing, surface, paths, pace."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.market.calendar import Span
from opentape.market.chain import YEAR_NS
from opentape.simulation.world import quotes, surface
from opentape.simulation.world.listing import Listing
from opentape.simulation.world.names import Kind, Name, activity
from opentape.simulation.world.pace import Pace, pace_of
from opentape.simulation.world.paths import Paths, Standing, walk
from opentape.simulation.world.quotes import Habits, Quotes
from opentape.simulation.world.surface import Asked, Surface


class Scene(NamedTuple):
    """A session before anybody trades."""

    names: tuple[Name, ...]
    listing: Listing
    surface: Surface
    paths: Paths
    habits: Habits
    pace: Pace
    session: Span
    activity: NDArray[np.float64]
    """Share of the orders that each name has."""
    kind: NDArray[np.int64]
    """`Kind` of each name."""
    vol: NDArray[np.float64]
    """Usual ATM vol of each name."""
    seed: int
    day: int
    """Ordinal of the date."""
    edge: float = 0.0
    """Share of informed customers who know where the underlying will be."""


class Seen(NamedTuple):
    """Contracts as they stand at instants."""

    quotes: Quotes
    spot: NDArray[np.float64]


def scene_of(
    names: Sequence[Name],
    listing: Listing,
    opening: Standing,
    session: Span,
    events_ns: NDArray[np.int64],
    dated: tuple[int, int],
) -> Scene:
    """Return a session that opens at `opening`, drawn from a seed and its date.

    Parameters
    ----------
    events_ns
        When each name reports earnings, nanoseconds since 1970 UTC; 0 for never.
    dated
        The seed, and the ordinal of the session's date.
    """
    seed, day = dated
    return Scene(
        names=tuple(names),
        listing=listing,
        surface=surface.surface_of(
            names, listing, opening.level, session.start_ns, events_ns
        ),
        paths=walk(names, opening, session, seed, day),
        habits=quotes.habits_of(names),
        pace=pace_of(session, seed, day),
        session=session,
        activity=activity(tuple(names)),
        kind=np.array([int(name.kind) for name in names]),
        vol=np.array([name.vol for name in names]),
        seed=seed,
        day=day,
    )


def look(
    scene: Scene,
    strike: NDArray[np.int64],
    put: NDArray[np.bool_],
    ts_ns: NDArray[np.int64],
) -> Seen:
    """Return the best quotes of contracts, and the spot, at instants."""
    name = scene.listing.block_name[scene.listing.block[strike]]
    spot, level = scene.paths.at(name, ts_ns)
    asked = Asked(strike, put, ts_ns, spot, level)
    fair = surface.fair(scene.surface, scene.listing, asked)
    found = quotes.quote(asked, fair, scene.listing, scene.habits, scene.seed)
    return Seen(found, spot)


def popularity(scene: Scene) -> NDArray[np.float64]:
    """Return how much each contract trades, up to a factor: near the money, and soon."""
    listing = scene.listing
    contract = np.arange(listing.series)
    strike, put = contract // 2, contract % 2 == 1
    block = listing.block[strike]
    name = listing.block_name[block]
    years = (listing.block_end_ns[block] - scene.session.start_ns) / YEAR_NS
    deviation = scene.vol[name] * np.sqrt(years + 0.4 / 365.0)
    spot = scene.paths.spot[name, 0]
    away: NDArray[np.float64] = np.log(listing.mills[strike] / (1000.0 * spot)) / deviation
    out = np.where(put, -away, away)
    near = np.exp(-np.minimum(np.abs(out - 0.5) * np.where(out > 0.5, 1.2, 1.8), 10.0))  # noqa: PLR2004
    share: NDArray[np.float64] = near / (1.0 + 365.0 * years) ** 0.7
    # a name's share must not depend on how many contracts are listed on it
    total = np.bincount(name, share, len(scene.names))
    return scene.activity[name] * share / total[name]


def is_index(scene: Scene) -> NDArray[np.bool_]:
    """Return whether each name is an index: one exchange lists its options."""
    return scene.kind == Kind.INDEX
