"""Exposures of a contract: units, signs, the floor of time, and what counts."""

import math

import numpy as np
import pytest
from hypothesis import given

from opentape.positioning.dealer import CONVENTION, Convention, signs
from opentape.positioning.exposure import Exposures, exposures
from opentape.positioning.options import LevelOptions
from opentape.pricing import bsm
from positioning import naive
from positioning.chains import CHAINS, FLOOR, SPOT, columns, held, priced


def one(contract: naive.Held, spot: float = SPOT) -> dict[str, float]:
    found = exposures(columns([contract]), spot)
    return {name: float(column[0]) for name, column in found._asdict().items()}


def test_the_seed_of_the_enrichment() -> None:
    contract = held(950.0, oi=1500.0, gamma=0.0041, delta=0.28, dte=7, years=7 / 365)
    assert one(contract, 900.25)["gex"] == pytest.approx(4_984_267.884375, abs=1e-6)
    assert one(contract, 900.25)["dex"] == pytest.approx(37_810_500.0, abs=1e-6)


@given(CHAINS)
def test_as_the_twin(chain: list[naive.Held]) -> None:
    found = exposures(columns(chain), SPOT)
    for name, column in found._asdict().items():
        wanted = [naive.exposures(c, SPOT, FLOOR)[name] for c in chain]
        np.testing.assert_allclose(column, wanted, rtol=1e-11, atol=1e-9)


@pytest.mark.parametrize("put", [False, True])
def test_signs(*, put: bool) -> None:
    contract = priced(held(104.0, put=put))
    found = one(contract)
    assert math.copysign(1, found["gex"]) == (-1 if put else 1)
    assert math.copysign(1, found["dex"]) == (-1 if put else 1)
    assert math.copysign(1, found["dag"]) == (-1 if put else 1)
    assert signs(np.array([put])).tolist() == [-1.0 if put else 1.0]
    assert CONVENTION is Convention.LONG_CALLS_SHORT_PUTS


def test_as_the_greeks_of_pricing() -> None:
    chain = [priced(held(k, put=p, dte=d, years=d / 365, vol=v))
             for k in (60.0, 97.0, 100.0, 140.0) for p in (False, True)
             for d in (1, 30, 700) for v in (0.05, 0.3, 2.0)]  # fmt: skip
    p = columns(chain)
    greeks = bsm.greeks(p.put, SPOT, p.strike, p.years, p.rate, p.carry, p.vol)
    found = exposures(p, SPOT)
    size = signs(p.put) * p.oi * p.multiplier * SPOT
    for mine, theirs in (
        (found.gex, size * greeks.gamma * SPOT * 0.01),
        (found.dex, np.abs(size) * greeks.delta),
        (found.vex, size * greeks.vanna * 0.01),
        (found.chex, size * greeks.charm / 365),
    ):
        np.testing.assert_allclose(mine, theirs, rtol=1e-10, atol=1e-9)


@pytest.mark.parametrize("put", [False, True])
@pytest.mark.parametrize("strike", [85.0, 100.0, 112.0])
def test_vanna_and_charm_are_slopes_of_delta(strike: float, *, put: bool) -> None:
    contract = priced(held(strike, put=put, oi=1.0, multiplier=1.0))
    sign, years, h = contract.sign, contract.years, 1e-5
    up, down = (naive.replace(contract, vol=contract.vol + d) for d in (h, -h))
    by_vol = (naive.delta(up, SPOT, years) - naive.delta(down, SPOT, years)) / (2 * h)
    later = naive.delta(contract, SPOT, years - h) - naive.delta(contract, SPOT, years + h)
    found = one(contract)
    assert found["vex"] == pytest.approx(sign * by_vol * 0.01 * SPOT, rel=1e-6)
    assert found["chex"] == pytest.approx(sign * later / (2 * h) / 365 * SPOT, rel=1e-6)


def test_the_last_half_hour_is_priced_as_half_an_hour() -> None:
    late = held(100.0, years=FLOOR / 10, dte=0, gamma=9.0, delta=0.9)
    there = priced(naive.replace(late, years=FLOOR))
    for name, value in one(late).items():
        assert value == pytest.approx(one(there)[name], rel=1e-12)


def test_half_an_hour_itself_keeps_the_greeks_of_the_chain() -> None:
    assert one(held(100.0, years=FLOOR, gamma=9.0))["gex"] == pytest.approx(9e6)


def test_the_floor_can_be_moved() -> None:
    late = held(100.0, years=FLOOR / 10, dte=0, gamma=9.0)
    found = exposures(columns([late]), SPOT, LevelOptions(floor_minutes=1.0))
    assert found.gex[0] == pytest.approx(9e6)


@pytest.mark.parametrize(
    "broken",
    [
        {"usable": False}, {"years": 0.0}, {"years": -1.0}, {"years": math.nan},
        {"vol": math.nan}, {"vol": 0.0}, {"vol": -0.2}, {"vol": math.inf},
        {"delta": math.nan}, {"gamma": math.nan}, {"gamma": -0.01}, {"oi": math.nan},
        {"oi": -1.0}, {"oi": math.inf}, {"multiplier": 0.0}, {"multiplier": math.nan},
        {"rate": math.nan}, {"carry": math.inf}, {"strike": math.nan}, {"strike": 0.0},
        {"strike": -5.0}, {"years": math.inf},
    ],
    ids=str,
)  # fmt: skip
def test_what_does_not_count_is_nan(broken: dict[str, float]) -> None:
    contract = naive.replace(held(100.0), **broken)
    assert all(math.isnan(value) for value in one(contract).values())


@pytest.mark.parametrize("spot", [math.nan, 0.0, -1.0, math.inf])
def test_nothing_counts_without_a_spot(spot: float) -> None:
    assert all(math.isnan(value) for value in one(held(100.0), spot).values())


def test_no_contract() -> None:
    assert [column.size for column in exposures(columns([]), SPOT)] == [0] * 5
    assert Exposures._fields == naive.MEASURES


def test_far_from_the_money_is_0_not_nan() -> None:
    found = one(held(1e-3, put=True, vol=0.01, gamma=0.0, delta=-0.0))
    assert found == pytest.approx(dict.fromkeys(naive.MEASURES, 0.0))
