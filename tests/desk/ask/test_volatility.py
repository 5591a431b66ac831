"""The vol dashboard: every identity of the wire, over chains with gaps and histories."""

import copy
import datetime as dt
import json
import math

import msgspec
import numpy as np
import pytest
from flashalpha.types import VolatilityResponse
from hypothesis import given
from hypothesis import strategies as st

import snapshots
import views
from contract_types import ENVELOPE, misordered, problems
from opentape.desk.ask.volatility import volatility
from opentape.market.calendar import EPOCH, SECOND_NS, at_new_york
from opentape.market.chain import UNKNOWN_COUNT
from opentape.market.errors import NoData
from opentape.volatility.term import Term
from volatility import naive

BUCKETS = {"0-7d": (0, 7), "8-30d": (8, 30), "31-60d": (31, 60), "60d+": (61, 99_999)}

prices = st.floats(1.0, 1_000.0)
histories = st.one_of(
    st.just(views.SHORT),
    st.tuples(st.lists(prices, max_size=80), st.integers(0, 1 << 20)).map(
        lambda drawn: views.history_of(
            drawn[0], np.random.default_rng(drawn[1]).uniform(0.1, 0.5, len(drawn[0]))
        )
    ),
)


def body(reply):
    return json.loads(msgspec.json.encode(reply))


def dashboard(chain, history=views.SHORT):
    return body(volatility(views.name_of(chain, history=history)))


def asked(name, history=views.SHORT):
    """The dashboard of a view that is shared, with another history."""
    name = copy.copy(name)
    name.history = history
    return body(volatility(name))


def nearly(expected, within=0.0051):
    return pytest.approx(expected, abs=within)


@given(views.NAMES, histories)
def test_the_body_is_what_the_client_declares(name, history):
    found = asked(name, history)
    assert problems(VolatilityResponse, found, absent=ENVELOPE) == []
    assert misordered(VolatilityResponse, found) == []
    seed = ["iv_rank", "iv_percentile", "hv_20", "hv_60"]
    assert list(found)[-4:] == seed


@given(views.NAMES, histories)
def test_spreads_are_what_is_implied_less_what_was_realised(name, history):
    found = asked(name, history)
    past, spreads, atm = found["realized_vol"], found["iv_rv_spreads"], found["atm_iv"]
    for days in (5, 10, 20, 30, 60):
        expected = naive.realized(history.close.tolist(), days)
        told = past[f"rv_{days}d"]
        assert told == (None if expected is None else nearly(100 * expected))
    for days in (5, 10, 20, 30):
        rv, vrp = past[f"rv_{days}d"], spreads[f"vrp_{days}d"]
        assert vrp == (None if None in {rv, atm} else nearly(atm - rv, 1e-9))
    assert (spreads["assessment"] is None) == (spreads["vrp_20d"] is None)
    assert (found["hv_20"], found["hv_60"]) == (past["rv_20d"], past["rv_60d"])


@given(views.NAMES, histories)
def test_rank_is_of_the_thirty_day_vol(name, history):
    found = asked(name, history)
    expected = naive.rank(name.chain.term.iv_30d, history.iv_30d.tolist())
    if expected is None or not found["skew_profiles"]:
        assert found["iv_rank"] is None
    else:
        assert (found["iv_rank"], found["iv_percentile"]) == (
            nearly(expected[0]),
            nearly(expected[1]),
        )


@given(views.NAMES)
def test_skew_profiles_hold_their_identities(name):
    found = asked(name)
    rows = found["skew_profiles"]
    assert [row["expiry"] for row in rows] == sorted({row["expiry"] for row in rows})
    for row in rows:
        p10, p25, atm, c25 = (
            row[key] for key in ("put_10d_iv", "put_25d_iv", "atm_iv", "call_25d_iv")
        )
        today = EPOCH + dt.timedelta(days=name.chain.today)
        left = dt.date.fromisoformat(row["expiry"]) - today
        assert row["days_to_expiry"] == left.days >= 0
        assert 5 <= atm <= 200
        both = None not in {p25, c25}
        assert row["skew_25d"] == (nearly(p25 - c25, 1e-9) if both else None)
        assert row["smile_ratio"] == (nearly(p25 / c25, 1e-4) if both else None)
        known = None not in {p10, p25}
        bend = (p10 - p25) - (p25 - atm) if known else None
        assert row["tail_convexity"] == (nearly(bend, 1e-9) if known else None)


def held_rows(chain, name, dte):
    held, (low, high) = name.chain.held, dte
    return [
        row
        for row in range(chain.rows)
        if held.years[row] > 0 and low <= held.dte[row] <= high
    ]


@given(views.NAMES)
def test_buckets_are_sums_over_their_contracts(name):
    chain, found = name.chain.chain, asked(name)
    held, theta = name.chain.held, name.chain.surface.greeks.theta
    for gex, decay in zip(found["gex_by_dte"], found["theta_by_dte"], strict=True):
        assert gex["bucket"] == decay["bucket"]
        listed = held_rows(chain, name, BUCKETS[gex["bucket"]])
        counted = [r for r in listed if held.usable[r] and held.oi[r] >= 0]
        assert decay["contract_count"] == len(counted)
        bent = [r for r in counted if held.gamma[r] >= 0]
        assert gex["contract_count"] == len(bent)
        exposure = sum(
            (-1 if held.put[r] else 1) * held.gamma[r] * held.oi[r] * 100 * 500.0**2 * 0.01
            for r in bent
        )
        lost = sum(theta[r] / 365 * held.oi[r] * 100 for r in counted)
        unknown = bool(listed) and not bent
        assert gex["net_gex"] == (None if unknown else pytest.approx(exposure, abs=0.02))
        unknown = bool(listed) and not counted
        assert decay["net_theta"] == (None if unknown else pytest.approx(lost, abs=0.02))


@given(views.NAMES)
def test_parts_of_gamma_add_up_to_all(name):
    found = asked(name)
    rows = found["gex_by_dte"]
    if not rows:
        return
    parts = [abs(row["pct_of_total"]) for row in rows if row["pct_of_total"] is not None]
    assert not parts or sum(parts) == pytest.approx(100.0, abs=1e-4)
    nets = [row["net_gex"] for row in rows if row["net_gex"] is not None]
    total = name.outline().net("gex")
    assert total is None or sum(nets) == pytest.approx(total, abs=1.0)
    for row in rows:
        if row["pct_of_total"]:
            assert math.copysign(1, row["pct_of_total"]) == math.copysign(1, row["net_gex"])


@given(views.NAMES)
def test_puts_against_calls_are_counted(name):
    chain, found = name.chain.chain, asked(name)
    live = name.chain.held.years > 0
    day = chain.expiry_day
    for row in found["put_call_profile"]["by_expiry"]:
        mine = live & (day == (dt.date.fromisoformat(row["expiry"]) - EPOCH).days)
        for side, which in (("call", ~chain.put), ("put", chain.put)):
            for what, column in (("oi", chain.open_interest), ("volume", chain.volume)):
                given_ = column[mine & which]
                known = given_[given_ != UNKNOWN_COUNT]
                unknown = given_.size and not known.size
                assert row[f"{side}_{what}"] == (None if unknown else known.sum())
        for what in ("oi", "volume"):
            call, put = row[f"call_{what}"], row[f"put_{what}"]
            told = call and put is not None
            assert row[f"pc_ratio_{what}"] == (nearly(put / call, 1e-4) if told else None)


@given(views.NAMES)
def test_moneyness_takes_each_contract_once(name):
    chain, found = name.chain.chain, asked(name)
    parts = found["put_call_profile"]["by_moneyness"]
    live = name.chain.held.years > 0
    for side, put in (("call", False), ("put", True)):
        sums = {"otm": [], "atm": [], "itm": []}
        for row in np.flatnonzero(live & (chain.put == put)).tolist():
            away = chain.strike[row] / 500.0 - 1
            out = away < 0 if put else away > 0
            place = "atm" if abs(away) <= 0.05 else "otm" if out else "itm"
            sums[place].append(int(chain.open_interest[row]))
        for place, held in sums.items():
            known = [oi for oi in held if oi != UNKNOWN_COUNT]
            told = None if held and not known else sum(known)
            assert not live.any() or parts[f"{place}_{side}_oi"] == told


@given(views.NAMES)
def test_concentration_grows_with_the_strikes_taken(name):
    chain, found = name.chain.chain, asked(name)
    told = found["oi_concentration"]
    by_strike = {}
    for row in np.flatnonzero(name.chain.held.years > 0).tolist():
        oi, strike = int(chain.open_interest[row]), float(chain.strike[row])
        by_strike[strike] = by_strike.get(strike, 0) + max(oi, 0)
    held = sorted((oi for oi in by_strike.values() if oi), reverse=True)
    if not held:
        assert set(told.values()) == {None}
        return
    parts = [oi / sum(held) for oi in held]
    for count in (3, 5, 10):
        assert told[f"top_{count}_pct"] == nearly(100 * sum(parts[:count]))
    assert told["top_3_pct"] <= told["top_5_pct"] <= told["top_10_pct"] <= 100
    assert told["herfindahl"] == pytest.approx(sum(part**2 for part in parts), abs=1e-6)
    assert 1 / len(held) - 1e-6 <= told["herfindahl"] <= 1


@given(views.NAMES)
def test_hedging_is_against_gamma(name):
    found = asked(name)
    rows = found["hedging_scenarios"]
    if not rows:
        return
    assert [row["move_pct"] for row in rows] == [-5, -2, -1, 1, 2, 5]
    net = name.outline().net("gex")
    for row in rows:
        if net is None:
            assert (row["dealer_shares"], row["notional_usd"]) == (None, None)
            continue
        shares = row["dealer_shares"]
        assert shares == pytest.approx(-net * row["move_pct"] / 500.0, abs=0.01)
        assert row["direction"] == ("buy" if shares > 0 else "sell" if shares < 0 else None)
        assert row["notional_usd"] == pytest.approx(abs(shares) * 500.0, abs=0.01)


@given(views.NAMES)
def test_liquidity_is_of_quotes_with_two_sides(name):
    chain, found = name.chain.chain, asked(name)
    told = found["liquidity"]
    near, wing = [], []
    for row in np.flatnonzero(name.chain.held.years > 0).tolist():
        bid, ask = float(chain.bid[row]), float(chain.ask[row])
        if not (0 < bid <= ask):
            continue
        spread = 100 * (ask - bid) / ((ask + bid) / 2)
        away = chain.strike[row] / 500.0 - 1
        if abs(away) <= 0.02:
            near.append(spread)
        if (-away if chain.put[row] else away) > 0.10:
            wing.append(spread)
    if not found["gex_by_dte"]:
        return
    assert (told["atm_contracts"], told["wing_contracts"]) == (len(near), len(wing))
    assert told["atm_avg_spread_pct"] == (nearly(np.mean(near)) if near else None)
    assert told["wing_avg_spread_pct"] == (nearly(np.mean(wing)) if wing else None)


def test_the_term_structure_has_a_word():
    chain = snapshots.quoted_chain(
        "SPXW", expiries=(dt.date(2026, 5, 26), *snapshots.EXPIRIES)
    )
    found = dashboard(chain)
    term = found["term_structure"]
    assert term["near_slope_pct"] == nearly(0.0, 0.2)
    assert term["far_slope_pct"] == nearly(0.0, 0.2)
    assert found["atm_iv"] == nearly(20.0, 0.1)


def told_by(vols):
    """What is said of the vols of 7, 30 and 90 days."""
    base = views.name_of(snapshots.quoted_chain("SPXW"))
    term = Term(*vols)
    base.standing_chain.analysed = base.chain._replace(term=term)
    return body(volatility(base))["term_structure"]


@pytest.mark.parametrize(
    ("vols", "state"),
    [
        ((0.1, 0.2, 0.3), "contango"),
        ((0.3, 0.2, 0.1), "backwardation"),
        ((0.1, 0.3, 0.2), "mixed"),
        ((0.1, 0.2, math.nan), "contango"),
        ((math.nan, 0.2, 0.1), "backwardation"),
        ((math.nan, math.nan, 0.1), "unknown"),
    ],
)
def test_states_of_the_term_structure(vols, state):
    assert told_by(vols)["state"] == state


def test_slopes_are_percent_of_the_nearer_vol():
    found = told_by((0.16, 0.20, 0.22))
    assert found["near_slope_pct"] == nearly(25.0)
    assert found["far_slope_pct"] == nearly(10.0)


def test_dispersion_by_hand():
    """Vols of two expiries at 20 % and 30 %: 5 points apart from their mean."""
    name = views.name_of(snapshots.quoted_chain("SPXW", expiries=snapshots.EXPIRIES[:2]))
    skew = name.chain.skew._replace(atm_iv=np.array([0.2, 0.3]))
    name.standing_chain.analysed = name.chain._replace(skew=skew)
    found = body(volatility(name))["iv_dispersion"]
    assert found["cross_expiry"] == 5.0
    surface, chain = name.chain.surface, name.chain.chain
    deviations = []
    for at in range(2):
        forward = surface.slices.forward[at]
        vols = [
            surface.vol[row]
            for row in range(chain.rows)
            if surface.slices.of[row] == at
            and surface.usable[row]
            and (chain.strike[row] < forward) == bool(chain.put[row])
        ]
        deviations.append(np.std(vols))
    assert found["cross_strike"] == nearly(100 * np.mean(deviations))


def test_atm_vol_of_the_nearest_expiry_where_none_lie_about_thirty_days():
    chain = snapshots.quoted_chain("SPXW", expiries=snapshots.EXPIRIES[2:])
    history = views.history_of(np.full(80, 500.0), np.full(80, 0.2))
    found = dashboard(chain, history)
    assert found["atm_iv"] == nearly(20.0, 0.1)
    assert found["iv_rank"] is None


def test_without_a_chain_the_history_answers():
    closes = 100 * np.exp(np.cumsum(np.tile([0.01, -0.01], 40)))
    found = dashboard(None, views.history_of(closes))
    assert problems(VolatilityResponse, found, absent=ENVELOPE) == []
    assert found["hv_60"] == nearly(16.01)
    assert (found["atm_iv"], found["skew_profiles"], found["underlying_price"]) == (
        None,
        [],
        None,
    )


def test_a_chain_that_has_expired_is_none():
    chain = snapshots.quoted_chain("SPXW", expiries=snapshots.EXPIRIES[:1])
    chain = chain._replace(as_of=chain.as_of + 30 * 86_400 * SECOND_NS)
    with pytest.raises(NoData):
        volatility(views.name_of(chain))
    history = views.history_of(np.full(80, 500.0))
    assert volatility(views.name_of(chain, history=history)).hv_20 == 0.0


def test_without_both_there_is_no_answer():
    with pytest.raises(NoData, match="neither a chain nor a history"):
        volatility(views.name_of(None))


@pytest.mark.parametrize(("hour", "open_"), [(9, False), (15, True), (17, False)])
def test_the_market_is_open_in_its_session(hour, open_):
    as_of = at_new_york(dt.date(2026, 5, 21), dt.time(hour))
    name = views.name_of(None, history=views.history_of([1.0]), as_of=as_of)
    assert volatility(name).market_open is open_
