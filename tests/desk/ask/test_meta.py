"""What the server says of itself: symbols, accounts, and how it reckons."""

import json
import math

import msgspec
import pytest
from flashalpha.types import (
    AccountResponse,
    HealthResponse,
    SymbolsResponse,
    TickersResponse,
    UniverseResponse,
)
from hypothesis import given
from hypothesis import strategies as st

import snapshots
import views
from contract_types import ENVELOPE, misordered, problems
from fakes import FakeClock
from opentape.api import query as queries
from opentape.desk.ask.meta.account import Caller, account, caller_of
from opentape.desk.ask.meta.health import health
from opentape.desk.ask.meta.methodology import methodology
from opentape.desk.ask.meta.symbols import UniverseQuery, symbols, tickers, universe
from opentape.desk.keys.key import OWNER, Key
from opentape.desk.keys.limiter import Limiter
from opentape.desk.keys.options import Plan, PlanOptions
from opentape.flow.options import (
    FlowOptions,
    GatherOptions,
    ScoreOptions,
    Weights,
    scorer_version,
)
from opentape.market.calendar import iso
from opentape.wiring.settings import Settings, leaves

CHAIN = snapshots.quoted_chain("SPXW", expiries=snapshots.EXPIRIES[:1])
MARKET = views.market_of(
    views.name_of(CHAIN),
    *(views.name_of(None, symbol=symbol) for symbol in ("TSLA", "AAPL", "NVDA")),
)


def body(reply):
    return json.loads(msgspec.json.encode(reply))


def asked(text=""):
    return queries.read(UniverseQuery, queries.texts(text.encode()))


def test_symbols_are_told_in_order():
    found = body(tickers(MARKET))
    assert problems(TickersResponse, found, absent=ENVELOPE) == []
    assert found == {"tickers": ["AAPL", "NVDA", "SPX", "TSLA"], "count": 4}
    live = body(symbols(MARKET))
    assert problems(SymbolsResponse, live, absent=ENVELOPE) == []
    assert live["symbols"] == found["tickers"]
    assert live["last_updated"] == iso(snapshots.AS_OF)


@given(
    st.sampled_from(["", "sort=tier", "sort=symbol", "sort=SYMBOL", "sort=size"]),
    st.sampled_from([None, -5, 1, 3, 4, 5_000]),
)
def test_the_universe_is_cut_and_counted(sort, limit):
    text = sort if limit is None else f"{sort}&limit={limit}"
    found = body(universe(MARKET, asked(text)))
    assert problems(UniverseResponse, found, absent=ENVELOPE) == []
    assert misordered(UniverseResponse, found) == []
    assert found["limit"] == min(max(limit or 200, 1), 1_000) if limit else 200
    assert found["returned"] == len(found["symbols"]) == min(4, found["limit"])
    assert found["count"] == 4
    order = ["AAPL", "NVDA", "SPX", "TSLA"]
    if "symbol" not in sort.lower():
        order = ["SPX", "AAPL", "NVDA", "TSLA"]
    assert found["sort"] == ("symbol" if "symbol" in sort.lower() else "tier")
    assert [one["symbol"] for one in found["symbols"]] == order[: found["returned"]]
    for one in found["symbols"]:
        assert (one["tier"] == 1) == one["is_pre_warmed"] == (one["symbol"] == "SPX")


@given(st.one_of(st.none(), st.integers(1, 10_000)), st.integers(0, 20_000))
def test_an_account_tells_numbers_as_texts(limit, used):
    caller = Caller(
        user_id="abc",
        plan="growth",
        used_today=used,
        daily_limit=limit,
        resets_at_ns=snapshots.AS_OF,
    )
    found = body(account(caller))
    assert problems(AccountResponse, found, absent=ENVELOPE) == []
    assert misordered(AccountResponse, found) == []
    if limit is None:
        assert (found["daily_limit"], found["remaining"]) == ("unlimited", "unlimited")
    else:
        assert int(found["daily_limit"]) == limit
        assert int(found["remaining"]) == max(0, limit - used)
    assert found["usage_today"] == used
    broker = ["account_id", "buying_power", "net_liquidation", "margin_used"]
    assert [found[key] for key in broker] == [None] * 4


def test_a_caller_is_a_key_and_what_it_used():
    clock = FakeClock()
    limiter = Limiter(PlanOptions(), clock)
    key = Key(id="abc", plan=Plan.BASIC, created_ns=0)
    for _ in range(3):
        limiter.take(key)
    found = caller_of(key, limiter)
    assert (found.user_id, found.plan, found.used_today) == ("abc", "basic", 3)
    assert found.daily_limit == 250
    left = found.resets_at_ns - clock.wall_ns()
    assert 0 < left <= 86_400 * 10**9
    assert iso(found.resets_at_ns).endswith("T00:00:00.000000Z")
    assert caller_of(OWNER, limiter).daily_limit is None


def test_the_server_is_healthy():
    found = body(health())
    assert found == {"status": "Healthy"}
    assert problems(HealthResponse, found, absent=ENVELOPE) == []


# ----------------------------------------------------------------------------- methodology


def told(market=MARKET):
    return body(methodology(market))


def test_every_setting_of_the_method_is_told_with_its_value():
    """Each leaf of the settings of flow, chain and levels, as its file names it."""
    groups = {group["name"]: group for group in told()["settings"]}
    found = {
        f"{name}.{setting['name']}": setting["value"]
        for name, group in groups.items()
        for setting in group["settings"]
    }
    wanted = [
        name
        for name, _ in leaves(Settings)
        if name.partition(".")[0] in {"flow", "chain", "levels"}
    ]
    assert len(wanted) > 60
    for name in wanted:
        value = Settings()
        for part in name.split("."):
            value = getattr(value, part)
        assert found[name] == json.loads(msgspec.json.encode(value)), name
    assert set(wanted) == {name for name in found if not name.startswith("fixed")}


def test_texts_are_those_of_the_source():
    groups = {group["name"]: group for group in told()["settings"]}
    gather = {one["name"]: one["text"] for one in groups["flow.gather"]["settings"]}
    assert groups["flow.gather"]["text"] == "How child prints become parents."
    assert gather["block_min_contracts"] == "Parents below this size are not kept."
    silent = [
        f"{name}.{one['name']}"
        for name, group in groups.items()
        for one in group["settings"]
        if not one["text"]
    ]
    assert all(group["text"] for group in groups.values())
    assert silent == []
    assert groups["fixed.premium"]["settings"][0]["value"] == 10.0


def test_what_is_set_is_what_is_told():
    flow = FlowOptions(
        gather=GatherOptions(gap_ms=400),
        score=ScoreOptions(weights=Weights(premium=44.0, sweep=24.0)),
    )
    market = views.market_of()
    market.options = flow
    found = told(market)
    assert found["scorer_version"] == scorer_version(flow) != told()["scorer_version"]
    gather = next(one for one in found["settings"] if one["name"] == "flow.gather")
    assert gather["settings"][0] == {
        "name": "gap_ms",
        "value": 400,
        "text": "A print joins while it is at most this far from the member before.",
    }
    points = {part["name"]: part["points"] for part in found["score"]}
    assert math.isclose(sum(points.values()), 100)
    assert points["premium"] == pytest.approx(44 / 1.34)


def test_parts_and_steps_are_told():
    found = told()
    assert [part["points"] for part in found["score"]] == [22, 18, 14, 12, 22, 12]
    assert [part["points"] for part in found["radar"]] == [40, 30, 20, 10]
    assert all(part["share"] for part in (*found["score"], *found["radar"]))
    names = [step["name"] for step in found["steps"]]
    assert names[0] == "flow.pair"
    assert "positioning.flip" in names
    assert all(step["text"].endswith((".", "as one score")) for step in found["steps"])
