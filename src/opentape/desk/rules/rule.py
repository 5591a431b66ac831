"""A rule: what is to be watched; a firing: that it happened."""

import hashlib
import secrets
import string
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

from opentape.flow.signal import Signal
from opentape.positioning.shift import Direction

_ID_LETTERS: Final = 16
_SMALL: Final = string.ascii_lowercase + string.digits


class RuleKind(StrEnum):
    """What a rule watches."""

    PRICE = "price"
    """Spot passes a price."""
    LEVEL = "level"
    """Spot passes the gamma flip or a wall."""
    FLOW = "flow"
    """What flow does to dealers' gamma becomes another thing."""
    SIGNAL = "signal"
    """A signal that a condition holds for."""


class LevelName(StrEnum):
    """A level of the settled chain."""

    FLIP = "flip"
    """Spot at which dealers' gamma changes sign."""
    CALL_WALL = "call_wall"
    """Strike at or above spot of most call gamma."""
    PUT_WALL = "put_wall"
    """Strike at or below spot of most put gamma."""


class Crossing(StrEnum):
    """Which way."""

    UP = "up"
    DOWN = "down"
    ANY = "any"


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of a key."""

    id: str
    key_id: str
    kind: RuleKind
    name: str = ""
    """In the owner's words."""
    symbols: tuple[str, ...] = ()
    """Underlyings; none means all, for signals only."""
    price: float | None = None
    """Dollars."""
    level: LevelName | None = None
    crossing: Crossing = Crossing.ANY
    directions: tuple[Direction, ...] = ()
    """What flow must turn to; none means anything else than before."""
    when: str | None = None
    """The condition that a signal must meet; None for every signal."""
    cooldown_minutes: float = 0.0
    """For so long after a firing it does not fire for the same symbol again."""
    enabled: bool = True
    created_ns: int


class Fired(msgspec.Struct, frozen=True, kw_only=True):
    """One firing of a rule: the data of `alert.triggered`."""

    id: str
    """The same however often it is told."""
    rule: str
    """Id of the rule."""
    name: str
    """Of the rule, in your own words."""
    kind: RuleKind
    """What the rule watches."""
    symbol: str
    """The underlying."""
    timestamp: str
    """When it fired, UTC."""
    as_of: str
    """The tape's clock then, UTC."""
    spot: float | None = None
    """The underlying's price, dollars; null where the rule is not about it."""
    level: float | None = None
    """What spot passed, dollars."""
    level_name: LevelName | None = None
    """Which level that is; null where it is a price."""
    crossing: Crossing | None = None
    """Which way spot passed it."""
    direction: Direction | None = None
    """What flow does to dealers' gamma now."""
    before: Direction | None = None
    """What it did before."""
    signal: Signal | None = None
    """The signal that the condition holds for, as it was emitted."""


class Firing(NamedTuple):
    """One firing, and whose it is."""

    key_id: str
    at_ns: int
    fired: Fired


class Stood(NamedTuple):
    """How a rule stands for one symbol."""

    rule_id: str
    symbol: str
    side: str
    """What it saw last: ``up``, ``down`` or a direction of flow; empty for nothing."""
    fired_ns: int | None
    """When it fired last, None never."""


class Found(NamedTuple):
    """What looking came to."""

    firings: list[Firing]
    stood: list[Stood]
    """What stands otherwise than before."""

    def add(self, more: "Found") -> None:
        """Take in what was found beside."""
        self.firings.extend(more.firings)
        self.stood.extend(more.stood)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to keep."""
        return not (self.firings or self.stood)


def new_rule_id() -> str:
    """Return an id that no rule has."""
    return "rule_" + "".join(secrets.choice(_SMALL) for _ in range(_ID_LETTERS))


def firing_id(rule_id: str, symbol: str, cause: str) -> str:
    """Return the id of a firing, always the same for one cause.

    Examples
    --------
    >>> firing_id("rule_1", "SPY", "NVDA-1")[:4]
    'alr_'
    """
    digest = hashlib.sha256(f"{rule_id}\n{symbol}\n{cause}".encode()).hexdigest()
    return f"alr_{digest[: _ID_LETTERS * 2]}"
