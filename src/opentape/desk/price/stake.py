"""How much to stake on one option bought and held to expiry."""

import math
from typing import Final

from opentape.desk.price.answer import inputs
from opentape.desk.price.reply import Analysis, KellyReply, Sizing
from opentape.desk.price.terms import Terms, positive
from opentape.market.errors import BadSetting
from opentape.pricing.kelly import Kelly, kelly

_MOST_DRIFT: Final = 2.0
_STAKE, _FINE, _PERCENT = 4, 6, 100.0
_LARGE, _SMALL = 0.25, 0.02


def stake(terms: Terms, vol: float, premium: float, mu: float) -> KellyReply:
    """Return the Kelly stake in one option and the odds behind it.

    Parameters
    ----------
    vol
        Of the stock until expiry, a fraction per year, > 0.
    premium
        Dollars a share paid for the option, > 0.
    mu
        Expected return of the stock with its dividends, continuously compounded per year,
        -2 to 2.

    Raises
    ------
    BadSetting
        If a number is outside its range, or floating point cannot hold a payoff.

    Examples
    --------
    >>> sample = stake(Terms(spot=580, strike=580, dte=30), 0.18, 12.69, 0.12)
    >>> sample.sizing.kelly_fraction, sample.analysis.probability_of_profit
    (0.0768, 0.391739)
    """
    positive("sigma", vol)
    positive("premium", premium)
    if not -_MOST_DRIFT <= mu <= _MOST_DRIFT:
        raise BadSetting(f"mu must be a fraction from -2 to 2, was {mu!r}")
    found = kelly(
        terms.put, terms.spot, terms.strike, terms.years, mu - terms.carry, vol, premium
    )
    if not math.isfinite(found.payoff):
        raise BadSetting(
            "spot, strike, dte, sigma and premium must be such that a payoff fits a float, "
            f"was {terms.spot!r}, {terms.strike!r}, {terms.dte!r}, {vol!r} and {premium!r}"
        )
    return KellyReply(
        inputs=inputs(terms, sigma=vol, premium=premium, mu=mu),
        sizing=_sizing(found.fraction),
        analysis=_analysis(terms, premium, found),
        recommendation=_recommendation(found.fraction),
    )


def _sizing(exact: float) -> Sizing:
    fraction = round(exact, _STAKE)
    return Sizing(
        kelly_fraction=fraction,
        half_kelly=round(fraction / 2, _FINE),
        quarter_kelly=round(fraction / 4, _FINE),
        kelly_pct=round(fraction * _PERCENT, _STAKE),
        half_kelly_pct=round(fraction / 2 * _PERCENT, _STAKE),
    )


def _analysis(terms: Terms, premium: float, found: Kelly) -> Analysis:
    roi = round(found.payoff / premium - 1.0, _FINE)
    profitable = round(found.profitable, _FINE)
    in_the_money = round(found.in_the_money, _FINE)
    return Analysis(
        expected_roi=roi,
        expected_roi_pct=round(roi * _PERCENT, _STAKE),
        expected_payoff=round(found.payoff, _STAKE),
        probability_of_profit=profitable,
        probability_of_profit_pct=round(profitable * _PERCENT, _STAKE),
        probability_itm=in_the_money,
        probability_itm_pct=round(in_the_money * _PERCENT, _STAKE),
        max_loss=premium,
        breakeven=round(terms.strike + (-premium if terms.put else premium), _FINE),
        expected_growth_rate=round(found.growth, _FINE),
    )


def _recommendation(fraction: float) -> str:
    if fraction <= 0.0:
        return "No stake: the expected payoff is not above the premium."
    told = f"Full Kelly is {fraction:.1%} of the bankroll, half Kelly {fraction / 2:.1%}."
    if fraction >= _LARGE:
        return f"{told} A stake this large rests on the drift and the vol being right."
    if fraction < _SMALL:
        return f"{told} The edge is thin: costs may take all of it."
    return f"{told} Half or less is usual: the drift is a guess."
