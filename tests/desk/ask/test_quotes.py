"""Quotes of stocks and of option contracts: what the wire promises, and naive twins."""

import datetime as dt
import json
import math

import msgspec
import numpy as np
import pytest
from flashalpha.types import OptionQuoteResponse, OptionsMetaResponse, StockQuoteResponse
from hypothesis import given
from hypothesis import strategies as st

import snapshots
import views
from contract_types import ENVELOPE, misordered, problems
from opentape.api import query as queries
from opentape.api.query import BadParameter
from opentape.desk.ask.quotes import listing, options, stock
from opentape.desk.price import Right, Terms, greeks, implied_volatility
from opentape.flow.raw.views import Quote, Series, StockView
from opentape.market.calendar import EPOCH, iso
from opentape.market.chain import UNKNOWN_COUNT
from opentape.market.errors import InputError, NoData

ALL = options.OptionQuoteQuery()


def body(reply):
    return json.loads(msgspec.json.encode(reply))


def read(kind, text):
    return queries.read(kind, queries.texts(text.encode()))


def quoted(name, asked=ALL):
    """Elements of an answer; none where nothing fits."""
    try:
        found = body(options.option_quote(name, asked))
    except NoData:
        return []
    return found if isinstance(found, list) else [found]


def live_rows(name):
    return np.flatnonzero(name.chain.held.years > 0).tolist()


# ----------------------------------------------------------------------- option contracts


@given(views.NAMES)
def test_each_contract_is_what_the_client_declares(name):
    """Its types say call or put where every answer of the vendor's says C or P."""
    for one in quoted(name):
        told = problems(OptionQuoteResponse, one, absent=ENVELOPE)
        assert [line for line in told if not line.startswith("$.type")] == []
        assert misordered(OptionQuoteResponse, one) == []
        assert one["type"] in {"C", "P"}


@given(views.NAMES)
def test_quotes_are_those_of_the_chain(name):
    chain = name.chain.chain
    rows, found = live_rows(name), quoted(name)
    assert len(found) == len(rows)
    for row, one in zip(rows, found, strict=True):
        contract = chain.contracts[int(chain.contract[row])]
        assert one["contract"] == contract.symbol
        assert (one["type"], one["strike"]) == (contract.right, contract.strike)
        assert one["expiry"] == str(contract.expiry)
        for key, column in (("bid", chain.bid), ("ask", chain.ask)):
            given_ = float(column[row])
            told = None if math.isnan(given_) else pytest.approx(given_, abs=1e-6)
            assert one[key] == told
        for key, column in (
            ("bidSize", chain.bid_size),
            ("askSize", chain.ask_size),
            ("open_interest", chain.open_interest),
            ("volume", chain.volume),
        ):
            count = int(column[row])
            assert one[key] == (None if count == UNKNOWN_COUNT else count)
        ts = int(chain.ts_quote[row]) or chain.as_of
        assert one["lastUpdate"] == iso(ts)
        assert one["underlying"] == name.symbol


@given(views.NAMES)
def test_the_middle_is_between_bid_and_ask(name):
    for one in quoted(name):
        bid, mid, ask = one["bid"], one["mid"], one["ask"]
        if mid is not None:
            assert bid <= mid <= ask
            assert mid == pytest.approx((bid + ask) / 2, abs=1e-6)
        else:
            assert bid is None or ask is None or bid > ask


@given(views.NAMES)
def test_vols_and_greeks_have_their_signs(name):
    for one in quoted(name):
        vols = [one[key] for key in ("iv_bid", "implied_vol", "iv_ask")]
        known = [vol for vol in vols if vol is not None]
        assert all(0.01 <= vol <= 5 for vol in known)
        assert known == sorted(known)
        if one["delta"] is not None:
            sign = 1 if one["type"] == "C" else -1
            assert 0 <= sign * one["delta"] <= 1 + 1e-9
            assert one["gamma"] >= 0
            assert one["vega"] >= -1e-6
        assert (one["svi_vol"] is None) == (one["svi_vol_gated"] == "unfit")


def test_vols_of_both_sides_price_the_quote():
    """A European chain: what bid, middle and ask imply, by the pricer of one option."""
    name = views.name_of(snapshots.quoted_chain("SPXW", spread=0.04))
    slices, checked = name.chain.surface.slices, 0
    for row, one in zip(live_rows(name), quoted(name), strict=True):
        at = slices.of[row]
        terms = Terms(
            spot=500.0,
            strike=one["strike"],
            dte=float(slices.years[at]) * 365,
            right=Right.CALL if one["type"] == "C" else Right.PUT,
            rate=float(slices.rate[at]),
            carry=float(slices.carry[at]),
        )
        for price, key in (("bid", "iv_bid"), ("mid", "implied_vol"), ("ask", "iv_ask")):
            try:
                exact = implied_volatility(terms, one[price]).implied_volatility
            except InputError:
                exact = None
            # six decimals of a price tell its vol only where vega is not too small
            if one[key] is not None and one["vega"] > 0.01:
                assert one[key] == pytest.approx(exact, abs=3e-4)
                checked += 1
        if one["implied_vol"] is not None:
            told = greeks(terms, one["implied_vol"])
            first, second = told.first_order, told.second_order
            for key in ("delta", "gamma", "theta", "vega"):
                assert one[key] == pytest.approx(getattr(first, key), rel=1e-3, abs=2e-6)
            assert one["rho"] == pytest.approx(first.rho, rel=1e-3, abs=1e-4)
            for key in ("vanna", "charm"):
                assert one[key] == pytest.approx(getattr(second, key), rel=1e-2, abs=2e-4)
    assert checked > 300


def test_the_smile_is_near_its_quotes():
    name = views.name_of(snapshots.quoted_chain("SPXW", spread=0.01))
    near = [one for one in quoted(name) if abs(one["strike"] - 500) < 25]
    assert near
    for one in near:
        assert one["svi_vol"] == pytest.approx(one["implied_vol"], abs=0.01)
        assert one["svi_vol_gated"] is None


def test_early_exercise_has_its_own_vols():
    name = views.name_of(snapshots.quoted_chain("SPY", spread=0.02))
    out = [
        one
        for one in quoted(name)
        if (one["strike"] < 480) == (one["type"] == "P") and one["implied_vol"]
    ]
    assert len(out) > 50
    for one in out:
        if None not in {one["iv_bid"], one["iv_ask"]}:
            assert one["iv_bid"] < one["implied_vol"] < one["iv_ask"]


def test_volume_is_the_larger_of_chain_and_tape():
    chain = snapshots.quoted_chain("SPXW", expiries=snapshots.EXPIRIES[:1])
    chain = chain._replace(volume=np.full(chain.rows, 70))
    chain.volume[2] = UNKNOWN_COUNT
    traded = {
        int(chain.contract[0]): (50, 20, 10),
        int(chain.contract[1]): (5, 5, 5),
        int(chain.contract[2]): (1, 2, 3),
    }
    found = quoted(views.name_of(chain, volumes=traded))
    assert [one["volume"] for one in found[:4]] == [80, 70, 6, 70]


filters = st.fixed_dictionaries(
    {},
    optional={
        "expiry": st.sampled_from([dt.date(2026, 5, 26), *snapshots.EXPIRIES]),
        "strike": st.sampled_from([495.0, 500.0, 500.0004, 501.0, 1e308, -1.0]),
        "type": st.sampled_from(["C", "Call", "call", "P", "Put", "put"]),
    },
)


@given(views.NAMES, filters)
def test_filters_leave_what_fits(name, asked):
    every = quoted(name)
    fitting = [
        one
        for one in every
        if ("expiry" not in asked or one["expiry"] == str(asked["expiry"]))
        and ("strike" not in asked or abs(one["strike"] - asked["strike"]) < 5e-4)
        and ("type" not in asked or one["type"] == asked["type"][0].upper())
    ]
    query = options.OptionQuoteQuery(**asked)
    found = quoted(name, query)
    assert found == fitting
    if fitting:
        one = not isinstance(options.option_quote(name, query), list)
        assert one == (len(asked) == 3)


def test_a_date_that_settles_twice_gives_the_afternoons():
    chain = snapshots.both_roots((dt.date(2026, 6, 18),))
    name = views.name_of(chain)
    asked = options.OptionQuoteQuery(expiry=dt.date(2026, 6, 18), strike=500.0)
    found = quoted(name, asked)
    assert [one["contract"][:4] for one in found] == ["SPX ", "SPXW", "SPX ", "SPXW"]
    asked = msgspec.structs.replace(asked, type="C")
    assert body(options.option_quote(name, asked))["contract"].startswith("SPXW")


def test_a_feed_of_the_morning_root_alone_gives_that():
    chain = snapshots.both_roots((dt.date(2026, 6, 18),))
    chain = chain.take(chain.root == "SPX")
    asked = read(options.OptionQuoteQuery, "expiry=2026-06-18&strike=500.0&type=put")
    found = body(options.option_quote(views.name_of(chain), asked))
    assert found["contract"].startswith("SPX ")
    assert found["type"] == "P"


def test_nothing_that_fits_is_not_found():
    name = views.name_of(snapshots.quoted_chain("SPXW"))
    for asked in ("strike=1", "expiry=2026-05-30", "strike=500&expiry=1999-01-01&type=C"):
        with pytest.raises(NoData):
            options.option_quote(name, read(options.OptionQuoteQuery, asked))
    with pytest.raises(NoData):
        options.option_quote(views.name_of(None), ALL)


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        (options.OptionQuoteQuery, "expiry=tomorrow", "invalid_expiry"),
        (options.OptionQuoteQuery, "type=straddle", "invalid_type"),
        (options.OptionQuoteQuery, "strike=high", "invalid_strike"),
        (options.ChainQuery, "expiration=2026-13-01", "invalid_expiry"),
        (options.ContractQuery, "symbol=SPY&strike=1&type=put", "missing_expiration"),
        (
            options.ContractQuery,
            "strike=1&type=put&expiration=2026-06-18",
            "missing_symbol",
        ),
    ],
)
def test_a_bad_parameter_says_which(kind, text, code):
    with pytest.raises(BadParameter) as refused:
        read(kind, text)
    assert refused.value.code == code


def test_a_chain_is_its_contracts():
    name = views.name_of(snapshots.quoted_chain("SPXW", spread=0.01))
    every = body(options.chain_quotes(name, options.ChainQuery()))
    assert list(every) == ["symbol", "underlying_price", "as_of", "expiration", "contracts"]
    assert every["contracts"] == quoted(name)
    assert (every["symbol"], every["underlying_price"]) == ("SPX", 500.0)
    assert every["as_of"] == iso(snapshots.AS_OF)
    asked = read(options.ChainQuery, "expiration=2026-06-18")
    one = body(options.chain_quotes(name, asked))
    assert one["expiration"] == "2026-06-18"
    expected = [row for row in every["contracts"] if row["expiry"] == "2026-06-18"]
    assert one["contracts"] == expected
    with pytest.raises(NoData):
        options.chain_quotes(name, read(options.ChainQuery, "expiration=2026-06-19"))


def test_greeks_of_one_contract_carry_the_symbol():
    name = views.name_of(snapshots.quoted_chain("SPY", spread=0.01))
    text = "symbol=SPY&strike=505&type=put&expiration=2026-06-18"
    found = body(options.contract_quote(name, read(options.ContractQuery, text)))
    asked = read(options.OptionQuoteQuery, "expiry=2026-06-18&strike=505&type=P")
    assert found == body(options.option_quote(name, asked)) | {"symbol": "SPY"}


# -------------------------------------------------------------------------------- listing


@given(views.NAMES)
def test_what_is_listed_is_counted_once(name):
    found = body(listing.options(name))
    assert problems(OptionsMetaResponse, found, absent=ENVELOPE) == []
    chain = name.chain.chain
    expected = {}
    for day, strike in zip(chain.expiry_day.tolist(), chain.strike.tolist(), strict=True):
        expiry = EPOCH + dt.timedelta(days=day)
        if expiry >= name.trade_date:
            expected.setdefault(str(expiry), set()).add(strike)
    told = {row["expiration"]: row["strikes"] for row in found["expirations"]}
    assert told == {expiry: sorted(strikes) for expiry, strikes in expected.items()}
    assert list(told) == sorted(told)
    assert found["expiration_count"] == len(told)
    assert found["total_contracts"] == sum(map(len, told.values()))


def test_without_a_chain_what_traded_is_listed():
    chain = snapshots.quoted_chain("SPXW", expiries=snapshots.EXPIRIES[:1])
    name = views.name_of(chain, volumes={int(chain.contract[5]): (1, 0, 0)})
    name.standing_chain = None
    found = body(listing.options(name))
    assert found["total_contracts"] == 1
    assert found["expirations"][0]["strikes"] == [float(chain.strike[5])]


def test_nothing_listed_is_not_found():
    with pytest.raises(NoData):
        listing.options(views.name_of(None))


# --------------------------------------------------------------------------------- stocks


def with_stock(**quote):
    name = views.name_of(None, symbol="SPY")
    none = np.zeros(0)
    told = {"ts": snapshots.AS_OF, "price": 500.0, "bid_size": 3, "ask_size": 0}
    newest = Quote(**told | {"bid": None, "ask": None} | quote)
    series = Series(none, none, 0)
    name.stock = StockView(series, series, none, none, newest)
    return name


prices = st.one_of(st.none(), st.floats(0.01, 1e5).map(lambda price: round(price, 4)))


@given(prices, prices)
def test_a_stock_quote_is_what_the_client_declares(bid, ask):
    name = with_stock(bid=bid, ask=ask)
    found = body(stock.stock_quote(name))
    assert problems(StockQuoteResponse, found, absent=ENVELOPE) == []
    assert misordered(StockQuoteResponse, found) == []
    if found["mid"] is not None:
        assert bid <= found["mid"] <= ask
        assert found["mid"] == pytest.approx((bid + ask) / 2, abs=1e-6)
    else:
        assert bid is None or ask is None or bid > ask


def test_a_stock_quote_by_hand():
    found = body(stock.stock_quote(with_stock(bid=499.99, ask=500.03)))
    assert found == {
        "ticker": "SPY",
        "bid": 499.99,
        "ask": 500.03,
        "mid": 500.01,
        "lastPrice": 500.0,
        "lastUpdate": iso(snapshots.AS_OF),
        "bidSize": 3,
        "askSize": None,
    }
    assert body(stock.symbol_quote(with_stock(bid=499.99, ask=500.03))) == found | {
        "symbol": "SPY"
    }


def test_what_never_traded_itself_has_no_quote():
    with pytest.raises(NoData, match="itself has not traded"):
        stock.stock_quote(views.name_of(None))
