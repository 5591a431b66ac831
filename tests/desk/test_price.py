"""One option: the sample of the wire to its last digit, bounds, signs and scales."""

import math

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from opentape.desk.price import Exercise, Right, Terms, greeks, implied_volatility
from opentape.market.errors import BadPrice, BadSetting

# as the vendor of the wire publishes it for 580/580/30/0.18: tests/golden/README.md
SAMPLE = {
    "inputs": {
        "spot": 580,
        "strike": 580,
        "dte": 30,
        "sigma": 0.18,
        "type": "call",
        "risk_free_rate": 0.045,
        "dividend_yield": 0.013,
    },
    "theoretical_price": 12.687211,
    "first_order": {
        "delta": 0.53003,
        "gamma": 0.013276,
        "theta": -0.223599,
        "vega": 0.660706,
        "rho": 24.224395,
    },
    "second_order": {
        "vanna": -0.055551,
        "charm": 0.00049,
        "vomma": 0.709126,
        "dual_delta": -0.508155,
    },
    "third_order": {
        "speed": -0.00005694,
        "zomma": -0.07361041,
        "color": -0.00022304,
        "ultima": -17.241619,
    },
    "additional": {"lambda": 24.2305, "veta": 1.092334},
}
IV_SAMPLE = {
    "inputs": {
        "spot": 580,
        "strike": 580,
        "dte": 30,
        "price": 12.69,
        "type": "call",
        "risk_free_rate": 0.045,
        "dividend_yield": 0.013,
    },
    "implied_volatility": 0.180042,
    "implied_volatility_pct": 18.0,
}
SAMPLE_TERMS = Terms(spot=580, strike=580, dte=30)


def normal(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2))


def plain_price(terms: Terms, vol: float) -> float:
    """Black and Scholes as the book has it."""
    spread = vol * math.sqrt(terms.years)
    forward = terms.spot * math.exp((terms.rate - terms.carry) * terms.years)
    d1 = math.log(forward / terms.strike) / spread + spread / 2
    sign = -1 if terms.put else 1
    inside = forward * normal(sign * d1) - terms.strike * normal(sign * (d1 - spread))
    return sign * math.exp(-terms.rate * terms.years) * inside


def test_the_sample_comes_out_to_its_last_digit():
    assert msgspec.to_builtins(greeks(SAMPLE_TERMS, 0.18)) == SAMPLE


def test_the_sample_of_the_vol_comes_out_to_its_last_digit():
    assert msgspec.to_builtins(implied_volatility(SAMPLE_TERMS, 12.69)) == IV_SAMPLE


def test_fields_stand_in_the_order_of_the_wire():
    body = msgspec.json.decode(msgspec.json.encode(greeks(SAMPLE_TERMS, 0.18)))
    assert list(body) == list(SAMPLE)
    assert [list(part) for part in body.values() if isinstance(part, dict)] == [
        list(part) for part in SAMPLE.values() if isinstance(part, dict)
    ]


@pytest.mark.parametrize("right", Right)
@pytest.mark.parametrize(("strike", "dte", "vol"), [(520, 3, 0.4), (610, 200, 0.15)])
def test_greeks_are_what_prices_change_by(right, strike, dte, vol):
    """Differences of the plain price, with the scales that the wire gives each."""

    def at(vol=vol, **changes):
        return plain_price(msgspec.structs.replace(terms, **changes), vol)

    terms = Terms(spot=580, strike=strike, dte=dte, right=right)
    found = greeks(terms, vol)
    h, day = 0.01, 1e-4
    slope = (at(spot=580 + h) - at(spot=580 - h)) / (2 * h)
    bend = (at(spot=580 + h) - 2 * at() + at(spot=580 - h)) / h**2
    passing = (at(dte=dte - day) - at(dte=dte + day)) / (2 * day)
    assert found.theoretical_price == pytest.approx(at(), abs=1e-6)
    assert found.first_order.delta == pytest.approx(slope, abs=1e-5)
    assert found.first_order.gamma == pytest.approx(bend, abs=1e-5)
    assert found.first_order.theta == pytest.approx(passing, abs=2e-5)
    assert found.first_order.vega == pytest.approx(
        (at(vol=vol + 1e-4) - at(vol=vol - 1e-4)) / 2e-2, abs=1e-5
    )
    assert found.first_order.rho == pytest.approx(
        (at(rate=0.0451) - at(rate=0.0449)) / 2e-4, abs=1e-3
    )


def test_charm_is_by_the_time_to_expiry():
    """A day more, not a day that passes: the other sign of theta's clock."""
    near, far = (greeks(Terms(spot=580, strike=600, dte=dte), 0.18) for dte in (30, 31))
    change = far.first_order.delta - near.first_order.delta
    middle = greeks(Terms(spot=580, strike=600, dte=30.5), 0.18)
    assert middle.second_order.charm == pytest.approx(change, abs=2e-6)
    assert middle.second_order.charm > 0
    change = far.first_order.gamma - near.first_order.gamma
    assert middle.third_order.color == pytest.approx(change, abs=2e-6)


@given(
    strike=st.floats(450, 750),
    dte=st.floats(1, 900),
    vol=st.floats(0.08, 1.5),
    right=st.sampled_from(Right),
)
def test_the_vol_of_a_price_is_the_vol_it_was_made_with(strike, dte, vol, right):
    terms = Terms(spot=580, strike=strike, dte=dte, right=right)
    found = greeks(terms, vol)
    # a price of six decimals tells six digits of a vol only where vega is large
    assume(found.first_order.vega > 0.02)
    again = implied_volatility(terms, found.theoretical_price)
    assert again.implied_volatility == pytest.approx(vol, abs=2e-6)
    assert again.implied_volatility_pct == pytest.approx(100 * vol, abs=0.005 + 2e-4)


def test_calls_and_puts_keep_parity():
    call, put = (
        greeks(Terms(spot=580, strike=600, dte=45, right=right), 0.2) for right in Right
    )
    forward = 580 * math.exp(-0.013 * 45 / 365) - 600 * math.exp(-0.045 * 45 / 365)
    difference = call.theoretical_price - put.theoretical_price
    assert difference == pytest.approx(forward, abs=1.1e-6)
    assert call.first_order.gamma == put.first_order.gamma
    assert call.first_order.vega == put.first_order.vega


@pytest.mark.parametrize(
    ("style", "right", "price", "words"),
    [
        ("european", "call", 700.0, ["below 579.38", "european call", "700.0"]),
        ("european", "call", 180.0, ["above 180.85", "without any vol", "180.0"]),
        ("european", "put", 400.0, ["below 398.5", "european put"]),
        ("american", "call", 581.0, ["below 580.0", "american call"]),
        ("american", "call", 179.0, ["above 180.8", "american call"]),
    ],
)
def test_a_price_outside_its_bounds_names_the_bound(style, right, price, words):
    terms = Terms(spot=580, strike=400, dte=30, right=Right(right), style=Exercise(style))
    with pytest.raises(BadPrice) as refused:
        implied_volatility(terms, price)
    assert [word for word in words if word not in str(refused.value)] == []


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
@pytest.mark.parametrize("name", ["spot", "strike", "dte", "vol", "price"])
def test_numbers_that_no_option_has(name, value):
    given = {"spot": 580, "strike": 580, "dte": 30, "vol": 0.2, "price": 12.0} | {
        name: value
    }
    with pytest.raises(BadSetting, match=f"{name} must be a number above 0"):
        _ask(**given)


@pytest.mark.parametrize("value", [-1.01, 4.5, math.nan, -math.inf])
@pytest.mark.parametrize("name", ["rate", "carry"])
def test_rates_are_fractions(name, value):
    with pytest.raises(BadSetting, match=f"{name} must be a fraction from -1 to 1"):
        Terms(spot=580, strike=580, dte=30, **{name: value})


def test_a_dte_of_centuries():
    with pytest.raises(BadSetting, match="at most 36500 days"):
        Terms(spot=580, strike=580, dte=1e9)


def test_far_out_of_the_money_there_is_nothing():
    found = greeks(Terms(spot=580, strike=5_800, dte=1), 0.1)
    assert found.theoretical_price == 0.0
    assert found.additional.lambda_ is None or found.additional.lambda_ > 0
    assert math.copysign(1.0, found.second_order.dual_delta) == 1.0
    assert b"NaN" not in msgspec.json.encode(found)


@pytest.mark.parametrize("right", Right)
def test_american_style_is_dearer_and_lacks_what_it_has_no_formula_for(right):
    european = Terms(spot=580, strike=600, dte=200, right=right)
    american = msgspec.structs.replace(european, style=Exercise.AMERICAN)
    dear, plain = greeks(american, 0.2), greeks(european, 0.2)
    assert dear.theoretical_price >= plain.theoretical_price - 1e-6
    assert dear.inputs.style == "american"
    assert "style" not in msgspec.to_builtins(plain.inputs)
    assert dear.first_order.delta == pytest.approx(plain.first_order.delta, abs=0.06)
    assert set(msgspec.to_builtins(dear.third_order).values()) == {None}
    again = implied_volatility(american, dear.theoretical_price)
    assert again.implied_volatility == pytest.approx(0.2, abs=1e-5)


def _ask(*, vol: float, price: float, **terms: float) -> None:
    asked = Terms(**terms)
    greeks(asked, vol)
    implied_volatility(asked, price)
