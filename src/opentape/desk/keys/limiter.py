"""How often a key may ask: a bucket of requests a minute, and a number a day.

A bucket holds a minute's requests and fills evenly, so a burst of all of them is fine and
the next one is due a moment later. Its level is counted in parts of a request that make a
nanosecond's inflow a whole number: nothing is ever rounded but what is told. Limits are
those of one process.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Final, NamedTuple

from opentape.desk.clock import Clock
from opentape.desk.keys.key import Key
from opentape.desk.keys.options import Plan, PlanOptions
from opentape.market.errors import RateExceeded

SECOND_NS: Final = 10**9
MINUTE_S: Final = 60
DAY_S: Final = 86_400
_DAY_NS: Final = DAY_S * SECOND_NS
_REQUEST: Final = MINUTE_S * SECOND_NS
"""Parts of a request: at a rate of r a minute, r of them come in every nanosecond."""
_EPOCH: Final = dt.date(1970, 1, 1)


class Quota(NamedTuple):
    """What is left of a limit."""

    limit: int
    """Requests in the whole span."""
    remaining: int
    """Requests that would be taken now."""
    reset_s: int
    """Whole seconds until the whole limit is there again, rounded up."""
    span_s: int
    """The span: a minute or a day."""


class Standing(NamedTuple):
    """What is left to a key, by minute and by day; None where there is no limit."""

    minute: Quota | None
    day: Quota | None

    @property
    def nearest(self) -> Quota | None:
        """Return the limit that is reached first."""
        if self.minute is None or self.day is None:
            return self.minute or self.day
        return self.minute if self.minute.remaining < self.day.remaining else self.day


UNLIMITED: Final = Standing(None, None)


class Bucket:
    """A minute's requests of one key."""

    __slots__ = ("_level", "_since_ns", "rate")

    def __init__(self, rate: int, now_ns: int) -> None:
        self.rate = rate
        self._level = rate * _REQUEST
        self._since_ns = now_ns

    def fill(self, now_ns: int) -> None:
        """Let in what came since the last time."""
        inflow = max(0, now_ns - self._since_ns) * self.rate
        self._level = min(self.rate * _REQUEST, self._level + inflow)
        self._since_ns = max(now_ns, self._since_ns)

    def take(self) -> None:
        """Take one request out."""
        self._level -= _REQUEST

    @property
    def remaining(self) -> int:
        """Return how many requests there are now."""
        return self._level // _REQUEST

    @property
    def wait_s(self) -> int:
        """Return whole seconds until there is a request, 0 if there is one."""
        return _ceil(max(0, _REQUEST - self._level), self.rate * SECOND_NS)

    @property
    def quota(self) -> Quota:
        """Return what is left."""
        missing = self.rate * _REQUEST - self._level
        full_s = _ceil(missing, self.rate * SECOND_NS)
        return Quota(self.rate, self.remaining, full_s, MINUTE_S)


class Limiter:
    """The limits of all keys."""

    def __init__(self, options: PlanOptions, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self._buckets = dict[str, Bucket]()
        self._day = self._day_now()
        self._used = dict[str, int]()

    def today(self) -> dt.date:
        """Return the day that requests count for, UTC."""
        return _EPOCH + dt.timedelta(days=self._day_now())

    def resume(self, day: dt.date, used: Mapping[str, int]) -> None:
        """Go on from requests that were made before this process began."""
        if day == self.today():
            self._used = {**self._used, **used}

    def used_today(self, key: Key) -> int:
        """Return how many requests of a key were taken today, UTC."""
        self._turn_day()
        return self._used.get(key.id, 0)

    def left_s(self) -> int:
        """Return whole seconds until the day ends, rounded up."""
        return DAY_S - self._clock.wall_ns() // SECOND_NS % DAY_S

    def standing(self, key: Key) -> Standing:
        """Return what is left to a key, without taking any of it."""
        self._turn_day()
        return self._standing(key, self._bucket(key))

    def take(self, key: Key) -> Standing:
        """Take one request of a key and return what is left.

        Raises
        ------
        RateExceeded
            If there is none; then nothing is taken.
        """
        self._turn_day()
        bucket = self._bucket(key)
        per_day = self._per_day(key)
        used = self._used.get(key.id, 0)
        if per_day is not None and used >= per_day:
            raise self._exceeded(key, self._day_quota(key, per_day), self.left_s())
        if bucket is not None:
            if bucket.remaining < 1:
                raise self._exceeded(key, bucket.quota, bucket.wait_s)
            bucket.take()
        self._used[key.id] = used + 1
        return self._standing(key, bucket)

    def _standing(self, key: Key, bucket: Bucket | None) -> Standing:
        per_day = self._per_day(key)
        if bucket is None and per_day is None:
            return UNLIMITED
        return Standing(
            None if bucket is None else bucket.quota,
            None if per_day is None else self._day_quota(key, per_day),
        )

    def _day_now(self) -> int:
        """Return days since 1970 UTC."""
        return self._clock.wall_ns() // _DAY_NS

    def _turn_day(self) -> None:
        if (today := self._day_now()) != self._day:
            self._day, self._used = today, {}

    def _bucket(self, key: Key) -> Bucket | None:
        rate = self._per_minute(key)
        if rate is None:
            return None
        now_ns = self._clock.now_ns()
        bucket = self._buckets.get(key.id)
        if bucket is None or bucket.rate != rate:
            bucket = self._buckets[key.id] = Bucket(rate, now_ns)
        bucket.fill(now_ns)
        return bucket

    def _day_quota(self, key: Key, limit: int) -> Quota:
        left = max(0, limit - self._used.get(key.id, 0))
        return Quota(limit, left, self.left_s(), DAY_S)

    def _per_minute(self, key: Key) -> int | None:
        return self._options.per_minute.get(key.plan) if key.rate is None else key.rate

    def _per_day(self, key: Key) -> int | None:
        return self._options.per_day.get(key.plan)

    def _exceeded(self, key: Key, quota: Quota, retry_s: int) -> RateExceeded:
        span = "minute" if quota.span_s == MINUTE_S else "day"
        error = RateExceeded(
            f"a key of this plan takes {quota.limit} requests a {span}; "
            f"try again in {retry_s} s",
            limit=quota.limit,
            retry_s=retry_s,
            reset_ns=self._clock.wall_ns() + quota.reset_s * SECOND_NS,
        )
        error.plan = key.plan.shown
        better = self._better(key.plan, quota)
        error.better = None if better is None else better.shown
        return error

    def _better(self, plan: Plan, quota: Quota) -> Plan | None:
        """Return the next plan that has more than a limit."""
        options = self._options
        limits = options.per_minute if quota.span_s == MINUTE_S else options.per_day
        better = (
            each
            for each in Plan
            if each.rank > plan.rank and limits.get(each, quota.limit + 1) > quota.limit
        )
        return next(better, None)


def _ceil(amount: int, by: int) -> int:
    return -(-amount // by)
