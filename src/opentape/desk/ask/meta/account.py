"""Whose key it is, what its plan has, and how much of the day is used."""

from typing import Final

import msgspec

from opentape.desk.keys.key import Key
from opentape.desk.keys.limiter import DAY_S, SECOND_NS, Limiter
from opentape.market.calendar import EPOCH, iso

_UNLIMITED: Final = "unlimited"


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks."""

    user_id: str
    """Of the key; never the key itself."""
    plan: str
    """In small letters."""
    used_today: int
    """Requests that were taken today, UTC, this one among them."""
    daily_limit: int | None
    """Requests a day; None without limit."""
    resets_at_ns: int
    """When the day ends, nanoseconds since 1970 UTC."""


class AccountReply(msgspec.Struct, frozen=True, kw_only=True):
    """The plan of a key and its quota; what a broker would say is null without one."""

    user_id: str
    """Id of the key."""
    email: str | None
    """Null: a key has none."""
    plan: str
    """In small letters."""
    daily_limit: str
    """Requests a day, a number as a text; `unlimited` without limit."""
    usage_today: int
    """Requests that were taken today, UTC."""
    remaining: str
    """Requests that are left today, a number as a text; `unlimited` without limit."""
    resets_at: str
    """When the day ends, UTC."""
    account_id: str | None
    """Null without a broker, as the three that follow."""
    buying_power: float | None
    """US dollars."""
    net_liquidation: float | None
    """US dollars."""
    margin_used: float | None
    """US dollars."""


def caller_of(key: Key, limiter: Limiter) -> Caller:
    """Return who asks with a key."""
    day = limiter.standing(key).day
    tomorrow = (limiter.today() - EPOCH).days + 1
    return Caller(
        user_id=key.id,
        plan=key.plan.value,
        used_today=limiter.used_today(key),
        daily_limit=None if day is None else day.limit,
        resets_at_ns=tomorrow * DAY_S * SECOND_NS,
    )


def account(caller: Caller) -> AccountReply:
    """Return the plan and the quota of whoever asks."""
    limit = caller.daily_limit
    left = None if limit is None else max(0, limit - caller.used_today)
    return AccountReply(
        user_id=caller.user_id,
        email=None,
        plan=caller.plan,
        daily_limit=_told(limit),
        usage_today=caller.used_today,
        remaining=_told(left),
        resets_at=iso(caller.resets_at_ns),
        account_id=None,
        buying_power=None,
        net_liquidation=None,
        margin_used=None,
    )


def _told(count: int | None) -> str:
    return _UNLIMITED if count is None else str(count)
