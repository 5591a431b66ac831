"""The surface: smiles without arbitrage at every instant, values that can be exercised."""

from itertools import pairwise

import numpy as np
import pytest

from opentape.market.calendar import SECOND_NS
from opentape.market.chain import YEAR_NS
from opentape.pricing import american, bsm
from opentape.pricing.smile.arbitrage import calendar_violations, slice_violations
from opentape.pricing.smile.ssvi import Ssvi, is_free, to_svi
from opentape.simulation.world.surface import RATE, Asked, fair, vols

INSTANTS = {"open": 0, "noon": 9_000, "near the close": 23_100, "a minute left": 23_340}


@pytest.fixture(params=INSTANTS)
def ts(request, scene):
    return scene.session.start_ns + INSTANTS[request.param] * SECOND_NS


def asked_at(scene, ts, strike, *, put):
    strike = np.asarray(strike)
    name = scene.listing.block_name[scene.listing.block[strike]]
    when = np.full(strike.size, ts)
    return Asked(strike, np.full(strike.size, put), when, *scene.paths.at(name, when))


def strikes_of(scene, block):
    return np.arange(*scene.listing.block_start[block : block + 2])


def blocks_of(scene, name):
    return range(*scene.listing.name_start[name : name + 2])


def forward_of(scene, name, spot, years):
    return spot * np.exp((RATE - scene.names[name].carry) * years)


def theta_of(scene, ts, block):
    """ATM variance of a block: its shape is known, one point is enough."""
    strike = strikes_of(scene, block)
    asked = asked_at(scene, ts, strike, put=False)
    vol, years = vols(scene.surface, scene.listing, asked)
    name = scene.listing.block_name[block]
    k = np.log(
        scene.listing.mills[strike] / 1000 / forward_of(scene, name, asked.spot, years)
    )
    near = np.argmin(np.abs(k))
    low, high = 1e-9, 9.0
    shape = shape_of(scene, name)
    for _ in range(200):
        theta = np.sqrt(low * high)
        high, low = (
            (theta, low) if variance(shape, theta, k[near]) > vol[near] ** 2 * years[near]
            else (high, theta)
        )  # fmt: skip
    assert variance(shape, theta, k) == pytest.approx(vol**2 * years, rel=1e-6)
    return theta


def shape_of(scene, name):
    return Ssvi(float(scene.surface.rho[name]), float(scene.surface.eta[name]), 0.5)


def variance(shape, theta, k):
    """The formula of the paper, written once more."""
    turn = shape.eta / np.sqrt(theta * (1 + theta)) * k
    return (
        theta
        / 2
        * (1 + shape.rho * turn + np.sqrt((turn + shape.rho) ** 2 + 1 - shape.rho**2))
    )


def test_smiles_are_free_of_butterflies_and_calendars(scene, ts):
    for name in range(len(scene.names)):
        shape = shape_of(scene, name)
        theta = [theta_of(scene, ts, block) for block in blocks_of(scene, name)]
        assert np.all(is_free(shape, np.array(theta)))
        slices = [to_svi(shape, one) for one in theta]
        assert not any(slice_violations(one) for one in slices)
        for near, far in pairwise(slices):
            grid = np.linspace(-2, 2, 801)
            assert not [
                one for one in calendar_violations(near, far, grid) if one.size > 1e-9
            ]


def test_european_prices_fall_and_bend_upwards_in_strike(scene, ts):
    """What a butterfly costs is above nought: by prices alone, whatever the smile."""
    for block in range(scene.listing.block_name.size):
        strike = strikes_of(scene, block)
        asked = asked_at(scene, ts, strike, put=False)
        vol, years = vols(scene.surface, scene.listing, asked)
        carry = scene.names[scene.listing.block_name[block]].carry
        k = scene.listing.mills[strike] / 1000
        call = bsm.price(0.0, asked.spot, k, years, RATE, carry, vol)
        slope = np.diff(call) / np.diff(k)
        floor = -np.exp(-RATE * years[0])
        assert np.all(slope <= 1e-9)
        assert np.all(slope >= floor - 1e-9)
        assert np.all(np.diff(slope) >= -1e-9)


def test_later_expiries_are_worth_more(scene, ts):
    """Calls of one moneyness and no carry between two expiries: by prices alone."""
    for name in range(len(scene.names)):
        for k in (-0.2, -0.05, 0.0, 0.05, 0.2):
            total = [
                variance(shape_of(scene, name), theta_of(scene, ts, block), k)
                for block in list(blocks_of(scene, name))[::4]
            ]
            assert np.all(np.diff(total) >= -1e-12)


@pytest.mark.parametrize("put", [False, True])
def test_no_value_is_below_what_exercise_pays(scene, ts, put):
    strike = np.arange(scene.listing.mills.size)
    asked = asked_at(scene, ts, strike, put=put)
    value = fair(scene.surface, scene.listing, asked)
    away = scene.listing.mills / 1000 - asked.spot
    pays = np.maximum(away if put else -away, 0)
    may = scene.surface.american[scene.listing.block]
    assert np.all(value >= 0)
    assert np.all(value[may] >= pays[may])
    roots = {
        scene.listing.contracts.roots[scene.listing.block_root[block]]
        for block in np.unique(scene.listing.block[~may])
    }
    assert roots == {"SPX", "SPXW", "VIX", "VIXW"}


def test_american_values_are_near_those_of_the_engine(scene, ts):
    """Of contracts that people trade: within two deviations of the spot."""
    for name in (0, 3, 4):
        for block in list(blocks_of(scene, name))[::3]:
            strike = strikes_of(scene, block)[::5]
            for put in (False, True):
                asked = asked_at(scene, ts, strike, put=put)
                vol, years = vols(scene.surface, scene.listing, asked)
                mills = scene.listing.mills[strike] / 1000
                near = np.abs(np.log(mills / asked.spot)) < 2 * vol * np.sqrt(years)
                told = american.price(
                    put, asked.spot, mills, years, RATE, scene.names[name].carry, vol
                )
                value = fair(scene.surface, scene.listing, asked)
                off = np.abs(value - told)[near]
                # a few cents of a month, tens of cents of a year
                assert np.all(off < 0.03 + 12e-4 * asked.spot[near] * years[near]), (
                    name,
                    block,
                    off.max(),
                    years[0],
                )


def test_what_expires_today_is_worth_little_near_the_close(scene):
    ts = scene.session.end_ns - 60 * SECOND_NS
    today = scene.listing.block_end_ns == scene.session.end_ns
    assert today.any()
    for block in np.flatnonzero(today).tolist():
        strike = strikes_of(scene, block)
        for put in (False, True):
            asked = asked_at(scene, ts, strike, put=put)
            value = fair(scene.surface, scene.listing, asked)
            away = scene.listing.mills[strike] / 1000 - asked.spot
            pays = np.maximum(away if put else -away, 0)
            far = np.abs(away) > 0.02 * asked.spot
            # twenty minutes of interest on the strike, and a cent
            assert np.all(value[far] - pays[far] < 0.025)
            assert np.all(value - pays < 0.003 * asked.spot)
            _, years = vols(scene.surface, scene.listing, asked)
            assert np.all(years * YEAR_NS <= 1_201 * SECOND_NS)
