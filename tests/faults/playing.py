"""One process that takes a market, is asked meanwhile, and says what it acknowledged."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from faults.pressed import Held, Pressed
from faults.witness import Frames, Witness, Witnessed, digest
from opentape.api.answers import Answers
from opentape.api.app import routed
from opentape.api.route import Route, in_path
from opentape.desk.clock import SystemClock
from opentape.desk.engine.engine import Engine
from opentape.desk.engine.late import Late
from opentape.desk.options import EngineOptions, Method
from opentape.desk.past.recent import Recent
from opentape.desk.state.market import Market
from opentape.flow.options import FlowOptions, GatherOptions
from opentape.market.errors import OpentapeError
from opentape.store.sessions import SessionFolder
from opentape.wiring.rehearsal import _known, _needed

OPTIONS = EngineOptions(publish_ms=5, chain_age_s=7_200)
METHOD = Method(flow=FlowOptions(gather=GatherOptions(block_min_contracts=20)))
"""Signals, and so frames, come more often than they usually do."""
ASKED_S = 0.01
SYMBOLS = ("SPY", "NVDA", "SPX")
WITNESSED = "witnessed"
"""Stands in the folder of a session's process."""
NOBODY: Any = None
"""Whose key it is: no route of the past takes it."""


class Question(NamedTuple):
    """What can be asked of any instant."""

    route: Route
    path: dict[str, str]
    query: bytes


class View(NamedTuple):
    """One market to ask; fills `api.answers.Standing`."""

    market: Market
    late: Late = Late(0)
    recent: Recent = Recent()


def questions(market: Market) -> list[Question]:
    """Return every question of the past about a few underlyings."""
    found: list[Question] = []
    names = [market.names[symbol] for symbol in SYMBOLS if symbol in market.names]
    for route in (one for one in routed() if one.past):
        parts = in_path(route.path)
        for name in names if "symbol" in parts else names[:1]:
            known = _known(name)
            path = {part: known[part] for part in parts}
            found.append(Question(route, path, urlencode(_needed(route, known)).encode()))
    return found


def asked(market: Market, question: Question) -> bytes:
    """Return what a market answers."""
    try:
        return Answers(View(market), "node", NOBODY).answer(*question, None)
    except OpentapeError as error:
        return repr(error).encode()


def instant(market: Market, question: Question) -> int:
    """Return the instant that an answer is told to be of."""
    name = market.names.get(question.path.get("symbol", ""))
    return market.as_of_ns if name is None else name.as_of_ns


def started(
    feed: Pressed, folder: Path, held: Held, taken: Callable[[int], None]
) -> Engine:
    """Return an engine that takes a feed into a folder, in front of a witness."""
    witness = Witness(folder / WITNESSED)
    sessions = Witnessed(SessionFolder(folder), witness, taken)
    engine = Engine(feed, METHOD, OPTIONS, held.beside, SystemClock(), sessions)
    chains = engine._chains

    def quiet() -> bool:
        chains.wait()
        return not chains._solved

    feed.quiet = quiet
    Frames(engine.log, witness)
    engine.start()
    return engine


class Way(NamedTuple):
    """How a market is taken."""

    rate: float
    """Prints a second."""
    seed: int = 0
    ask: Sequence[Question] = ()
    """What is asked meanwhile, one after the other."""
    taken: Callable[[int], None] = lambda _: None
    """Called when a journal was opened and after each entry, with how many it has."""


def play(held: Held, folder: Path, way: Way) -> Engine:
    """Take a market from where the folder has it to its end; return the engine, ended."""
    chance, ask = random.Random(way.seed), way.ask
    engine = started(Pressed(held, way.rate, way.seed), folder, held, way.taken)
    witness = Witness(folder / WITNESSED)
    while engine.alive:
        time.sleep(ASKED_S)
        market = engine.market
        if ask and market.version:
            at = chance.randrange(len(ask))
            body = asked(market, ask[at])
            witness.say("view", instant(market, ask[at]), at, digest(body))
    engine.stop()
    if engine.failure is not None:
        witness.say("failed", repr(engine.failure))
    return engine


def answered(market: Market, ask: Sequence[Question]) -> Iterator[bytes]:
    """Yield what a market answers to every question."""
    return (asked(market, question) for question in ask)
