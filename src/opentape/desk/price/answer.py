"""What one option is worth, how that changes, and the vol behind its price."""

import math
from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from msgspec import UNSET, UnsetType

from opentape.desk.price.reply import (
    Additional,
    FirstOrder,
    GreeksReply,
    Inputs,
    IvReply,
    SecondOrder,
    ThirdOrder,
)
from opentape.desk.price.terms import DAYS_PER_YEAR, Exercise, Terms, positive
from opentape.market.errors import BadPrice, BadSetting
from opentape.pricing import american, bsm, implied
from opentape.pricing.implied import Reason

_PER_DAY: Final = 1 / DAYS_PER_YEAR
_TO_EXPIRY: Final = -_PER_DAY
_PER_POINT: Final = 1 / 100
_DIGITS, _FINE, _COARSE, _PERCENT = 6, 8, 4, 2


def greeks(terms: Terms, vol: float) -> GreeksReply:
    """Return the price and the greeks of one option, scaled and rounded as on the wire.

    Charm, color and veta are by time *to* expiry, so charm has the opposite sign of what a
    day that passes does to delta.

    Parameters
    ----------
    vol
        Fraction per year, > 0.

    Raises
    ------
    BadSetting
        If `vol` is outside its range, or floating point cannot hold the price.

    Examples
    --------
    >>> sample = greeks(Terms(spot=580, strike=580, dte=30), 0.18)
    >>> sample.theoretical_price, sample.first_order.delta
    (12.687211, 0.53003)
    """
    positive("vol", vol)
    raw = _raw(terms, vol)
    price = raw["price"]
    if not math.isfinite(price):
        raise BadSetting(
            "spot, strike, dte and vol must be such that a price fits a float, was "
            f"{terms.spot!r}, {terms.strike!r}, {terms.dte!r} and {vol!r}"
        )
    leverage = raw["delta"] * terms.spot / price if price > 0 else math.nan
    return GreeksReply(
        inputs=inputs(terms, sigma=vol),
        theoretical_price=round(price, _DIGITS),
        first_order=FirstOrder(
            delta=_known(raw["delta"]),
            gamma=_known(raw["gamma"]),
            theta=_known(raw["theta"] * _PER_DAY),
            vega=_known(raw["vega"] * _PER_POINT),
            rho=_known(raw["rho"]),
        ),
        second_order=_second(raw),
        third_order=_third(raw),
        additional=Additional(
            lambda_=_known(leverage, _COARSE), veta=_known(raw["veta"] * _TO_EXPIRY)
        ),
    )


def implied_volatility(terms: Terms, price: float) -> IvReply:
    """Return the vol at which one option has a price.

    Raises
    ------
    BadSetting
        If `price` is not above 0 and finite.
    BadPrice
        If no vol gives that price; the message names the bound it broke.

    Examples
    --------
    >>> implied_volatility(Terms(spot=580, strike=580, dte=30), 12.69).implied_volatility
    0.180042
    """
    positive("price", price)
    solve = american.solve if terms.style is Exercise.AMERICAN else implied.solve
    put, *rest = _given(terms)
    found = solve(put, price, *rest)
    reason = Reason(int(found.reason))
    if reason is not Reason.SOLVED:
        raise BadPrice(_refusal(terms, price, reason))
    vol = float(found.vol)
    return IvReply(
        inputs=inputs(terms, price=price),
        implied_volatility=round(vol, _DIGITS),
        implied_volatility_pct=round(vol / _PER_POINT, _PERCENT),
    )


def _raw(terms: Terms, vol: float) -> Mapping[str, float]:
    """Return the raw greeks, NaN for those that the style has no formula for."""
    ask = american.greeks if terms.style is Exercise.AMERICAN else bsm.greeks
    found = ask(*_given(terms), vol)._asdict()
    raw = {name: float(value) for name, value in found.items()}
    return defaultdict(lambda: math.nan, raw)


def _given(terms: Terms) -> tuple[bool, float, float, float, float, float]:
    return (
        terms.put,
        terms.spot,
        terms.strike,
        terms.years,
        terms.rate,
        terms.carry,
    )


def _second(raw: Mapping[str, float]) -> SecondOrder:
    return SecondOrder(
        vanna=_known(raw["vanna"]),
        charm=_known(raw["charm"] * _TO_EXPIRY),
        vomma=_known(raw["vomma"]),
        dual_delta=_known(raw["dual_delta"]),
    )


def _third(raw: Mapping[str, float]) -> ThirdOrder:
    return ThirdOrder(
        speed=_known(raw["speed"], _FINE),
        zomma=_known(raw["zomma"], _FINE),
        color=_known(raw["color"] * _TO_EXPIRY, _FINE),
        ultima=_known(raw["ultima"]),
    )


def inputs(
    terms: Terms,
    *,
    sigma: float | UnsetType = UNSET,
    price: float | UnsetType = UNSET,
    premium: float | UnsetType = UNSET,
    mu: float | UnsetType = UNSET,
) -> Inputs:
    """Return what was asked, to be said back."""
    american_style = terms.style is Exercise.AMERICAN
    return Inputs(
        spot=terms.spot,
        strike=terms.strike,
        dte=terms.dte,
        sigma=sigma,
        price=price,
        premium=premium,
        mu=mu,
        type=terms.right.value,
        risk_free_rate=terms.rate,
        dividend_yield=terms.carry,
        style=terms.style.value if american_style else UNSET,
    )


def _known(value: float, digits: int = _DIGITS) -> float | None:
    """Return a rounded number, never a negative zero, None for one that is not known."""
    return round(value, digits) + 0.0 if math.isfinite(value) else None


def _refusal(terms: Terms, price: float, reason: Reason) -> str:
    what = f"the {terms.style} {terms.right}"
    if reason is Reason.ABOVE_BOUND:
        return (
            f"price must be below {terms.most:.6f}, the most that {what} can be worth, "
            f"was {price!r}"
        )
    if reason in {Reason.BELOW_INTRINSIC, Reason.AT_INTRINSIC}:
        return (
            f"price must be above {terms.least:.6f}, what {what} is worth without any vol, "
            f"was {price!r}"
        )
    return f"price must have a vol, was {price!r} ({reason.name.lower()})"
