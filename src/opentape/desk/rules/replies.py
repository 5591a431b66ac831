"""What owners of rules are answered."""

import msgspec

from opentape.desk.rules.rule import Crossing, Fired, LevelName, Rule, RuleKind
from opentape.market.calendar import iso
from opentape.positioning.shift import Direction


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One rule."""

    id: str
    """Names it in paths."""
    kind: RuleKind
    """What it watches."""
    name: str
    """Your own words."""
    symbols: tuple[str, ...]
    """Underlyings; none means all."""
    price: float | None
    """Dollars that spot must pass; null where it is not about a price."""
    level: LevelName | None
    """What spot must pass; null where it is not about a level."""
    crossing: Crossing
    """Which way spot must pass it."""
    directions: tuple[Direction, ...]
    """What `flow_direction` must turn to; none means anything."""
    when: str | None
    """The condition on a signal; null for none."""
    cooldown_minutes: float
    """For so long after a firing it does not fire for the same symbol again."""
    enabled: bool
    """Whether it is watched."""
    created_at: str
    """UTC."""


class AlertsReply(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of a key."""

    data: list[Alert]
    """Oldest first."""
    count: int
    """How many there are."""


class RemovedAlertReply(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that is gone, and its firings with it."""

    id: str
    """The id that it had."""
    removed: bool = True
    """Always true."""


class FiringsReply(msgspec.Struct, frozen=True, kw_only=True):
    """Firings of a rule, newest first."""

    data: list[Fired]
    """As `alert.triggered` told them."""
    next_cursor: str | None
    """Of the page that follows; null if this is the last."""


def alert(rule: Rule) -> Alert:
    """Return a rule as its owner sees it."""
    told = {name: getattr(rule, name) for name in Alert.__struct_fields__[:-1]}
    return Alert(**told, created_at=iso(rule.created_ns))
