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
    premium: float | UnsetType = UNSET
    """Where a stake is asked for."""
    mu: float | UnsetType = UNSET
    """Where a stake is asked for."""
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


class Sizing(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a bankroll to stake."""

    kelly_fraction: float
    """The stake that grows the bankroll fastest, 0 to 1."""
    half_kelly: float
    quarter_kelly: float
    kelly_pct: float
    """Percent of the bankroll."""
    half_kelly_pct: float


class Analysis(msgspec.Struct, frozen=True, kw_only=True):
    """What the option promises if the stock drifts as was asked."""

    expected_roi: float
    """Expected payoff over premium, less 1."""
    expected_roi_pct: float
    expected_payoff: float
    """Dollars a share at expiry, not discounted."""
    probability_of_profit: float
    """To end beyond the break-even, 0 to 1."""
    probability_of_profit_pct: float
    probability_itm: float
    """To end in the money, 0 to 1."""
    probability_itm_pct: float
    max_loss: float
    """Dollars a share: the premium."""
    breakeven: float
    """Price of the stock at expiry, dollars."""
    expected_growth_rate: float
    """Expected log growth of the bankroll over the option's life, at the full stake."""


class KellyReply(msgspec.Struct, frozen=True, kw_only=True):
    """The stake in one option that grows a bankroll fastest."""

    inputs: Inputs
    sizing: Sizing
    analysis: Analysis
    recommendation: str
    """The same in a sentence."""
