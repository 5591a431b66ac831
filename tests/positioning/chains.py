"""Chains to test with: by hand, drawn by hypothesis, and large."""

import math

import numpy as np
from hypothesis import strategies as st

from opentape.positioning.positions import Positions
from positioning import naive
from positioning.naive import Held

SPOT = 100.0
FLOOR = 30 / (365 * 24 * 60)


def held(
    strike: float, *, put: bool = False, oi: float = 100.0, gamma: float = 0.02, **other
) -> Held:
    """A contract of thirty days with nothing odd about it."""
    given = {
        "dte": 30, "years": 30 / 365, "volume": 10.0, "multiplier": 100.0, "vol": 0.2,
        "delta": -0.5 if put else 0.5, "rate": 0.045, "carry": 0.013, "usable": True,
    }  # fmt: skip
    return Held(put=put, strike=strike, oi=oi, gamma=gamma, **(given | other))


def priced(contract: Held, spot: float = SPOT) -> Held:
    """The contract with its own Black-Scholes delta and gamma."""
    years = contract.years
    return naive.replace(
        contract,
        delta=naive.delta(contract, spot, years),
        gamma=naive.gamma(contract, spot, years),
    )


def columns(contracts: list[Held]) -> Positions:
    kinds = {"put": np.bool_, "usable": np.bool_, "dte": np.int64}
    return Positions._make(
        np.array([getattr(c, name) for c in contracts], kinds.get(name, np.float64))
        for name in Positions._fields
    )


@st.composite
def contracts(draw) -> Held:
    dte = draw(st.sampled_from([0, 0, 1, 7, 30, 200]))
    years = draw(
        st.sampled_from([dte / 365 + 0.001, dte / 365 + 0.00002, 0.0, -0.1, math.nan])
        if dte == 0
        else st.just(dte / 365 + 0.001)
    )
    contract = held(
        draw(st.sampled_from([80.0, 90.0, 95.0, 99.5, 100.0, 100.5, 105.0, 110.0, 120.0])),
        put=draw(st.booleans()),
        dte=dte,
        years=years,
        oi=draw(st.integers(0, 50)) * 10.0,
        multiplier=draw(st.sampled_from([100.0, 100.0, 10.0])),
        vol=draw(st.sampled_from([0.1, 0.2, 0.35])),
        rate=draw(st.sampled_from([0.045, 0.0, -0.01])),
        usable=draw(st.integers(0, 9)) > 0,
    )
    if years > 0:
        contract = priced(contract)
    unknown = draw(st.sampled_from([None] * 8 + ["oi", "vol", "delta", "gamma", "volume"]))
    return naive.replace(contract, **{unknown: math.nan}) if unknown else contract


CHAINS = st.lists(contracts(), max_size=25)


def large(count: int, *, seed: int = 3, spot: float = 600.0) -> Positions:
    """A chain of an index fund: two dozen expiries, near the money held the most."""
    random = np.random.default_rng(seed)
    days = np.array([0, 1, 2, 3, 4, 7, 9, 14, 21, 28, 42, 63, 91, 150, 212, 275, 365, 540])
    dte = random.choice(days, count)
    years = np.maximum(dte / 365, 3 / 24 / 365)
    strike = np.round(spot * np.exp(random.normal(0.0, 0.12, count)))
    put = random.random(count) < 0.5
    vol = random.uniform(0.12, 0.45, count)
    spread = vol * np.sqrt(years)
    d1 = (np.log(spot / strike) + 0.5 * vol**2 * years) / spread
    gamma = np.exp(-0.5 * d1**2) / math.sqrt(2 * math.pi) / (spot * spread)
    delta = np.array([naive.big_n(x) for x in d1.tolist()]) - put
    leaning = np.where(put, strike < spot, strike > spot)
    oi = random.integers(0, 5000, count) * np.where(leaning, 3.0, 1.0)
    full = np.full
    return Positions(
        put, strike, dte, years, oi, oi * 0.3, full(count, 100.0), vol, delta, gamma,
        full(count, 0.0), full(count, 0.0), full(count, fill_value=True),
    )  # fmt: skip
