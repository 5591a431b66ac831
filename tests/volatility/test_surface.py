"""What a chain was made with comes back; a quote that cannot be priced says why."""

import datetime as dt

import numpy as np
import pytest

import snapshots
from opentape.market.calendar import SECOND_NS
from opentape.market.chain import Quoted, years
from opentape.volatility.options import ChainOptions, Style
from opentape.volatility.slices import CarryFrom, Given, rates
from opentape.volatility.surface import Status, solve


@pytest.fixture(scope="module")
def european():
    chain = snapshots.quoted_chain("SPXW")
    return chain, solve(chain)


@pytest.fixture(scope="module")
def exercised_early():
    chain = snapshots.quoted_chain("SPY")
    return chain, solve(chain)


def solved(surface):
    return surface.status == Status.SOLVED


def test_european_vols_come_back(european):
    chain, surface = european
    found = solved(surface) & (np.abs(np.log(chain.strike / chain.spot)) < 0.1)
    assert np.count_nonzero(found) > 100
    assert surface.vol[found] == pytest.approx(snapshots.true_vols(chain)[found], abs=1e-6)


def test_american_vols_come_back(exercised_early):
    chain, surface = exercised_early
    out = np.where(chain.put, chain.strike < chain.spot, chain.strike > chain.spot)
    found = solved(surface) & out
    assert np.count_nonzero(found) > 80
    assert surface.vol[found] == pytest.approx(snapshots.true_vols(chain)[found], abs=2e-4)


@pytest.mark.parametrize("kind", ["european", "exercised_early"])
def test_the_forward_and_the_carry_come_back(kind, request):
    _, surface = request.getfixturevalue(kind)
    slices = surface.slices
    near = 1e-9 if kind == "european" else 5e-5
    true = [snapshots.forward_of(until) for until in slices.years.tolist()]
    assert slices.forward == pytest.approx(true, rel=near)
    assert slices.carry_from.tolist() == [CarryFrom.PARITY] * 3


def test_greeks_have_the_signs_of_their_right(european):
    chain, surface = european
    found = solved(surface)
    delta, gamma, vega = (
        getattr(surface.greeks, n)[found] for n in ("delta", "gamma", "vega")
    )
    put = chain.put[found]
    assert (np.where(put, -delta, delta) >= 0).all()
    assert (gamma >= 0).all()
    assert (vega >= 0).all()


def changed(chain, at, **columns):
    made = {name: getattr(chain, name).copy() for name in columns}
    for name, value in columns.items():
        made[name][at] = value
    return chain._replace(**made)


@pytest.mark.parametrize(
    ("columns", "quote", "status"),
    [
        ({"bid": 3.0, "ask": 2.0}, Quoted.CROSSED, Status.CROSSED),
        ({"bid": 0.0}, Quoted.ONE_SIDED, Status.ONE_SIDED),
        ({"bid": np.nan}, Quoted.ONE_SIDED, Status.ONE_SIDED),
        ({"bid": np.nan, "ask": np.nan}, Quoted.MISSING, Status.MISSING),
        ({"bid": 0.0, "ask": 0.0}, Quoted.MISSING, Status.MISSING),
        ({"ask": np.inf}, Quoted.ABSURD, Status.ABSURD),
        ({"bid": -1.0}, Quoted.ABSURD, Status.ABSURD),
        ({"bid": 1600.0, "ask": 1601.0}, Quoted.ABSURD, Status.ABSURD),
        ({"ts_quote": snapshots.AS_OF - 901 * SECOND_NS}, Quoted.STALE, Status.STALE),
    ],
)
def test_a_bad_quote_is_kept_and_not_solved(columns, quote, status):
    chain = snapshots.quoted_chain("SPXW", spread=0.02)
    surface = solve(changed(chain, 40, **columns))
    assert (surface.quote[40], surface.status[40]) == (quote, status)
    assert np.isnan(surface.vol[40])
    assert np.isnan(surface.greeks.delta[40])
    assert not surface.usable[40]


def test_a_wide_quote_is_solved_and_left_out():
    chain = snapshots.quoted_chain("SPXW", spread=0.02)
    worth = 0.5 * (chain.bid[40] + chain.ask[40])
    surface = solve(changed(chain, 40, bid=0.7 * worth, ask=1.3 * worth))
    assert surface.quote[40] == Quoted.WIDE
    assert np.isfinite(surface.vol[40])
    assert not surface.usable[40]


def test_a_middle_below_what_exercise_gives_has_no_vol():
    chain = snapshots.quoted_chain("SPXW", spread=0.001)
    deep = int(np.flatnonzero(~chain.put & (chain.strike == 400.0))[0])
    surface = solve(changed(chain, deep, bid=90.0, ask=90.1))
    assert surface.status[deep] == Status.BELOW_INTRINSIC
    assert np.isnan(surface.vol[deep])
    assert not surface.usable[deep]


def test_the_other_right_lends_its_vol_to_greeks():
    """The put of the same strike and expiry has time value, the call none to show."""
    chain = snapshots.quoted_chain("SPXW", spread=0.001)
    deep = int(np.flatnonzero(~chain.put & (chain.strike == 400.0))[0])
    put = int(np.flatnonzero(chain.put & (chain.strike == 400.0))[0])
    surface = solve(changed(chain, deep, bid=90.0, ask=90.1))
    assert surface.greek_vol[deep] == surface.vol[put]
    assert surface.greeks.delta[deep] == pytest.approx(1.0, abs=0.01)
    calls = changed(chain, deep, bid=90.0, ask=90.1).take(~chain.put)
    alone = solve(calls, given=Given(carry=snapshots.CARRY))
    assert np.isnan(alone.greeks.delta[alone.status == Status.BELOW_INTRINSIC]).all()


def test_a_vol_nobody_believes_is_unknown():
    chain = snapshots.quoted_chain("SPXW", spread=0.001)
    surface = solve(chain, ChainOptions(most_iv=0.2))
    high = snapshots.true_vols(chain) > 0.2001
    assert (surface.status[high & np.isin(surface.quote, [0, 2])] != Status.SOLVED).all()
    assert np.nanmax(surface.vol) <= 0.2


def test_what_has_expired_has_no_vol():
    chain = snapshots.quoted_chain("SPXW", spread=0.001)
    late = chain._replace(as_of=chain.as_of + 30 * 86_400 * SECOND_NS)
    surface = solve(late)
    gone = years(late) <= 0
    assert gone.any()
    assert (surface.status[gone] == Status.EXPIRED).all()
    assert np.isnan(surface.slices.forward[surface.slices.years <= 0]).all()


def test_a_feed_without_quotes_is_taken_at_its_vols():
    chain = snapshots.bare("SPXW")
    told = snapshots.true_vols(chain)
    surface = solve(chain._replace(vendor_iv=told))
    assert (surface.status == Status.VENDOR).all()
    assert surface.vol == pytest.approx(told)
    assert surface.slices.carry_from.tolist() == [CarryFrom.DEFAULT] * 3
    assert np.isfinite(surface.greeks.delta).all()


def test_a_feed_with_quotes_is_not():
    chain = snapshots.quoted_chain("SPXW")
    surface = solve(
        changed(chain._replace(vendor_iv=np.full(chain.rows, 0.9)), 40, bid=0.0)
    )
    assert surface.status[40] == Status.ONE_SIDED
    assert np.nanmax(surface.vol) < 0.9


def test_a_given_carry_goes_before_parity():
    surface = solve(snapshots.quoted_chain("SPXW"), given=Given(carry=0.0))
    assert surface.slices.carry.tolist() == [0.0] * 3
    assert surface.slices.carry_from.tolist() == [CarryFrom.GIVEN] * 3


def test_morning_and_afternoon_roots_of_one_date_are_two_slices():
    both = snapshots.both_roots((dt.date(2026, 6, 19),))
    slices = solve(both).slices
    assert slices.am.tolist() == [True, False]
    assert slices.years[0] < slices.years[1]


@pytest.mark.parametrize(
    ("style", "early"),
    [(Style.AUTO, True), (Style.EUROPEAN, False), (Style.AMERICAN, True)],
)
def test_style_is_by_root_unless_told(style, early):
    chain = snapshots.quoted_chain("SPY", expiries=snapshots.EXPIRIES[:1])
    assert solve(chain, ChainOptions(style=style)).american.all() == early


def test_a_curve_gives_each_expiry_its_rate():
    options = ChainOptions(rates={"30": 0.04, "365": 0.06})
    found = rates(np.array([1.0, 30.0, 197.5, 365.0, 3650.0]) / 365.0, options)
    assert found == pytest.approx([0.04, 0.04, 0.05, 0.06, 0.06])


NEAR = (
    dt.date(2026, 5, 29),
    dt.date(2026, 6, 5),
    dt.date(2026, 6, 12),
    *snapshots.EXPIRIES[1:],
)
EVENING = snapshots.AS_OF + 5 * 3600 * SECOND_NS


def test_quotes_read_in_the_evening_may_be_of_another_spot():
    """The evening's last trade stands beside quotes of the close."""
    chain = snapshots.quoted_chain("SPY", expiries=NEAR, as_of=EVENING)
    surface = solve(chain._replace(spot=chain.spot * 0.99))
    assert surface.slices.spot == pytest.approx(snapshots.SPOT, rel=5e-4)
    assert surface.slices.forward == pytest.approx(solve(chain).slices.forward, rel=2e-4)
    assert solve(chain).slices.spot == chain.spot


@pytest.mark.parametrize(
    ("how", "given"),
    [
        ({"as_of": EVENING, "expiries": NEAR[:2]}, Given()),
        ({"as_of": EVENING, "expiries": NEAR}, Given(spot=True)),
        ({"expiries": NEAR}, Given()),
    ],
    ids=["two expiries", "given", "in session"],
)
def test_a_spot_that_is_sure_is_kept(how, given):
    chain = snapshots.quoted_chain("SPY", **how)._replace(spot=495.0)
    assert solve(chain, given=given).slices.spot == 495.0
