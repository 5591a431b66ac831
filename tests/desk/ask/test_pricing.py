"""The three pricing answers: published samples, identities of the wire, refusals."""

import math

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from opentape.api import query as queries
from opentape.api.query import BadParameter
from opentape.desk.ask import pricing as ask
from opentape.desk.price.terms import Right
from opentape.market.errors import BadPrice, BadSetting

KELLY = {
    "inputs": {
        "spot": 580,
        "strike": 580,
        "dte": 30,
        "sigma": 0.18,
        "premium": 12.69,
        "mu": 0.12,
        "type": "call",
        "risk_free_rate": 0.045,
        "dividend_yield": 0.013,
    },
    "sizing": {
        "kelly_fraction": 0.0768,
        "half_kelly": 0.0384,
        "quarter_kelly": 0.0192,
        "kelly_pct": 7.68,
        "half_kelly_pct": 3.84,
    },
    "analysis": {
        "expected_payoff": 14.7273,
        "probability_of_profit": 0.391739,
        "probability_of_profit_pct": 39.1739,
        "probability_itm": 0.557494,
        "probability_itm_pct": 55.7494,
        "max_loss": 12.69,
        "breakeven": 592.69,
    },
}
"""What the vendor of the wire documents, and what follows from it by arithmetic."""


def read(kind, text):
    return queries.read(kind, queries.texts(text.encode()))


def plain(reply):
    return msgspec.json.decode(msgspec.json.encode(reply))


def test_the_published_stake():
    asked = "spot=580.0&strike=580&dte=30&sigma=0.18&premium=12.69&mu=0.12"
    found = plain(ask.kelly(read(ask.KellyQuery, asked)))
    assert list(found) == ["inputs", "sizing", "analysis", "recommendation"]
    assert found["inputs"] == KELLY["inputs"]
    assert list(found["inputs"]) == list(KELLY["inputs"])
    assert found["sizing"] == KELLY["sizing"]
    assert found["analysis"] == found["analysis"] | KELLY["analysis"]


def test_the_published_greeks():
    found = ask.greeks(read(ask.GreeksQuery, "spot=580&strike=580&dte=30&sigma=0.18"))
    assert (found.theoretical_price, found.first_order.delta) == (12.687211, 0.53003)
    assert found.inputs.risk_free_rate == 0.045
    assert found.inputs.dividend_yield == 0.013


bets = st.fixed_dictionaries(
    {
        "spot": st.just(100.0),
        "strike": st.floats(70.0, 140.0),
        "dte": st.floats(1.0, 500.0),
        "type": st.sampled_from(Right),
        "r": st.floats(-0.02, 0.1),
        "q": st.floats(-0.02, 0.1),
    }
)


@given(bets, st.floats(0.05, 1.0), st.floats(0.05, 30.0), st.floats(-2.0, 2.0))
def test_stakes_hold_their_identities(bet, sigma, premium, mu):
    found = ask.kelly(ask.KellyQuery(**bet, sigma=sigma, premium=premium, mu=mu))
    size, told = found.sizing, found.analysis
    assert 0 <= size.kelly_fraction <= 1
    assert size.half_kelly == pytest.approx(size.kelly_fraction / 2, abs=1e-9)
    assert size.quarter_kelly == pytest.approx(size.kelly_fraction / 4, abs=1e-6)
    assert size.kelly_pct == pytest.approx(100 * size.kelly_fraction)
    assert size.half_kelly_pct == pytest.approx(100 * size.half_kelly)
    for name in ("expected_roi", "probability_of_profit", "probability_itm"):
        part = getattr(told, name)
        assert getattr(told, f"{name}_pct") == pytest.approx(100 * part, abs=1e-4)
    assert told.max_loss == premium
    sign = 1 if bet["type"] is Right.CALL else -1
    assert told.breakeven == pytest.approx(bet["strike"] + sign * premium, abs=1e-6)
    assert told.expected_roi == pytest.approx(told.expected_payoff / premium - 1, abs=2e-3)
    if told.expected_roi < -1e-6:
        assert size.kelly_fraction == 0
        assert "No stake" in found.recommendation
    assert told.expected_growth_rate >= 0


@given(bets, st.floats(0.05, 1.5))
def test_the_vol_of_a_price_comes_back(bet, sigma):
    found = ask.greeks(ask.GreeksQuery(**bet, sigma=sigma))
    assume(found.first_order.vega > 0.02)
    again = ask.iv(ask.IvQuery(**bet, price=found.theoretical_price))
    assert again.implied_volatility == pytest.approx(sigma, abs=1e-4)
    assert again.implied_volatility_pct == pytest.approx(
        100 * again.implied_volatility, abs=0.006
    )


@given(bets, st.floats(0.05, 1.5))
def test_calls_and_puts_keep_parity(bet, sigma):
    call, put = (
        ask.greeks(ask.GreeksQuery(**bet | {"type": right}, sigma=sigma)) for right in Right
    )
    years = bet["dte"] / 365
    forward = 100.0 * math.exp(-bet["q"] * years) - bet["strike"] * math.exp(
        -bet["r"] * years
    )
    difference = call.theoretical_price - put.theoretical_price
    assert difference == pytest.approx(forward, abs=3e-6)


def test_a_price_that_no_vol_gives():
    with pytest.raises(BadPrice, match="must be below"):
        ask.iv(read(ask.IvQuery, "spot=580&strike=580&dte=30&price=600"))
    with pytest.raises(BadPrice, match="must be above"):
        ask.iv(read(ask.IvQuery, "spot=580&strike=500&dte=30&price=1"))


WHOLE = "spot=580&strike=580&dte=30"


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        (ask.GreeksQuery, "strike=580&dte=30&sigma=0.18", "missing_spot"),
        (ask.GreeksQuery, WHOLE, "missing_sigma"),
        (ask.IvQuery, WHOLE, "missing_price"),
        (ask.KellyQuery, f"{WHOLE}&sigma=0.2&mu=0.1", "missing_premium"),
        (ask.KellyQuery, f"{WHOLE}&sigma=0.2&premium=1", "missing_mu"),
        (ask.GreeksQuery, f"{WHOLE}&sigma=high", "invalid_sigma"),
        (ask.GreeksQuery, f"{WHOLE}&sigma=nan", "invalid_sigma"),
        (ask.GreeksQuery, f"{WHOLE}&sigma=0.2&type=straddle", "invalid_type"),
        (ask.GreeksQuery, f"{WHOLE}&sigma=0.2&style=asian", "invalid_style"),
    ],
)
def test_a_bad_parameter_says_which(kind, text, code):
    with pytest.raises(BadParameter) as refused:
        read(kind, text)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("answer", "kind", "text"),
    [
        (ask.greeks, ask.GreeksQuery, "spot=0&strike=580&dte=30&sigma=0.18"),
        (ask.greeks, ask.GreeksQuery, f"{WHOLE}&sigma=-0.18"),
        (ask.greeks, ask.GreeksQuery, "spot=580&strike=580&dte=0&sigma=0.18"),
        (ask.greeks, ask.GreeksQuery, f"{WHOLE}&sigma=0.18&r=2"),
        (ask.iv, ask.IvQuery, f"{WHOLE}&price=0"),
        (ask.kelly, ask.KellyQuery, f"{WHOLE}&sigma=0.2&premium=0&mu=0.1"),
        (ask.kelly, ask.KellyQuery, f"{WHOLE}&sigma=0.2&premium=1&mu=2.1"),
        (ask.kelly, ask.KellyQuery, f"{WHOLE}&sigma=0&premium=1&mu=0.1"),
        (ask.kelly, ask.KellyQuery, f"{WHOLE}&sigma=0.2&premium=1e-320&mu=0.1"),
    ],
)
def test_numbers_out_of_range_are_refused(answer, kind, text):
    with pytest.raises(BadSetting):
        answer(read(kind, text))


@pytest.mark.parametrize(
    ("premium", "word"),
    [(20.0, "No stake"), (14.5, "thin"), (12.69, "Half or less"), (4.0, "rests on")],
)
def test_what_is_said_of_a_stake(premium, word):
    found = ask.kelly(read(ask.KellyQuery, f"{WHOLE}&sigma=0.18&premium={premium}&mu=0.12"))
    assert word in found.recommendation
