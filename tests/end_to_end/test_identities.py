"""What holds between answers of one server at one instant, asked over HTTP."""

import itertools
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server import SYMBOLS

each_symbol = pytest.mark.parametrize("symbol", SYMBOLS)
each_stock = pytest.mark.parametrize("symbol", [s for s in SYMBOLS if s != "SPX"])
windows = st.sampled_from([1, 17, 60, 240, 390, 10_080])
tried = settings(
    max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def asked(client, path: str, **query) -> dict:
    reply = client.get(path, params=query)
    assert reply.status_code == 200, reply.text
    return reply.json()


def bare(signals: list[dict]) -> list[dict]:
    """Signals without what depends on which others stand beside them."""
    return [s | {"tags": [t for t in s["tags"] if t != "golden"]} for s in signals]


def near(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=0.02)


@each_symbol
@tried
@given(minutes=windows)
def test_the_parts_of_a_score_sum_to_it(client, symbol, minutes):
    path = f"/v1/flow/signals/{symbol}"
    body = asked(client, path, windowMinutes=minutes, limit=500)
    scores = [s["score"] for s in body["signals"]]
    assert scores == sorted(scores, reverse=True)
    assert body["count"] == len(scores)
    assert scores or minutes < 390
    for s in body["signals"]:
        parts = s["score_breakdown"].values()
        assert min(parts) >= 0
        assert sum(parts) == s["score"]
        assert abs(s["premium"] - s["price"] * s["size"] * 100) <= 0.005 * s["size"]
        assert ("whale" in s["tags"]) == (s["premium"] >= 1e6)
        assert ("0dte" in s["tags"]) == (s["dte"] == 0)
        assert s["structure"] in s["tags"]
        assert "golden" not in s["tags"] or s["score"] >= 70
        if s["open_close_bias"] == "closing_bias" or s["side"] == "mid":
            assert s["intent"] == "neutral"


@each_symbol
@tried
@given(minutes=windows)
def test_a_summary_sums_the_signals(client, symbol, minutes):
    path = f"/v1/flow/signals/{symbol}"
    every = asked(client, path, windowMinutes=minutes, limit=500)["signals"]
    body = asked(client, f"{path}/summary", windowMinutes=minutes)

    def total(name: str, value: str) -> float:
        return math.fsum(s["premium"] for s in every if s[name] == value)

    assert bare(body["top_signals"]) == bare(every[:10])
    assert body["signal_count"] == len(every) < 500
    assert near(body["bullish_premium"], total("intent", "bullish"))
    assert near(body["bearish_premium"], total("intent", "bearish"))
    assert near(body["opening_premium"], total("open_close_bias", "opening_bias"))
    assert near(body["closing_premium"], total("open_close_bias", "closing_bias"))
    net = body["bullish_premium"] - body["bearish_premium"]
    assert near(body["net_directional_premium"], net)


@each_symbol
@tried
@given(
    score=st.integers(0, 100),
    intent=st.sampled_from(["all", "bullish", "bearish", "neutral"]),
    structure=st.sampled_from(["all", "block", "sweep"]),
)
def test_filters_only_leave_out(client, symbol, score, intent, structure):
    path, wide = f"/v1/flow/signals/{symbol}", {"windowMinutes": 390, "limit": 500}
    every = bare(asked(client, path, **wide)["signals"])
    query = {"minScore": score, "intent": intent, "structure": structure}
    found = bare(asked(client, path, **wide, **query)["signals"])
    assert found == [
        s
        for s in every
        if s["score"] >= score
        and intent in {"all", s["intent"]}
        and structure in {"all", s["structure"]}
    ]


@each_symbol
def test_signals_of_one_contract_agree(client, symbol):
    query = {"windowMinutes": 390, "limit": 500}
    shared: dict[tuple, tuple] = {}
    for s in asked(client, f"/v1/flow/signals/{symbol}", **query)["signals"]:
        contract = (s["expiry"], s["strike"], s["right"])
        names = ("open_close_bias", "open_close_confidence", "contract_net_oi_delta")
        state = tuple(s[name] for name in names)
        assert shared.setdefault(contract, state) == state
    assert shared


@each_symbol
def test_option_minutes_add_up(client, symbol):
    path = f"/v1/flow/options/{symbol}"
    _minutes_add_up(client, path, 1500)
    sums = asked(client, f"{path}/summary")
    minutes = asked(client, f"{path}/history", minutes=1500)["buckets"]
    _sums_agree(sums, minutes)
    for window in (30, 240, 1500):
        _dealers_mirror(client, path, window)


@each_stock
def test_stock_minutes_add_up(client, symbol):
    path = f"/v1/flow/stocks/{symbol}"
    _minutes_add_up(client, path, 1500)
    sums = asked(client, f"{path}/summary")
    minutes = asked(client, f"{path}/history", minutes=1500)["buckets"]
    _sums_agree(sums, minutes)
    assert all(m["low"] <= m["open"] <= m["high"] for m in minutes)
    assert all(m["low"] <= m["close"] <= m["high"] for m in minutes)


def _minutes_add_up(client, path: str, window: int) -> None:
    newest_first = asked(client, f"{path}/history", minutes=window)["buckets"]
    points = asked(client, f"{path}/cumulative", minutes=window)["points"]
    assert newest_first
    stamps = [m["ts"] for m in newest_first]
    assert stamps == sorted(set(stamps), reverse=True)
    for m in newest_first:
        assert m["netVolume"] == m["buyVolume"] - m["sellVolume"]
        assert m["low"] <= m["vwap"] <= m["high"]
    net = [m["netVolume"] for m in reversed(newest_first)]
    assert [p["netVolume"] for p in points] == net
    assert [p["cumulative"] for p in points] == list(itertools.accumulate(net))
    assert [p["ts"] for p in points] == stamps[::-1]


def _sums_agree(sums: dict, minutes: list[dict]) -> None:
    for name in ("buyVolume", "sellVolume", "midVolume", "netVolume"):
        assert sums[name] == sum(m[name] for m in minutes)
    assert sums["totalTrades"] == sum(m["tradeCount"] for m in minutes)
    assert sums["biggestSingleTrade"] == max(m["biggestTrade"] for m in minutes)
    assert sums["netVolume"] == sums["buyVolume"] - sums["sellVolume"]


def _dealers_mirror(client, path: str, window: int) -> None:
    body = asked(client, f"{path}/dealer-premium", windowMinutes=window)
    minutes = asked(client, f"{path}/history", minutes=window)["buckets"]
    buy = math.fsum(m["sellVolume"] * m["vwap"] * 100 for m in minutes)
    write = math.fsum(m["buyVolume"] * m["vwap"] * 100 for m in minutes)
    # the vwap of a minute is shown with few decimals
    assert math.isclose(body["dealer_buy_premium"], buy, rel_tol=1e-3, abs_tol=1)
    assert math.isclose(body["dealer_write_premium"], write, rel_tol=1e-3, abs_tol=1)
    net = body["dealer_buy_premium"] - body["dealer_write_premium"]
    assert near(body["net_dealer_premium"], net)
    total = body["dealer_buy_premium"] + body["dealer_write_premium"]
    assert near(body["total_premium"], total)


@each_stock
@pytest.mark.parametrize(("size", "seconds"), [("1m", 60), ("5m", 300), ("1h", 3_600)])
def test_bars_are_merged_of_seconds(client, symbol, size, seconds):
    path = f"/v1/flow/stocks/{symbol}/bars"
    small = asked(client, path, resolution="1s", minutes=120)["bars"]
    large = asked(client, path, resolution=size, minutes=120)["bars"]
    assert large
    grouped: dict[str, list[dict]] = {}
    for bar in small:
        grouped.setdefault(_begin(bar["ts"], seconds), []).append(bar)
    # the first bar is whole, the first of the seconds may begin within it
    for bar in large[1:]:
        parts = grouped[bar["ts"][:19]]
        assert bar["open"] == parts[0]["open"]
        assert bar["close"] == parts[-1]["close"]
        assert bar["high"] == max(p["high"] for p in parts)
        assert bar["low"] == min(p["low"] for p in parts)
        for name in ("buyVolume", "sellVolume", "midVolume", "netVolume", "tradeCount"):
            assert bar[name] == sum(p[name] for p in parts)
        assert bar["netVolume"] == bar["buyVolume"] - bar["sellVolume"]
    assert all(bar["closed"] for bar in large[:-1])


def _begin(ts: str, seconds: int) -> str:
    """The instant that a bar begins at in which a second falls; bars start on hours UTC."""
    hour, minute, second = (int(part) for part in ts[11:19].split(":"))
    whole = (hour * 3_600 + minute * 60 + second) // seconds * seconds
    clock = f"{whole // 3_600:02}:{whole // 60 % 60:02}:{whole % 60:02}"
    return f"{ts[:11]}{clock}"


@each_symbol
def test_exposures_are_sums_of_strikes(client, symbol):
    for kind in ("gex", "dex", "vex", "chex"):
        body = asked(client, f"/v1/exposure/{kind}/{symbol}")
        total = math.fsum(one[f"net_{kind}"] for one in body["strikes"])
        assert math.isclose(body[f"net_{kind}"], total, rel_tol=1e-6, abs_tol=1)
        strikes = [one["strike"] for one in body["strikes"]]
        assert strikes == sorted(set(strikes))
        for one in body["strikes"]:
            net = one[f"call_{kind}"] + one[f"put_{kind}"]
            assert math.isclose(one[f"net_{kind}"], net, rel_tol=1e-6, abs_tol=1)


@each_symbol
def test_settled_levels_agree(client, symbol):
    levels = asked(client, f"/v1/exposure/levels/{symbol}")["levels"]
    signals = asked(client, f"/v1/flow/signals/{symbol}")
    pain = asked(client, f"/v1/maxpain/{symbol}")
    gex = asked(client, f"/v1/exposure/gex/{symbol}")
    summary = asked(client, f"/v1/exposure/summary/{symbol}")
    chain = signals["chain"]
    for name in ("call_wall", "put_wall", "gamma_flip"):
        assert chain[name] == levels[name]
    assert chain["max_pain"] == pain["max_pain_strike"]
    statuses = {gex["gamma_flip"], summary["gamma_flip"], levels["gamma_flip"]}
    assert len(statuses) == 1
    assert (chain["gamma_flip_status"] == "available") == (chain["gamma_flip"] is not None)
    assert signals["underlying_price"] == gex["underlying_price"]
    for kind in ("gex", "dex", "vex", "chex"):
        whole = asked(client, f"/v1/exposure/{kind}/{symbol}")
        assert summary["exposures"][f"net_{kind}"] == whole[f"net_{kind}"]


@each_symbol
def test_the_live_book_agrees(client, symbol):
    def ask(name: str) -> dict:
        return asked(client, f"/v1/flow/{name}/{symbol}")

    live, risk, oi = ask("live"), ask("dealer-risk"), ask("oi")
    gex, dex, levels = ask("gex"), ask("dex"), ask("levels")
    assert ask("summary")["live_gex"] == gex["live_net_gex"] == live["live_gex"]
    assert live["live_gex_delta"] == dex["live_net_dex"]
    assert live["live_pin_risk"] == ask("pin-risk")["live_pin_risk"]
    names = ("live_gamma_flip", "gamma_flip_status", "live_call_wall", "live_put_wall")
    assert all(levels[name] == live[name] for name in (*names, "live_max_pain"))
    assert gex["live_gamma_flip"] == levels["live_gamma_flip"]
    total = math.fsum(one["net_gex"] for one in gex["strikes"])
    assert math.isclose(gex["live_net_gex"], total, rel_tol=1e-6, abs_tol=1)
    assert gex["live_net_gex_label"] == ("positive" if total > 0 else "negative")
    for kind in ("gex", "dex"):
        change = risk[f"live_net_{kind}"] - risk[f"settled_net_{kind}"]
        found = risk[f"flow_{kind}_adjustment"]
        assert math.isclose(found, change, rel_tol=1e-6, abs_tol=1)
        settled = asked(client, f"/v1/exposure/{kind}/{symbol}")
        ours = settled[f"net_{kind}"]
        assert math.isclose(risk[f"settled_net_{kind}"], ours, rel_tol=1e-6, abs_tol=1)
    shared = live["flow_adjusted_dealer_risk"]
    assert {name: risk[name] for name in shared} == shared
    assert oi["simulated_oi"] == oi["official_oi"] + oi["intraday_oi_delta"]
    assert oi["effective_oi"] >= oi["simulated_oi"]
    shown = ("official_oi", "simulated_oi", "intraday_oi_delta", "effective_oi")
    assert all(live[name] == oi[name] for name in shown)
    assert live["contracts"] == oi["contracts_total"]


@pytest.mark.parametrize("path", ["/v1/flow", "/v1/flow/top"])
@pytest.mark.parametrize("limit", [1, 7, 25, 500])
def test_pages_cover_everything_once(client, path, limit):
    whole = asked(client, path, limit=500, unknownOI=True)
    assert whole["next_cursor"] is None
    found: list[dict] = []
    cursor: dict[str, str] = {}
    while True:
        page = asked(client, path, limit=limit, unknownOI=True, **cursor)
        assert 1 <= len(page["data"]) <= limit
        found += page["data"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert found == whole["data"]
    assert len({row["id"] for row in found}) == len(found) > 100


def test_rows_are_the_signals(client):
    rows = asked(client, "/v1/flow", limit=500, unknownOI=True)["data"]
    stamps = [row["timestamp"] for row in rows]
    assert stamps == sorted(stamps, reverse=True)
    ids = set()
    for symbol in SYMBOLS:
        query = {"windowMinutes": 10_080, "limit": 500}
        body = asked(client, f"/v1/flow/signals/{symbol}", **query)
        ids |= {s["id"] for s in body["signals"]}
    assert ids == {row["id"] for row in rows}


def test_the_heat_map_sums_the_rows(client):
    rows = asked(client, "/v1/flow", limit=500)["data"]
    body = asked(client, "/v1/heatmap")["data"]
    for kind in ("sectors", "tickers"):
        assert sum(one["count"] for one in body[kind]) == len(rows)
        total = math.fsum(row["premium"] for row in rows)
        assert near(math.fsum(one["premium"] for one in body[kind]), total)
        assert all(
            near(h["callPremium"] + h["putPremium"], h["premium"]) for h in body[kind]
        )
        assert all(near(h["bullPremium"] - h["bearPremium"], h["net"]) for h in body[kind])


def test_every_best_row_is_explained(client):
    for row in asked(client, "/v1/flow/top", limit=10)["data"]:
        names = ("ticker", "strike", "type", "expiry")
        body = asked(client, "/v1/score-explain", **{name: row[name] for name in names})
        assert sum(body["scoreParts"].values()) == body["score"] >= row["score"]
