"""One expiry in a few numbers, read off listed contracts."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import snapshots
from opentape.pricing.smile import Why
from opentape.volatility.options import ChainOptions
from opentape.volatility.skew import Skew, skew
from opentape.volatility.slices import Given
from opentape.volatility.smiles import smiles
from opentape.volatility.surface import solve
from opentape.volatility.term import Term, constant_maturity, expected_move, term


@pytest.fixture(scope="module")
def made():
    chain = snapshots.quoted_chain("SPXW")
    return chain, solve(chain)


def naive_atm(chain, surface, at):
    """Walk out from the forward to the first listed strike on either side."""
    slices = surface.slices
    forward = slices.forward[at]
    rows = [row for row in range(chain.rows) if slices.of[row] == at]
    below = [r for r in rows if chain.put[r] and chain.strike[r] <= forward]
    above = [r for r in rows if not chain.put[r] and chain.strike[r] > forward]
    low = max(below, key=lambda r: chain.strike[r])
    high = min(above, key=lambda r: chain.strike[r])
    k0, k1 = (math.log(chain.strike[r] / forward) for r in (low, high))
    w0, w1 = (surface.vol[r] ** 2 for r in (low, high))
    return math.sqrt(w0 + (w1 - w0) * (0.0 - k0) / (k1 - k0))


def test_atm_vol_is_a_line_between_the_neighbours_of_the_forward(made):
    chain, surface = made
    found = skew(chain, surface).atm_iv
    for at in range(surface.slices.rows):
        assert found[at] == pytest.approx(naive_atm(chain, surface, at), rel=1e-12)
        assert found[at] == pytest.approx(0.2, abs=0.002)


def test_wings_are_listed_contracts_nearest_to_their_delta(made):
    chain, surface = made
    found = skew(chain, surface)
    for at in range(surface.slices.rows):
        deviation = found.atm_iv[at] * math.sqrt(surface.slices.years[at])
        strike = surface.slices.forward[at] * math.exp(-0.6745 * deviation)
        puts = (surface.slices.of == at) & chain.put
        nearest = np.argmin(np.where(puts, np.abs(np.log(chain.strike / strike)), np.inf))
        assert found.put_25d_iv[at] == surface.vol[nearest]
        assert found.put_25d_iv[at] > found.atm_iv[at] > found.call_25d_iv[at] - 0.02


def test_a_wing_that_is_not_listed_is_unknown():
    chain = snapshots.quoted_chain("SPXW", strikes=[495.0, 500.0, 505.0])
    found = skew(chain, solve(chain))
    assert np.isfinite(found.atm_iv).all()
    assert np.isnan(found.put_10d_iv[-1])
    assert np.isnan(found.call_10d_iv[-1])


def test_one_side_alone_gives_the_nearest_vol():
    chain = snapshots.quoted_chain("SPXW")
    calls = chain.take(~chain.put)
    surface = solve(calls, given=Given(carry=snapshots.CARRY))
    assert skew(calls, surface).atm_iv[0] == surface.vol[calls.strike == 500.0][0]


def test_contracts_in_the_money_alone_give_the_nearest_vol():
    chain = snapshots.quoted_chain("SPXW")
    deep = chain.take(~chain.put & (chain.strike < 480.0))
    surface = solve(deep, given=Given(carry=snapshots.CARRY))
    assert skew(deep, surface).atm_iv[0] == surface.vol[(deep.strike == 475.0)][0]


def test_an_atm_vol_nobody_believes_has_no_wings(made):
    chain, surface = made
    found = skew(chain, surface, ChainOptions(most_atm_iv=0.1))
    assert np.isfinite(found.atm_iv).all()
    assert np.isnan(found.put_25d_iv).all()


def test_numbers_of_a_skew_follow_the_published_sample():
    one = Skew(*(np.array([value]) for value in (0.18, 0.21, 0.16, 0.26, 0.17)))
    assert one.skew_25d == pytest.approx(0.05)
    assert one.risk_reversal_25d == pytest.approx(-0.05)
    assert one.butterfly_25d == pytest.approx(0.005)
    assert one.tail_convexity == pytest.approx(0.02)
    assert one.smile_ratio == pytest.approx(1.3125)


def test_smiles_go_through_the_quotes(made):
    chain, surface = made
    for fitted in smiles(chain, surface):
        assert fitted.why is Why.FITTED
        assert fitted.rmse_vol < 0.003


def test_smiles_leave_wide_quotes_out(made):
    chain, surface = made
    none = surface._replace(usable=np.zeros(chain.rows, np.bool_))
    assert {fitted.why for fitted in smiles(chain, none)} == {Why.TOO_FEW_POINTS}


days = st.lists(st.integers(1, 900), min_size=2, max_size=8, unique=True)


@given(days, st.floats(0.05, 1.5), st.floats(0.0, 1.0))
def test_flat_vols_stay_flat_between_expiries(listed, vol, share):
    years = np.array(listed) / 365
    target = min(years.min() + share * (years.max() - years.min()), years.max())
    found = constant_maturity(years, np.full(years.size, vol), float(target))
    assert found == pytest.approx(vol)


@given(days, st.integers(0, 1 << 30))
def test_a_listed_maturity_gives_its_own_vol(listed, seed):
    years = np.array(listed) / 365
    vols = np.random.default_rng(seed).uniform(0.1, 0.9, years.size)
    for at, vol in zip(years.tolist(), vols.tolist(), strict=True):
        assert constant_maturity(years, vols, at) == pytest.approx(vol)


def test_no_maturity_outside_what_is_listed():
    years, vols = np.array([10.0, 40.0]) / 365, np.array([0.2, 0.3])
    found = term(years, vols)
    assert math.isnan(found.iv_7d)
    assert math.isnan(found.iv_90d)
    # 2/3 of the way from 10 days of 0.04 to 40 of 0.09, in variance times days
    assert found.iv_30d == pytest.approx(math.sqrt((0.4 + (3.6 - 0.4) * 2 / 3) / 30))
    assert math.isnan(found.near_slope_pct)


def test_slopes_are_percent_of_the_nearer_vol():
    found = Term(0.16, 0.20, 0.22)
    assert found.near_slope_pct == pytest.approx(25.0)
    assert found.far_slope_pct == pytest.approx(10.0)


def test_a_vol_out_of_range_is_left_out_of_the_term_structure():
    years, vols = np.array([5.0, 30.0, 100.0]) / 365, np.array([0.2, 4.0, 0.2])
    assert term(years, vols).iv_30d == pytest.approx(0.2)


def test_expected_move_is_precise_to_the_minute():
    """The published sample: 542.18 at 16.42 % over 14.30 days moves 17.6234."""
    found = expected_move(542.18, np.array([0.1642, 0.2]), np.array([0.039187, -0.1]))
    assert found[0] == pytest.approx(17.6234, abs=2e-4)
    assert math.isnan(found[1])
