"""Answers on raw flow: what the wire promises, and the naive twin of each figure."""

import datetime as dt
import json
from fractions import Fraction

import msgspec
import pytest
from flashalpha import types
from hypothesis import assume, given
from hypothesis import strategies as st

import naive_raw
from contract_types import ENVELOPE, misordered, problems
from naive_raw import DOLLAR, MINUTE, SECOND
from opentape.api import query as queries
from opentape.api.query import BadParameter
from opentape.api.routes import stock as stock_routes
from opentape.api.routes import tape as tape_routes
from opentape.desk.ask.raw.leaders import skew_of
from opentape.market.calendar import EPOCH, iso
from opentape.market.errors import SymbolNotFound
from raw_views import market_of_stocks, markets

MARKETS = markets()
SYMBOLS = st.sampled_from(["SPY", "SPX", "NVDA", "IDLE"])
WINDOWS = st.sampled_from([1, 2, 60, 240, 10_080])
EXPIRIES = st.sampled_from([None, "2026-05-21", "2026-06-19", "2028-01-21"])
SHARES = 100
RESOLUTIONS = {
    "1s": SECOND,
    "1m": MINUTE,
    "5m": 5 * MINUTE,
    "15m": 15 * MINUTE,
    "30m": 30 * MINUTE,
    "1h": 60 * MINUTE,
    "4h": 240 * MINUTE,
}


def ask(route, market, symbol=None, **given_):
    """Ask a route as a client does; return the body it would read."""
    told = {key: str(value) for key, value in given_.items() if value is not None}
    arguments = {} if symbol is None else {"symbol": symbol}
    if route.query is not None:
        arguments["query"] = queries.read(route.query, told)
    return json.loads(msgspec.json.encode(route.answer(market, **arguments)))


def promised(declared, body):
    """The body is what the client declares, in its order; a quote may be unknown."""
    told = [
        line
        for line in problems(declared, body, absent=ENVELOPE)
        if not any(word in line for word in (".bid", ".ask"))
    ]
    assert told == []
    assert misordered(declared, body) == []


def of(prints, symbol, expiry=None):
    days = expiry and (dt.date.fromisoformat(expiry) - EPOCH).days
    mine = [p for p in prints if p.owner == symbol]
    return [p for p in mine if days is None or p.expiry == days]


def newest_first(prints):
    order = sorted(enumerate(prints), key=lambda ip: (ip[1].ts, ip[0]), reverse=True)
    return [p for _, p in order]


def money(nanos):
    return None if nanos is None else nanos / DOLLAR


def net(prints):
    sign = {"buy": 1, "sell": -1, "mid": 0}
    return sum(sign[p.side] * p.size for p in prints)


def minutes(prints, market, window):
    """Minutes that began after the window did, with the prints of each, oldest first."""
    found = {}
    for p in prints:
        begins = p.ts // MINUTE * MINUTE
        if begins > market.as_of_ns - window * MINUTE:
            found.setdefault(begins, []).append(p)
    return dict(sorted(found.items()))


def minute_row(begins, prints):
    told = naive_raw.figures(prints)
    return {
        "ts": iso(begins),
        "buyVolume": told["buy"],
        "sellVolume": told["sell"],
        "midVolume": told["mid"],
        "netVolume": told["buy"] - told["sell"],
        "tradeCount": told["trades"],
        "biggestTrade": told["biggest"],
        "vwap": told["vwap_nanos"] / DOLLAR,
        "high": told["high"] / DOLLAR,
        "low": told["low"] / DOLLAR,
    }


def volumes(prints):
    return {
        "totalTrades": len(prints),
        **{
            f"{side}Volume": sum(p.size for p in prints if p.side == side)
            for side in ("buy", "sell", "mid")
        },
        "netVolume": net(prints),
        "biggestSingleTrade": max((p.size for p in prints), default=0),
    }


# ------------------------------------------------------------------------------- options


@given(MARKETS, SYMBOLS, EXPIRIES, st.integers(1, 80))
def test_recent_lists_the_newest_option_prints(made, symbol, expiry, limit):
    market, prints, _ = made
    body = ask(tape_routes.recent, market, symbol, limit=limit, expiry=expiry)
    promised(types.FlowOptionRecentResponse, body)
    mine = of(prints, symbol, expiry)
    shown = newest_first(mine)[:limit]
    assert (body["count"], body["totalAvailable"]) == (len(shown), len(mine))
    assert body["expiry"] == expiry
    assert [
        (t["ts"], t["price"], t["size"], t["side"], t["isBlock"], t["bid"], t["ask"])
        for t in body["trades"]
    ] == [
        (
            iso(p.ts), money(p.price), p.size, p.side, p.size >= 100, money(p.bid),
            money(p.ask),
        )
        for p in shown
    ]  # fmt: skip
    assert [
        (t["expiry"], round(t["strike"] * 1_000), t["right"]) for t in body["trades"]
    ] == [(str(p.contract[1]), *p.contract[2:]) for p in shown]
    pairs = zip(shown, body["trades"], strict=True)
    numbers = {(p.contract, t["instrumentId"]) for p, t in pairs}
    assert len(numbers) == len({p.contract for p in shown})
    assert len({number for _, number in numbers}) == len(numbers)


@given(MARKETS, SYMBOLS, EXPIRIES)
def test_summary_counts_all_option_prints_at_hand(made, symbol, expiry):
    market, prints, _ = made
    body = ask(tape_routes.summary, market, symbol, expiry=expiry)
    promised(types.FlowOptionSummaryResponse, body)
    mine = of(prints, symbol, expiry)
    last = max((p.ts for p in mine), default=None)
    assert body == {
        "symbol": symbol,
        "expiry": expiry,
        "contractsWithTrades": len({p.contract for p in mine}),
        **volumes(mine),
        "lastTradeUtc": last and iso(last),
    }


@given(MARKETS, SYMBOLS, EXPIRIES, st.sampled_from([None, 1, 50, 100, 101, 5_000]))
def test_blocks_are_of_the_size_asked_for(made, symbol, expiry, least):
    market, prints, _ = made
    body = ask(tape_routes.blocks, market, symbol, minSize=least, expiry=expiry)
    promised(types.FlowOptionBlocksResponse, body)
    least = least or 100
    assert body["minSize"] == least
    shown = newest_first([p for p in of(prints, symbol, expiry) if p.size >= least])
    assert body["count"] == len(shown)
    found = [(b["ts"], b["price"], b["size"], b["side"]) for b in body["blocks"]]
    expected = [(iso(p.ts), money(p.price), p.size, p.side) for p in shown]
    assert sorted(found) == sorted(expected)
    assert [one[0] for one in found] == [one[0] for one in expected]


@given(MARKETS, SYMBOLS, EXPIRIES, WINDOWS)
def test_history_and_cumulative_agree_minute_by_minute(made, symbol, expiry, window):
    market, prints, _ = made
    asked = {"minutes": window, "expiry": expiry}
    past = ask(tape_routes.history, market, symbol, **asked)
    sums = ask(tape_routes.cumulative, market, symbol, **asked)
    promised(types.FlowOptionHistoryResponse, past)
    promised(types.FlowOptionCumulativeResponse, sums)
    groups = minutes(of(prints, symbol, expiry), market, window)
    rows = [minute_row(begins, mine) for begins, mine in groups.items()]
    assert past["buckets"] == rows[::-1]
    assert past["count"] == sums["count"] == len(rows) <= window
    assert all(row["low"] <= row["vwap"] <= row["high"] for row in past["buckets"])
    running = 0
    for point, row in zip(sums["points"], rows, strict=True):
        running += row["netVolume"]
        shared = {key: row[key] for key in ("ts", "netVolume", "vwap", "tradeCount")}
        assert point == {**shared, "cumulative": running}


@given(MARKETS, SYMBOLS, EXPIRIES, WINDOWS)
def test_dealers_are_behind_every_signed_print(made, symbol, expiry, window):
    market, prints, _ = made
    body = ask(
        tape_routes.dealer_premium, market, symbol, windowMinutes=window, expiry=expiry
    )
    assert problems(types.FlowDealerPremiumResponse, body, absent=ENVELOPE) == []
    if market.name(symbol).tape is None:
        assert body["total_premium"] is None
        return
    bought = written = Fraction(0)
    groups = minutes(of(prints, symbol, expiry), market, window)
    for told in map(naive_raw.figures, groups.values()):
        volume = told["buy"] + told["sell"] + told["mid"]
        vwap = Fraction(told["notional"], volume * DOLLAR)
        bought += told["sell"] * vwap * SHARES
        written += told["buy"] * vwap * SHARES
    assert body["dealer_buy_premium"] == pytest.approx(float(bought), abs=0.0051)
    assert body["dealer_write_premium"] == pytest.approx(float(written), abs=0.0051)
    buy, write = body["dealer_buy_premium"], body["dealer_write_premium"]
    assert body["net_dealer_premium"] == round(buy - write, 2)
    assert body["total_premium"] == round(buy + write, 2)
    assert body["bucket_count"] == len(groups)
    assert body["trade_count"] == sum(map(len, groups.values()))
    assert (body["as_of"], body["window_minutes"]) == (iso(market.as_of_ns), window)


# -------------------------------------------------------------------------------- stocks


@given(MARKETS, SYMBOLS, st.integers(1, 80))
def test_recent_lists_the_newest_stock_prints(made, symbol, limit):
    market, _, shares = made
    body = ask(stock_routes.recent, market, symbol, limit=limit)
    promised(types.FlowStockRecentResponse, body)
    shown = newest_first(of(shares, symbol))[:limit]
    assert body == {
        "symbol": symbol,
        "count": len(shown),
        "totalAvailable": len(of(shares, symbol)),
        "trades": [
            {
                "ts": iso(p.ts),
                "price": money(p.price),
                "size": p.size,
                "side": p.side,
                "isBlock": p.size >= 10_000,
                "bid": money(p.bid),
                "ask": money(p.ask),
            }
            for p in shown
        ],
    }


@given(MARKETS, SYMBOLS, WINDOWS)
def test_stock_minutes_summary_and_blocks(made, symbol, window):
    market, _, shares = made
    mine = of(shares, symbol)
    groups = minutes(mine, market, window)
    body = ask(stock_routes.history, market, symbol, minutes=window)
    promised(types.FlowStockHistoryResponse, body)
    expected = []
    for begins, prints in groups.items():
        told = naive_raw.figures(prints)
        ends = {"open": told["open"] / DOLLAR, "close": told["close"] / DOLLAR}
        expected.append(minute_row(begins, prints) | ends)
    assert body["buckets"] == expected[::-1]
    sums = ask(stock_routes.cumulative, market, symbol, minutes=window)
    promised(types.FlowStockCumulativeResponse, sums)
    assert [point["netVolume"] for point in sums["points"]] == [
        net(prints) for prints in groups.values()
    ]
    if sums["points"]:
        assert sums["points"][-1]["cumulative"] == sum(map(net, groups.values()))
    told = ask(stock_routes.summary, market, symbol)
    last = {"lastTradeUtc": iso(max(p.ts for p in mine))} if mine else {}
    assert told == {"symbol": symbol, **volumes(mine), **last}
    large = ask(stock_routes.blocks, market, symbol)
    promised(types.FlowStockBlocksResponse, large)
    assert [b["size"] for b in large["blocks"]] == [
        p.size for p in newest_first(mine) if p.size >= 10_000
    ]


@given(MARKETS, SYMBOLS, st.sampled_from([1, 15, 60, 1_440]))
def test_bars_of_any_length_are_merged_seconds(made, symbol, window):
    market, _, shares = made
    mine = of(shares, symbol)
    for word, width in RESOLUTIONS.items():
        body = ask(stock_routes.bars, market, symbol, resolution=word, minutes=window)
        promised(types.FlowStockBarsResponse, body)
        begins = (market.as_of_ns - window * MINUTE) // width * width
        told = naive_raw.buckets([p for p in mine if p.ts >= begins], width)
        assert body["count"] == len(told)
        assert [bar["ts"] for bar in body["bars"]] == list(map(iso, told))
        for bar, (at, one) in zip(body["bars"], told.items(), strict=True):
            assert bar["closed"] == (at + width <= market.as_of_ns)
            for key in ("open", "high", "low", "close"):
                assert bar[key] == one[key] / DOLLAR
                assert bar["low"] <= bar[key] <= bar["high"]
            assert bar["vwap"] == one["vwap_nanos"] / DOLLAR
            assert bar["netVolume"] == one["buy"] - one["sell"]
            assert (bar["tradeCount"], bar["biggestTrade"]) == (
                one["trades"],
                one["biggest"],
            )
        assert all(bar["closed"] for bar in body["bars"][:-1])
        first = min((p.ts for p in mine), default=None)
        assert body["dataStartUtc"] == (first and iso(first))


def test_the_first_bar_is_the_one_that_the_window_begins_in():
    """At 10:17, 15 minutes of 15-minute bars begin with the whole bar of 10:00."""
    ten = 1_779_372_000_000_000_000
    shares = [
        naive_raw.Counted(ten + at * MINUTE, (2 + at) * DOLLAR, 1, "mid", "SPY")
        for at in (-1, 0, 14, 15)
    ]
    market = market_of_stocks(shares, as_of=ten + 17 * MINUTE)
    body = ask(stock_routes.bars, market, "SPY", resolution="15m", minutes=15)
    assert [(b["ts"], b["tradeCount"], b["closed"]) for b in body["bars"]] == [
        (iso(ten), 2, True),
        (iso(ten + 15 * MINUTE), 1, False),
    ]
    assert body["dataStartUtc"] == iso(ten - MINUTE)


# ------------------------------------------------------------------------ all names at once


@given(MARKETS, WINDOWS, st.integers(1, 3))
@pytest.mark.parametrize("of_options", [True, False], ids=["options", "stocks"])
def test_leaders_are_those_bought_and_sold_most(of_options, made, window, most):
    market, prints, shares = made
    routes = tape_routes if of_options else stock_routes
    body = ask(routes.leaderboard, market, n=most, windowMinutes=window)
    declared = (
        types.FlowOptionLeaderboardResponse
        if of_options
        else types.FlowStockLeaderboardResponse
    )
    promised(declared, body)
    rows = window_rows(prints if of_options else shares, market, window, of_options)
    bought = {s: r for s, r in rows.items() if r["netNotional"] > 0}
    sold = {s: r for s, r in rows.items() if r["netNotional"] < 0}
    check_leaders(body["buyers"], bought, most)
    check_leaders(body["sellers"], sold, most)
    price = "avgPremium" if of_options else "vwap"
    for row in (*body["buyers"], *body["sellers"]):
        exact = row["netVolume"] * row[price] * (SHARES if of_options else 1)
        assert row["netNotional"] == pytest.approx(exact, abs=0.02, rel=1e-6)


def check_leaders(found, expected, most):
    ranked = sorted(expected.values(), key=lambda r: (-abs(r["netNotional"]), r["symbol"]))
    assert [row["symbol"] for row in found] == [row["symbol"] for row in ranked[:most]]
    for row in found:
        told = expected[row["symbol"]]
        assert {key: told[key] for key in row if key in told} | row == row


def window_rows(prints, market, window, of_options):
    found = {}
    for symbol in {p.owner for p in prints}:
        groups = minutes(of(prints, symbol), market, window)
        mine = [p for group in groups.values() for p in group]
        if not mine:
            continue
        told = naive_raw.figures(mine)
        volume = sum(p.size for p in mine)
        dollars = Fraction(told["notional"] * (SHARES if of_options else 1), DOLLAR)
        spent = Fraction(net(mine)) * dollars / volume
        found[symbol] = {
            "symbol": symbol,
            "netVolume": net(mine),
            "netNotional": cents(spent),
            "notional": cents(dollars),
            "buyVolume": told["buy"],
            "sellVolume": told["sell"],
            "midVolume": told["mid"],
            "tradeCount": told["trades"],
            "lastTradeUtc": iso(told["last_ts"]),
            "biggestTrade": told["biggest"],
            "biggestTradeUtc": iso(told["biggest_ts"]),
            "biggestAgeSec": (market.as_of_ns - told["biggest_ts"]) // SECOND,
            "lastTradeAgeSec": (market.as_of_ns - told["last_ts"]) // SECOND,
            "lastVwap": naive_raw.figures(groups[max(groups)])["vwap_nanos"] / DOLLAR,
        }
    return found


def cents(dollars):
    """Half up to whole cents."""
    return int((dollars * 100 + Fraction(1, 2)).__floor__()) / 100


@given(MARKETS, WINDOWS, st.integers(1, 3), st.sampled_from([1, 2, 20]))
@pytest.mark.parametrize("of_options", [True, False], ids=["options", "stocks"])
def test_outliers_are_ranked_by_what_was_bought_or_sold_net(
    of_options, made, window, limit, least
):
    market, prints, shares = made
    routes = tape_routes if of_options else stock_routes
    asked = {"limit": limit, "minTrades": least, "windowMinutes": window}
    body = ask(routes.outliers, market, **asked)
    promised(types.FlowOptionOutliersResponse, body)
    rows = window_rows(prints if of_options else shares, market, window, of_options)
    rows = {s: r for s, r in rows.items() if r["tradeCount"] >= least}
    assert body["qualified"] == len(rows) <= body["tracked"]
    check_leaders(body["outliers"], rows, limit)
    for row in body["outliers"]:
        signed = row["buyVolume"] + row["sellVolume"]
        exact = 100 * abs(row["netVolume"]) / signed if signed else 0
        assert row["imbalancePct"] == pytest.approx(exact, abs=1e-4)
        assert row["skew"] == skew_of(row["buyVolume"], row["sellVolume"])
        assert row["biggestAgeSec"] >= 0
        assert row["lastTradeAgeSec"] >= 0


@pytest.mark.parametrize(
    ("bought", "sold", "label"),
    [
        (0, 0, "FLAT"),
        (5_499, 4_501, "FLAT"),
        (55, 45, "MILD_BUY"),
        (6_249, 3_751, "MILD_BUY"),
        (625, 375, "BUY"),
        (7_499, 2_501, "BUY"),
        (75, 25, "STRONG_BUY"),
        (1, 0, "STRONG_BUY"),
        (45, 55, "MILD_SELL"),
        (375, 625, "SELL"),
        (0, 1, "STRONG_SELL"),
    ],
)
def test_skew_is_cut_at_10_25_and_50_per_cent(bought, sold, label):
    assert skew_of(bought, sold) == label


# ---------------------------------------------------------------------- what may be asked


@pytest.mark.parametrize(
    ("route", "text", "expected"),
    [
        (tape_routes.recent, "", {"limit": 50, "expiry": None}),
        (tape_routes.recent, "limit=9999", {"limit": 500, "expiry": None}),
        (tape_routes.recent, "limit=0", {"limit": 1, "expiry": None}),
        (tape_routes.blocks, "", {"min_size": 100, "expiry": None}),
        (tape_routes.blocks, "minSize=-3", {"min_size": 1, "expiry": None}),
        (tape_routes.blocks, "min_size=250", {"min_size": 250, "expiry": None}),
        (tape_routes.history, "", {"minutes": 60, "expiry": None}),
        (tape_routes.history, "minutes=99999", {"minutes": 10_080, "expiry": None}),
        (tape_routes.cumulative, "", {"minutes": 240, "expiry": None}),
        (tape_routes.dealer_premium, "", {"window_minutes": 240, "expiry": None}),
        (tape_routes.leaderboard, "n=51", {"n": 50, "window_minutes": 240}),
        (tape_routes.leaderboard, "", {"n": 10, "window_minutes": 240}),
        (
            tape_routes.outliers,
            "",
            {"limit": 20, "min_trades": 20, "window_minutes": 240},
        ),
        (
            stock_routes.outliers,
            "limit=1e9&windowMinutes=0",
            {"limit": 200, "min_trades": 20, "window_minutes": 1},
        ),
        (stock_routes.recent, "limit=12.0", {"limit": 12}),
        (stock_routes.blocks, "", {"min_size": 10_000}),
        (stock_routes.history, "", {"minutes": 60}),
        (stock_routes.cumulative, "", {"minutes": 240}),
        (stock_routes.bars, "resolution=5m", {"resolution": "5m", "minutes": 60}),
        (
            stock_routes.bars,
            "resolution=1s&minutes=9999",
            {"resolution": "1s", "minutes": 1_440},
        ),
    ],
)
def test_defaults_and_bounds(route, text, expected):
    read = queries.read(route.query, queries.texts(text.encode()))
    assert msgspec.structs.asdict(read) == expected


def test_a_bar_of_no_known_length_is_refused():
    with pytest.raises(BadParameter) as refused:
        queries.read(stock_routes.bars.query, {"resolution": "2m"})
    assert refused.value.code == "invalid_resolution"


@given(MARKETS)
def test_an_unknown_symbol_is_not_found(made):
    market, _, _ = made
    for route in (tape_routes.recent, stock_routes.recent):
        with pytest.raises(SymbolNotFound):
            ask(route, market, "NOPE")


@given(MARKETS)
def test_a_silent_tape_keeps_its_window(made):
    """The window ends at the clock of the answer, not at the newest print."""
    market, prints, _ = made
    mine = of(prints, "SPY")
    assume(mine)
    found = ask(tape_routes.history, market, "SPY", minutes=10_080)["buckets"]
    assert sum(row["tradeCount"] for row in found) == len(mine)
    later = market.name("SPY").later(market.as_of_ns + 10_081 * MINUTE, 2, market.feeds)
    market = type(market)(
        names={"SPY": later},
        version=2,
        as_of_ns=later.as_of_ns,
        feeds=market.feeds,
        options=market.options,
    )
    assert ask(tape_routes.history, market, "SPY", minutes=10_080)["count"] == 0
    assert ask(tape_routes.summary, market, "SPY")["totalTrades"] == len(mine)
