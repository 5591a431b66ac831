"""The client of the API family pointed at a real server: what it declares is what comes.

Which of its methods have an endpoint here is found by asking each for its path and
matching that against the routes.
"""

import datetime as dt
import inspect
import re
from typing import get_args, get_origin, get_type_hints

import pytest
from flashalpha import (
    AuthenticationError,
    FlashAlpha,
    FlashAlphaError,
    NotFoundError,
    RateLimitError,
    TierRestrictedError,
    types,
)

import markets
from contract_types import problems
from opentape.api.app import routed
from opentape.desk.keys.options import Plan

SYMBOL, INDEX = "NVDA", "SPX"
OPTION = {"spot": 100.0, "strike": 105.0, "dte": 30.0}
ARGUMENTS = {
    "greeks": [OPTION | {"sigma": 0.2}, OPTION | {"sigma": 0.2, "type": "put", "r": 0.01}],
    "iv": [OPTION | {"price": 2.5}],
    "kelly": [OPTION | {"sigma": 0.2, "premium": 0.8, "mu": 0.2}],
    "flow_stock_bars": [
        {"symbol": SYMBOL, "resolution": size}
        for size in ("1s", "1m", "5m", "15m", "30m", "1h", "4h")
    ],
    "option_quote": [{"ticker": SYMBOL}],
    "gex": [{"symbol": SYMBOL}, {"symbol": INDEX, "min_oi": 100}],
    "flow_signals": [
        {"symbol": SYMBOL},
        {"symbol": INDEX, "window_minutes": 390, "limit": 500, "min_score": 0},
        {"symbol": INDEX, "structure": "sweep", "intent": "bullish", "min_score": 40},
        {"symbol": "NOSUCH"},
    ],
    "flow_signals_summary": [
        {"symbol": SYMBOL},
        {"symbol": INDEX, "window_minutes": 390},
        {"symbol": "NOSUCH"},
    ],
    "universe": [{}, {"sort": "symbol", "limit": 2}],
    "flow_options_leaderboard": [{}, {"n": 2, "window_minutes": 390}],
    "flow_options_outliers": [{}, {"limit": 5, "min_trades": 1, "window_minutes": 390}],
    "flow_stocks_leaderboard": [{}, {"n": 2, "window_minutes": 390}],
    "flow_stocks_outliers": [{}, {"limit": 5, "min_trades": 1, "window_minutes": 390}],
}
"""What methods are asked with, where a symbol alone is not what they take."""
NAMED = set(
    re.findall(
        r"\w+",
        """
        flow_signals flow_signals_summary flow_levels flow_pin_risk flow_summary flow_oi
        flow_gex flow_dex flow_dealer_risk flow_live flow_dealer_premium
        flow_option_recent flow_option_summary flow_option_blocks flow_option_history
        flow_option_cumulative flow_options_leaderboard flow_options_outliers
        flow_stock_recent flow_stock_summary flow_stock_blocks flow_stock_history
        flow_stock_cumulative flow_stock_bars flow_stocks_leaderboard
        flow_stocks_outliers max_pain gex dex vex chex exposure_levels exposure_summary
        greeks iv kelly volatility stock_quote option_quote options tickers symbols
        universe account health
        """,
    )
)
"""Methods whose endpoints the server was built to have."""
ON_PURPOSE = r"\.type: '[CP]' is none of"
"""Quotes spell call and put as the documentation of the API does, not as its client."""
WITHOUT_STOCK = {"stock_quote"}
"""Methods that an index has no answer to."""
WITHOUT_PRINTS = ("flow_stock_summary", INDEX)
NO_BUFFER = frozenset({"lastTradeUtc"})
"""Left out where nothing was ever printed."""


class _Asked(FlashAlpha):
    """Tells the path that a method would have asked."""

    def _get(self, path, params=None):  # noqa: ARG002
        return path

    def _post(self, path, json_body=None):  # noqa: ARG002
        return path


def served() -> list[str]:
    """The client's methods whose path is one of the routes."""
    patterns = [re.sub(r"\{\w+\}", "[^/]+", one.path) for one in routed()]
    client = _Asked("none")
    found = []
    for name, method in inspect.getmembers(client, inspect.ismethod):
        if not name.startswith("_"):
            path = method(**_required(method))
            if any(re.fullmatch(pattern, path) for pattern in patterns):
                found.append(name)
    return found


def _required(method) -> dict[str, object]:
    taken = inspect.signature(method).parameters.values()
    return {
        one.name: SYMBOL if one.name in {"symbol", "ticker"} else 1
        for one in taken
        if one.default is inspect.Parameter.empty
    }


def calls() -> list[tuple[str, dict[str, object]]]:
    """Every call: each method for a stock, an index, and what else it takes."""
    found = []
    for name in served():
        takes = inspect.signature(getattr(FlashAlpha, name)).parameters
        of = next((one for one in ("symbol", "ticker") if one in takes), None)
        symbols = [SYMBOL] if name in WITHOUT_STOCK else [SYMBOL, INDEX, " nvda "]
        usual = [{of: symbol} for symbol in symbols] if of else [{}]
        found += [(name, given) for given in ARGUMENTS.get(name, usual)]
        if "expiry" in takes and of:
            found.append((name, {of: SYMBOL, "expiry": "soonest"}))
        if "expiration" in takes:
            found.append((name, {of: SYMBOL, "expiration": "soonest"}))
    return found


@pytest.fixture(scope="module")
def flashalpha(server):
    client = FlashAlpha(server.key, base_url=server.base)
    yield client
    client._session.close()


@pytest.fixture(scope="module")
def soonest(flashalpha) -> str:
    """The first expiry of the stock after its session."""
    listed = flashalpha.options(SYMBOL)["expirations"]
    after = markets.DATE + dt.timedelta(days=1)
    return next(one["expiration"] for one in listed if one["expiration"] > str(after))


def asking(server, key: str) -> FlashAlpha:
    return FlashAlpha(key, base_url=server.base)


def test_every_endpoint_that_was_named_is_served():
    assert set(served()) >= NAMED


@pytest.mark.parametrize(("name", "given"), calls())
def test_bodies_are_as_declared(flashalpha, soonest, name, given):
    asked = {key: soonest if to == "soonest" else to for key, to in given.items()}
    body = getattr(flashalpha, name)(**asked)
    declared = get_type_hints(getattr(FlashAlpha, name), localns=vars(types))["return"]
    if isinstance(body, list):
        declared = next(one for one in get_args(declared) if get_origin(one) is list)
    absent = NO_BUFFER if (name, given.get("symbol")) == WITHOUT_PRINTS else frozenset()
    told = problems(declared, body, absent=absent)
    assert [line for line in told if not re.search(ON_PURPOSE, line)] == []
    each = body if isinstance(body, list) else [body]
    assert each
    assert all(len(one["data_as_of"]) == 10 for one in each)


def test_one_contract_is_one_object(flashalpha, soonest):
    several = flashalpha.option_quote(SYMBOL, expiry=soonest)
    assert len(several) > 1
    one = several[0]
    found = flashalpha.option_quote(
        SYMBOL, expiry=soonest, strike=one["strike"], type=one["type"]
    )
    assert isinstance(found, dict)
    assert {key: found[key] for key in found if key != "data_as_of"} == {
        key: one[key] for key in one if key != "data_as_of"
    }


def test_an_unknown_key_is_not_authentic(server):
    client = asking(server, "ot_0123456789_nobodysecret")
    with client._session, pytest.raises(AuthenticationError) as raised:
        client.gex(SYMBOL)
    assert raised.value.status_code == 401
    assert raised.value.response["title"] == "Unauthorized"
    assert str(raised.value) == raised.value.response["message"]


def test_a_public_path_needs_no_key(server):
    client = asking(server, "")
    with client._session:
        assert client.health()["status"] == "Healthy"
        assert client.universe()["count"] == len(server.made.engine.market.names)


@pytest.mark.parametrize(
    ("plan", "name", "given", "needed"),
    [
        ("free", "flow_signals", {"symbol": SYMBOL}, "Alpha"),
        ("basic", "flow_levels", {"symbol": SYMBOL}, "Growth"),
        ("free", "dex", {"symbol": INDEX}, "Basic"),
        ("growth", "flow_option_recent", {"symbol": SYMBOL}, "Alpha"),
    ],
)
def test_a_low_plan_is_told_which_it_needs(server, plan, name, given, needed):
    client = asking(server, server.new_key(plan=Plan(plan)))
    with client._session, pytest.raises(TierRestrictedError) as raised:
        getattr(client, name)(**given)
    assert raised.value.status_code == 403
    assert raised.value.current_plan == plan.capitalize()
    assert raised.value.required_plan == needed


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("gex", {"symbol": "NOSUCH"}),
        ("flow_option_recent", {"symbol": "NOSUCH"}),
        ("stock_quote", {"ticker": INDEX}),
        ("options", {"ticker": "BRK/B"}),
    ],
)
def test_what_is_not_there_is_not_found(flashalpha, name, given):
    with pytest.raises(NotFoundError) as raised:
        getattr(flashalpha, name)(**given)
    assert raised.value.status_code == 404
    assert raised.value.response["error"]["code"] in {"symbol_not_found", "no_data"}


@pytest.mark.parametrize(
    ("name", "given", "status"),
    [
        ("flow_signals", {"symbol": SYMBOL, "expiry": "tomorrow"}, 400),
        ("flow_signals", {"symbol": SYMBOL, "intent": "hopeful"}, 400),
        ("flow_stock_bars", {"symbol": SYMBOL, "resolution": "2m"}, 400),
        ("iv", OPTION | {"price": 500.0}, 422),
    ],
)
def test_a_bad_question_is_refused(flashalpha, name, given, status):
    with pytest.raises(FlashAlphaError) as raised:
        getattr(flashalpha, name)(**given)
    assert raised.value.status_code == status
    assert str(raised.value)


def test_too_many_requests_say_when_to_come_back(server):
    client = asking(server, server.new_key(rate=3))
    with client._session:
        for _ in range(3):
            client.gex(SYMBOL)
        with pytest.raises(RateLimitError) as raised:
            client.gex(SYMBOL)
    assert raised.value.status_code == 429
    assert 1 <= raised.value.retry_after <= 20
    assert raised.value.response["limit"] == 3


def test_a_days_requests_end(server):
    client = asking(server, server.new_key(plan=Plan.FREE))
    with client._session:
        for _ in range(5):
            client.greeks(**OPTION, sigma=0.2)
        with pytest.raises(RateLimitError) as raised:
            client.greeks(**OPTION, sigma=0.2)
    assert 1 <= raised.value.retry_after <= 86_400
