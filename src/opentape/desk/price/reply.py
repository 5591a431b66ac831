"""Answers about one option, spelled as the wire spells them."""

import msgspec
from msgspec import UNSET, UnsetType


class Inputs(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked, said back."""

    spot: float
    strike: float
    dte: float
    sigma: float | UnsetType = UNSET
    """Where greeks are asked for."""
    price: float | UnsetType = UNSET
    """Where a vol is asked for."""
    type: str
    risk_free_rate: float
    dividend_yield: float
    style: str | UnsetType = UNSET
    """Only where it is ``american``."""


class FirstOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Change of the price."""

    delta: float | None
    """For $1.00 of spot."""
    gamma: float | None
    """Of delta, for $1.00 of spot."""
    theta: float | None
    """Dollars a share and day that passes."""
    vega: float | None
    """Dollars a share and vol point."""
    rho: float | None
    """Dollars a share for 1.00 of rate."""


class SecondOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Change of the greeks; null where the style has no formula for it."""

    vanna: float | None
    """Of delta, for 1.00 of vol."""
    charm: float | None
    """Of delta, for a day more to expiry."""
    vomma: float | None
    """Of vega, both for 1.00 of vol."""
    dual_delta: float | None
    """Of the price, for $1.00 of strike."""


class ThirdOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Change of the change; null where the style has no formula for it."""

    speed: float | None
    """Of gamma, for $1.00 of spot."""
    zomma: float | None
    """Of gamma, for 1.00 of vol."""
    color: float | None
    """Of gamma, for a day more to expiry."""
    ultima: float | None
    """Of vomma, for 1.00 of vol."""


class Additional(msgspec.Struct, frozen=True, kw_only=True):
    """Two more."""

    lambda_: float | None = msgspec.field(name="lambda")
    """Percent of price for 1 % of spot; null where the price is not positive."""
    veta: float | None
    """Of vega per 1.00 of vol, for a day more to expiry."""


class GreeksReply(msgspec.Struct, frozen=True, kw_only=True):
    """The price of one option and all its greeks."""

    inputs: Inputs
    theoretical_price: float
    """Dollars a share."""
    first_order: FirstOrder
    second_order: SecondOrder
    third_order: ThirdOrder
    additional: Additional


class IvReply(msgspec.Struct, frozen=True, kw_only=True):
    """The vol that gives one option its price."""

    inputs: Inputs
    implied_volatility: float
    """Fraction per year."""
    implied_volatility_pct: float
    """Percent per year."""
