"""`opentape price` and `opentape iv`: one option."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from opentape.cli.arguments import positive
from opentape.cli.chains.values import fraction

Verb = TypeVar("Verb", bound=Callable[..., Any])


def _terms(verb: Verb) -> Verb:
    """Add the options that describe one option."""
    options = (
        click.option(
            "--spot", type=positive, required=True, metavar="X", help="Dollars a share."
        ),
        click.option(
            "--strike", type=positive, required=True, metavar="X", help="Dollars a share."
        ),
        click.option(
            "--dte", type=positive, required=True, metavar="DAYS",
            help="Days to expiry, ACT/365; part of a day is fine.",
        ),
        click.option(
            "--type", "right", type=click.Choice(["call", "put"]), default="call",
            help="Which of the two.", show_default=True,
        ),
        click.option(
            "--rate", type=fraction, metavar="R", default=0.045, show_default=True,
            help="Continuously compounded, per year.",
        ),
        click.option(
            "--carry", type=fraction, metavar="Q", default=0.013, show_default=True,
            help="Dividend yield, the same way.",
        ),
        click.option(
            "--style", type=click.Choice(["european", "american"]), default="european",
            show_default=True, help="When it may be exercised.",
        ),
        click.option(
            "--format", "form", type=click.Choice(["table", "json"]), default="table",
            help="How the answer is printed.",
        ),
    )  # fmt: skip
    for add in reversed(options):
        verb = add(verb)
    return verb


@click.command
@_terms
@click.option(
    "--vol",
    type=positive,
    metavar="X",
    required=True,
    help="Per year, as a fraction: 0.18 is 18 %.",
)
def price(*, vol: float, form: str, **terms: Any) -> None:
    """Print what one option is worth, and its greeks to the third order.

    By Black, Scholes and Merton; American style as such, with those greeks that it has.
    """
    # numba takes a second to import, which --help should not
    from opentape.cli.chains import single

    single.price(single.terms_of(**terms), vol, form=form)


@click.command
@_terms
@click.option("--price", type=positive, metavar="X", required=True, help="Dollars a share.")
def iv(*, price: float, form: str, **terms: Any) -> None:
    """Print the volatility that the price of one option implies."""
    from opentape.cli.chains import single

    single.implied_volatility(single.terms_of(**terms), price, form=form)
