"""A rehearsal of the server: all that it computes is computed once, so that it compiles."""

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import msgspec

from opentape.api.answers import Answers
from opentape.api.app import routed
from opentape.api.route import Route, in_path
from opentape.desk.clock import SystemClock
from opentape.desk.keys.key import OWNER
from opentape.desk.state.name import Name
from opentape.flow.judge.spell import signal_rows
from opentape.market.errors import OpentapeError
from opentape.store.options import StoreOptions
from opentape.wiring.feed import open_played, read_beside
from opentape.wiring.server import Server, server
from opentape.wiring.settings import Settings

_END: Final = dt.time(23, 59)
"""All of a session was before, and is delivered at once."""
_STEP_S: Final = 0.02
_TERMS: Final = {
    "spot": 580, "dte": 30, "sigma": 0.18, "price": 12.69, "premium": 12.69, "mu": 0.12,
    "resolution": "1m",
}  # fmt: skip
"""What questions need that are about no market."""


def rehearse(market: Path, store: Path) -> dict[str, bytes]:
    """Play a market to its end through a server, and return what each route answers.

    Parameters
    ----------
    market : Path
        The folder of a small simulated market.
    store : Path
        A folder that the server may write to.

    Raises
    ------
    OpentapeError
        If a route has no answer.
    """
    settings = Settings(store=StoreOptions(folder=str(store)))
    feed = open_played(market, begin=_END)
    made = server(settings, feed, read_beside(market).beside)
    made.engine.start()
    try:
        while made.engine.alive:
            SystemClock().wait_s(_STEP_S)
        if made.engine.failure is not None:
            raise OpentapeError(f"the engine stopped: {made.engine.failure}")
        return dict(_asked(made))
    finally:
        made.engine.stop()


def _asked(made: Server) -> Iterator[tuple[str, bytes]]:
    names = made.engine.market.names.values()
    known = _known(max(names, key=lambda one: one.parents.size))
    answers = Answers(made.engine, "warm", made.access)
    for route in routed():
        path = {part: known[part] for part in in_path(route.path)}
        query = urlencode(_needed(route, known)).encode()
        yield route.path, answers.answer(route, path, query, OWNER)


def _needed(route: Route, known: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters that a route cannot be asked without."""
    fields = msgspec.structs.fields(route.query) if route.query else ()
    names = [field.encode_name for field in fields if field.required]
    return {name: known[name] for name in names}


def _known(name: Name) -> dict[str, str]:
    """Return something for every parameter that a route may need, of an underlying."""
    best = next(signal_rows(name.judged.take(slice(0, 1)), name.contracts, name.options))
    return {
        **{term: str(value) for term, value in _TERMS.items()},
        "symbol": name.symbol,
        "ticker": name.symbol,
        "signal_id": best.id,
        "strike": str(best.strike),
        "type": best.radar.type,
        "expiry": str(best.expiry),
        "expiration": str(best.expiry),
    }
