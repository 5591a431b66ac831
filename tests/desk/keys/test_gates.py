"""Which plan a question needs, and how late its data is."""

import datetime as dt

import pytest

from opentape.desk.keys.delay import seen_until_ns
from opentape.desk.keys.gates import GATES, Gates, Question
from opentape.desk.keys.options import Plan, PlanOptions
from opentape.market.calendar import at_new_york
from opentape.market.errors import BadSetting, PlanTooLow

TODAY = dt.date(2026, 5, 21)


def in_ns(text: str) -> int:
    date, time = text.split()
    return at_new_york(dt.date.fromisoformat(date), dt.time.fromisoformat(time))


def question(path: str, **query: str) -> Question:
    return Question(path, query, TODAY)


@pytest.mark.parametrize(
    ("path", "query", "needed"),
    [
        ("/v1/flow/signals/SPY", {}, Plan.ALPHA),
        ("/v1/flow/signals/SPY/summary", {}, Plan.ALPHA),
        ("/v1/flow/signals", {}, Plan.ALPHA),
        ("/v1/flow/signalsX", {}, Plan.FREE),
        ("/v1/flow", {}, Plan.FREE),
        ("/v1/flow/top", {}, Plan.FREE),
        ("/v1/flow/levels/SPY", {}, Plan.GROWTH),
        ("/v1/flow/oi/SPY", {}, Plan.ALPHA),
        ("/v1/flow/live/SPY", {}, Plan.ALPHA),
        ("/v1/flow/options/SPY/dealer-premium", {}, Plan.ALPHA),
        ("/v1/flow/stocks/leaderboard", {}, Plan.ALPHA),
        ("/v1/stream", {}, Plan.ELITE),
        ("/v1/stream/sse", {}, Plan.ELITE),
        ("/v1/exposure/gex/SPY", {"expiration": "2026-06-19"}, Plan.FREE),
        ("/v1/exposure/gex/SPY", {}, Plan.GROWTH),
        ("/v1/exposure/gex/SPY", {"expiration": ""}, Plan.GROWTH),
        ("/v1/exposure/gex/SPY", {"expiration": "2026-05-21"}, Plan.GROWTH),
        ("/v1/exposure/levels/SPY", {}, Plan.FREE),
        ("/v1/exposure/levels/SPX", {}, Plan.BASIC),
        ("/v1/exposure/levels/spxw", {}, Plan.BASIC),
        ("/v1/exposure/levels/^VIX", {}, Plan.BASIC),
        ("/v1/exposure/levels/ES=F", {}, Plan.GROWTH),
        ("/v1/exposure/dex/SPY", {}, Plan.BASIC),
        ("/v1/exposure/summary/SPX", {}, Plan.GROWTH),
        ("/v1/maxpain/SPY", {"expiration": "2026-05-21"}, Plan.GROWTH),
        ("/v1/maxpain/SPY", {}, Plan.BASIC),
        ("/v1/options/SPY", {}, Plan.FREE),
        ("/v1/options/SPY/chain", {}, Plan.BASIC),
        ("/v1/options/chain", {}, Plan.FREE),
        ("/v1/analysis/greeks", {"symbol": "RUT"}, Plan.BASIC),
        ("/v1/analysis/greeks", {"symbol": "ES=F"}, Plan.GROWTH),
        ("/v1/flow", {"ticker": "SPX"}, Plan.BASIC),
        ("/v1/quotes/SPY", {"symbols": "SPY,NDX"}, Plan.BASIC),
        ("/v1/pricing/greeks", {}, Plan.FREE),
        ("/v1/pricing/kelly", {}, Plan.GROWTH),
        ("/optionquote/SPY", {}, Plan.GROWTH),
        ("/stockquote/SPY", {}, Plan.FREE),
        ("/v1/account", {}, Plan.FREE),
        ("/", {}, Plan.FREE),
    ],
)
def test_what_a_question_needs(path: str, query: dict[str, str], needed: Plan) -> None:
    gates = Gates(PlanOptions())
    assert gates.needed(Question(path, query, TODAY)) is needed
    for plan in Plan:
        if plan.rank >= needed.rank:
            gates.check(plan, Question(path, query, TODAY))
            continue
        with pytest.raises(PlanTooLow) as refused:
            gates.check(plan, Question(path, query, TODAY))
        assert (refused.value.plan, refused.value.needed) == (plan.shown, needed.shown)


@pytest.mark.parametrize("path", GATES)
@pytest.mark.parametrize("plan", [Plan.ALPHA, Plan.ENTERPRISE])
def test_alpha_is_gated_from_nothing(path: str, plan: Plan) -> None:
    asked = question(path.replace("*", "SPX"), expiration=TODAY.isoformat())
    Gates(PlanOptions()).check(plan, asked)


@pytest.mark.parametrize("path", GATES)
def test_gates_can_be_switched_off(path: str) -> None:
    Gates(PlanOptions(gated=False)).check(Plan.FREE, question(path.replace("*", "SPX")))


def test_a_setting_goes_before_the_table() -> None:
    options = PlanOptions(
        gates={"/v1/flow/signals": Plan.FREE, "/v1/flow/signals/*/summary": Plan.ENTERPRISE}
    )
    gates = Gates(options)
    gates.check(Plan.FREE, question("/v1/flow/signals/SPY"))
    with pytest.raises(PlanTooLow, match="needs the plan Enterprise, the key has Alpha"):
        gates.check(Plan.ALPHA, question("/v1/flow/signals/SPY/summary"))
    with pytest.raises(BadSetting, match=r"plans\.gates must name paths"):
        Gates(PlanOptions(gates={"flow": Plan.FREE}))


def test_plans_are_in_order() -> None:
    assert [plan.rank for plan in Plan] == list(range(7))
    assert Plan.GROWTH.shown == "Growth"


@pytest.mark.parametrize(
    ("moment", "close"),
    [
        ("2026-05-21 16:00", "2026-05-21 16:00"),
        ("2026-05-21 15:59", "2026-05-20 16:00"),
        ("2026-05-21 03:00", "2026-05-20 16:00"),
        # Memorial Day after a weekend
        ("2026-05-26 09:00", "2026-05-22 16:00"),
        # a half day
        ("2025-11-28 14:00", "2025-11-28 13:00"),
    ],
)
def test_the_end_of_day_is_the_last_close(moment: str, close: str) -> None:
    assert seen_until_ns(Plan.FREE, PlanOptions(), in_ns(moment)) == in_ns(close)


def test_delays_of_the_other_plans() -> None:
    late = {plan for plan in Plan if seen_until_ns(plan, PlanOptions(), 10**18) is not None}
    assert late == {Plan.FREE, Plan.PRO}
    off = PlanOptions(gated=False)
    assert [seen_until_ns(plan, off, 10**18) for plan in Plan] == [None] * 7
    slow = PlanOptions(delay_minutes={Plan.BASIC: 1}, end_of_day=())
    assert seen_until_ns(Plan.BASIC, slow, 10**18) == 10**18 - 60 * 10**9
    assert seen_until_ns(Plan.FREE, slow, 10**18) is None
