"""Limits, held against a plain count with fractions."""

import datetime as dt
import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import FakeClock
from opentape.desk.keys.key import Key
from opentape.desk.keys.limiter import UNLIMITED, Limiter, Quota
from opentape.desk.keys.options import Plan, PlanOptions
from opentape.market.errors import RateExceeded

SECOND_NS = 10**9
DAY_NS = 86_400 * SECOND_NS
NOON_NS = 20_000 * DAY_NS + DAY_NS // 2
NO_DAYS = PlanOptions(per_day={})


def key(plan: Plan = Plan.BASIC, *, rate: int | None = None, name: str = "k") -> Key:
    return Key(id=name, plan=plan, rate=rate, created_ns=0)


def after(clock: FakeClock, seconds: float) -> None:
    clock.wait_s(seconds)


class NaiveBucket:
    """The same with exact fractions of requests."""

    def __init__(self, rate: int, now_ns: int) -> None:
        self.rate, self.level, self.at_ns = rate, Fraction(rate), now_ns

    def ask(self, now_ns: int) -> int | None:
        """Return None if a request is taken, else the whole seconds to wait."""
        inflow = Fraction((now_ns - self.at_ns) * self.rate, 60 * SECOND_NS)
        self.level, self.at_ns = min(Fraction(self.rate), self.level + inflow), now_ns
        if self.level >= 1:
            self.level -= 1
            return None
        return math.ceil((1 - self.level) * 60 / self.rate)

    @property
    def full_s(self) -> int:
        return math.ceil((self.rate - self.level) * 60 / self.rate)


@given(
    rate=st.integers(1, 7_000),
    steps=st.lists(st.integers(0, 3 * 10**10) | st.integers(0, 10**8), max_size=60),
)
def test_a_bucket_is_its_naive_twin(rate: int, steps: list[int]) -> None:
    clock = FakeClock(NOON_NS)
    limiter, mine = Limiter(NO_DAYS, clock), key(rate=rate)
    limiter.standing(mine)
    naive = NaiveBucket(rate, clock.now_ns())
    for step in steps:
        after(clock, 0)
        clock._now_ns += step
        expected = naive.ask(clock.now_ns())
        if expected is None:
            minute = limiter.take(mine).minute
            assert minute == Quota(rate, math.floor(naive.level), naive.full_s, 60)
        else:
            with pytest.raises(RateExceeded) as refused:
                limiter.take(mine)
            assert refused.value.retry_s == expected >= 1


@given(rate=st.integers(1, 50), burst=st.integers(0, 120))
def test_after_the_wait_that_was_told_a_request_is_taken(rate: int, burst: int) -> None:
    clock = FakeClock(NOON_NS)
    limiter, mine = Limiter(NO_DAYS, clock), key(rate=rate)
    for _ in range(burst):
        try:
            limiter.take(mine)
        except RateExceeded as refused:
            if refused.retry_s > 1:
                after(clock, refused.retry_s - 1)
                with pytest.raises(RateExceeded):
                    limiter.take(mine)
                after(clock, 1)
            else:
                after(clock, refused.retry_s)
            limiter.take(mine)


@pytest.mark.parametrize(
    ("plan", "per_minute"),
    [(Plan.BASIC, 100), (Plan.FREE, 100), (Plan.PRO, 500), (Plan.GROWTH, 500)],
)
def test_the_rates_of_the_plans(plan: Plan, per_minute: int) -> None:
    limiter, mine = Limiter(NO_DAYS, FakeClock(NOON_NS)), key(plan)
    for left in reversed(range(per_minute)):
        minute = limiter.take(mine).minute
        assert minute is not None
        assert (minute.limit, minute.remaining) == (per_minute, left)
    with pytest.raises(RateExceeded, match=f"takes {per_minute} requests a minute"):
        limiter.take(mine)


@pytest.mark.parametrize("plan", [Plan.ELITE, Plan.ALPHA, Plan.ENTERPRISE])
def test_high_plans_have_no_limit_but_their_own(plan: Plan) -> None:
    limiter = Limiter(PlanOptions(), FakeClock(NOON_NS))
    assert {limiter.take(key(plan)) for _ in range(1_000)} == {UNLIMITED}
    assert limiter.take(key(plan)).nearest is None
    slow = key(plan, rate=2, name="slow")
    assert [limiter.take(slow).nearest for _ in range(2)] == [
        Quota(2, 1, 30, 60),
        Quota(2, 0, 60, 60),
    ]
    with pytest.raises(RateExceeded) as refused:
        limiter.take(slow)
    assert refused.value.retry_s == 30


def test_a_day_ends_at_midnight_utc() -> None:
    clock = FakeClock(NOON_NS)
    limiter, mine = Limiter(PlanOptions(), clock), key(Plan.FREE)
    for left in (4, 3, 2, 1, 0):
        assert limiter.take(mine).nearest == Quota(5, left, 43_200, 86_400)
    after(clock, 60)
    with pytest.raises(RateExceeded) as refused:
        limiter.take(mine)
    error = refused.value
    assert (error.limit, error.retry_s, error.plan, error.better) == (
        5,
        43_140,
        "Free",
        "Basic",
    )
    assert error.reset_ns == 20_001 * DAY_NS
    assert limiter.used_today(mine) == 5
    after(clock, 43_139)
    with pytest.raises(RateExceeded):
        limiter.take(mine)
    after(clock, 1)
    assert limiter.used_today(mine) == 0
    assert limiter.take(mine).nearest == Quota(5, 4, 86_400, 86_400)


def test_the_nearer_limit_is_told() -> None:
    limiter = Limiter(PlanOptions(per_day={Plan.BASIC: 102}), FakeClock(NOON_NS))
    mine = key()
    limiter.take(mine)
    standing = limiter.standing(mine)
    assert (standing.minute, standing.day) == (
        Quota(100, 99, 1, 60),
        Quota(102, 101, 43_200, 86_400),
    )
    assert standing.nearest is standing.minute
    assert limiter.standing(mine) == standing


def test_requests_from_before_a_start_count() -> None:
    clock = FakeClock(NOON_NS)
    limiter, mine = Limiter(PlanOptions(), clock), key(Plan.FREE)
    limiter.resume(limiter.today() - dt.timedelta(days=1), {"k": 5})
    limiter.resume(limiter.today(), {"k": 4})
    limiter.take(mine)
    with pytest.raises(RateExceeded):
        limiter.take(mine)


def test_keys_do_not_share_and_a_new_rate_counts_at_once() -> None:
    limiter = Limiter(NO_DAYS, FakeClock(NOON_NS))
    limiter.take(key(rate=1))
    limiter.take(key(rate=1, name="other"))
    with pytest.raises(RateExceeded):
        limiter.take(key(rate=1))
    limiter.take(key(rate=2))


@pytest.mark.parametrize(
    ("plan", "better"),
    [(Plan.BASIC, "Pro"), (Plan.PRO, "Elite"), (Plan.GROWTH, "Elite"), (Plan.ALPHA, None)],
)
def test_the_next_plan_that_has_more_is_told(plan: Plan, better: str | None) -> None:
    options = PlanOptions(
        per_day={},
        per_minute={
            Plan.BASIC: 1,
            Plan.PRO: 2,
            Plan.GROWTH: 2,
            Plan.ALPHA: 3,
            Plan.ENTERPRISE: 3,
        },
    )
    limiter = Limiter(options, FakeClock(NOON_NS))
    with pytest.raises(RateExceeded) as refused:
        [limiter.take(key(plan)) for _ in range(4)]
    assert refused.value.better == better
