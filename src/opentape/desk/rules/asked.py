"""What owners of rules ask: the bodies and queries of their requests."""

from typing import Annotated, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from opentape.desk.rules.rule import Crossing, LevelName, RuleKind
from opentape.positioning.shift import Direction

RuleName: TypeAlias = Annotated[str, Meta(max_length=80)]
Symbols: TypeAlias = Annotated[
    tuple[Annotated[str, Meta(min_length=1, max_length=32)], ...], Meta(max_length=500)
]
Price: TypeAlias = Annotated[float, Meta(gt=0, lt=1e9)]
Directions: TypeAlias = Annotated[tuple[Direction, ...], Meta(max_length=5)]
When: TypeAlias = Annotated[str, Meta(min_length=1, max_length=2_000)]
Minutes: TypeAlias = Annotated[float, Meta(ge=0, le=10_080)]


class NewAlert(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule to be made."""

    kind: RuleKind
    """What it watches: `price`, `level`, `flow` or `signal`."""
    name: RuleName = ""
    """For yourself; firings tell it."""
    symbols: Symbols = ()
    """Underlyings; none means all, for `signal` only."""
    price: Price | None = None
    """Dollars that spot must pass; for `price`."""
    level: LevelName | None = None
    """What spot must pass: `flip`, `call_wall` or `put_wall` of the settled chain; for
    `level`."""
    crossing: Crossing = Crossing.ANY
    """Which way spot must pass it: `up`, `down` or `any`; for `price` and `level`."""
    directions: Directions = ()
    """What `flow_direction` must turn to; none means anything; for `flow`."""
    when: When | None = None
    """A condition on fields of the signal, as `score >= 80 and "whale" in tags`; null for
    every signal; for `signal`."""
    cooldown_minutes: Minutes = 0.0
    """For so long after a firing it does not fire for the same symbol again."""


class AlertChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be otherwise; what is left out stays as it is, its kind always."""

    name: RuleName | UnsetType = UNSET
    """For yourself; firings tell it."""
    symbols: Symbols | UnsetType = UNSET
    """Underlyings."""
    price: Price | UnsetType = UNSET
    """Dollars that spot must pass."""
    level: LevelName | UnsetType = UNSET
    """What spot must pass."""
    crossing: Crossing | UnsetType = UNSET
    """Which way spot must pass it."""
    directions: Directions | UnsetType = UNSET
    """What `flow_direction` must turn to."""
    when: When | UnsetType | None = UNSET
    """A condition on fields of the signal; null for every signal."""
    cooldown_minutes: Minutes | UnsetType = UNSET
    """For so long after a firing it does not fire for the same symbol again."""
    enabled: bool | UnsetType = UNSET
    """Whether it is watched."""


class FiringsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which firings to list."""

    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    """Most that are listed."""
    cursor: str | None = None
    """The `next_cursor` of the page before."""
