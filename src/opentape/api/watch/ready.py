"""Readiness: whether this process can answer questions now."""

from typing import Literal

import msgspec

from opentape.desk.engine.engine import Engine
from opentape.market.calendar import iso
from opentape.market.errors import NotReady


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """The server can answer."""

    status: Literal["Ready"] = "Ready"
    """Always this word; a server that is not ready answers 503."""
    as_of: str
    """The tape's clock when the answer was true."""


def readiness(engine: Engine) -> Readiness:
    """Return that the engine can answer.

    Raises
    ------
    NotReady
        If it has published nothing yet, or runs no more.
    """
    if engine.failure is not None:
        raise NotReady("the engine failed; the server's log says why")
    if not engine.ready:
        raise NotReady("the engine has published nothing yet")
    if not engine.alive:
        raise NotReady("the engine has ended: answers are as it left them")
    return Readiness(as_of=iso(engine.market.as_of_ns))
