"""The plans and what each of them has."""

from enum import StrEnum
from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

Requests: TypeAlias = Annotated[int, Meta(ge=1, le=1_000_000_000)]
Minutes: TypeAlias = Annotated[int, Meta(ge=1, le=10_080)]


class Plan(StrEnum):
    """What a key may ask, from the least to the most."""

    FREE = "free"
    BASIC = "basic"
    PRO = "pro"
    GROWTH = "growth"
    ELITE = "elite"
    ALPHA = "alpha"
    ENTERPRISE = "enterprise"

    @property
    def rank(self) -> int:
        """Return the place among the plans, 0 the least."""
        return _RANKS[self]

    @property
    def shown(self) -> str:
        """Return the name as errors tell it: ``Growth``."""
        return self.value.capitalize()


_RANKS = {plan: at for at, plan in enumerate(Plan)}
_PER_MINUTE: dict[Plan, Requests] = {
    Plan.FREE: 100,
    Plan.BASIC: 100,
    Plan.PRO: 500,
    Plan.GROWTH: 500,
}
_PER_DAY: dict[Plan, Requests] = {Plan.FREE: 5, Plan.BASIC: 250, Plan.GROWTH: 2_500}
_DELAYS: dict[Plan, Minutes] = {Plan.PRO: 15}


class PlanOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Plans, their limits, and which plan has what."""

    default: Plan = Plan.ALPHA
    """Of a new key."""
    per_minute: dict[Plan, Requests] = msgspec.field(default_factory=_PER_MINUTE.copy)
    """Requests a minute; a plan that is not named has no such limit."""
    per_day: dict[Plan, Requests] = msgspec.field(default_factory=_PER_DAY.copy)
    """Requests a day, UTC; a plan that is not named has no such limit."""
    delay_minutes: dict[Plan, Minutes] = msgspec.field(default_factory=_DELAYS.copy)
    """How late data is; a plan that is not named has it at once."""
    end_of_day: tuple[Plan, ...] = (Plan.FREE,)
    """Plans that have sessions that are over, and nothing later."""
    gated: bool = True
    """Whether anything needs a plan or is late; if not, every key has all of it at once."""
    gates: dict[str, Plan] = {}
    """Beginnings of paths and the plan they need, in place of the usual one."""
    index_plan: Plan = Plan.BASIC
    """What cash indices need."""
    futures_plan: Plan = Plan.GROWTH
    """What futures need."""
    today_plan: Plan = Plan.GROWTH
    """What questions about the expiry of today need."""
    chain_plan: Plan = Plan.GROWTH
    """What gamma exposure of all expiries together needs."""
