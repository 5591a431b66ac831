"""The market that a demo plays: simulated once for its date, and kept."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from opentape import __version__
from opentape.desk.demo import Placed, placed
from opentape.desk.simulate import simulate
from opentape.store.market.folder import is_made, remove
from opentape.wiring.simulated.making import MarketOptions, plan

PRINTS: Final = 400_000
SNAPSHOT_MINUTES: Final = 5
"""A chain older than a quarter of an hour is as good as none while a session lasts."""
_NAMED: Final = re.compile(r"market-\d{4}-\d{2}-\d{2}")


class DemoMarket(NamedTuple):
    """A market's folder, and where it stands on the wall clock."""

    folder: Path
    shift_ns: int
    """Added to each of its instants; 0 where the session is under way."""
    from_ns: int
    """The instant of the folder that is now."""


def demo_market(
    now_ns: int,
    folder: Path,
    *,
    prints: int = PRINTS,
    on_rows: Callable[[int], None] | None = None,
) -> DemoMarket:
    """Return the market to play at an instant, simulated if it was not before.

    It stands in ``folder/market-YYYY-MM-DD``. Of those of earlier dates only the newest is
    kept, which another demo may still be playing.

    Parameters
    ----------
    now_ns : int
        Nanoseconds since 1970 UTC.
    folder : Path
        Where markets are kept.
    on_rows : callable, optional
        Called with the number of rows of the tape after each part that is simulated; not
        at all where the market is kept from an earlier run.

    Raises
    ------
    BadFile
        If the folder cannot be written, or something else stands there.
    """
    at: Placed = placed(now_ns)
    market = folder / f"market-{at.date}"
    options = MarketOptions(date=at.date, prints=prints, snapshot_minutes=SNAPSHOT_MINUTES)
    if not is_made(market, options, version=__version__):
        _make(market, options, on_rows)
    _prune(folder, market)
    return DemoMarket(market, at.shift_ns, at.from_ns)


def _make(
    market: Path, options: MarketOptions, on_rows: Callable[[int], None] | None
) -> None:
    making = plan(options)
    making.prepare(market)
    days = simulate(
        options,
        1,
        lambda session: making.folder(market, session, alone=True),
        making.breaking,
        on_rows,
    )
    for _ in days:
        pass


def _prune(folder: Path, market: Path) -> None:
    """Remove the markets of earlier dates, all but the newest of them."""
    kept = sorted(one for one in folder.iterdir() if _NAMED.fullmatch(one.name))
    for old in [one for one in kept if one.name < market.name][:-1]:
        remove(old)
