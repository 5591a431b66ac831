"""What `price` and `iv` print."""

from collections.abc import Iterator
from typing import Final

import msgspec
from rich.console import Console
from rich.text import Text

from opentape.cli import words
from opentape.cli.chains.streams import output, write_json
from opentape.desk import price as desk
from opentape.desk.price import Exercise, GreeksReply, Inputs, Right, Terms

_UNITS: Final = {
    "price": "dollars a share",
    "delta": "for $1 of spot",
    "gamma": "of delta, for $1 of spot",
    "theta": "dollars a share, for a day that passes",
    "vega": "dollars a share, for a vol point",
    "rho": "dollars a share, for 1.00 of rate",
    "vanna": "of delta, for 1.00 of vol",
    "charm": "of delta, for a day more to expiry",
    "vomma": "of vega, both for 1.00 of vol",
    "dual_delta": "of price, for $1 of strike",
    "speed": "of gamma, for $1 of spot",
    "zomma": "of gamma, for 1.00 of vol",
    "color": "of gamma, for a day more to expiry",
    "ultima": "of vomma, for 1.00 of vol",
    "lambda": "per cent of price, for 1 % of spot",
    "veta": "of vega for 1.00 of vol, for a day more to expiry",
}
_DECIMALS: Final = {"speed": 8, "zomma": 8, "color": 8, "lambda": 4}
_FAINT: Final = "bright_black"


def terms_of(
    *,
    spot: float,
    strike: float,
    dte: float,
    right: str,
    rate: float,
    carry: float,
    style: str,
) -> Terms:
    """Return what the command line says of one option."""
    return Terms(
        spot=spot,
        strike=strike,
        dte=dte,
        right=Right(right),
        rate=rate,
        carry=carry,
        style=Exercise(style),
    )


def price(terms: Terms, vol: float, *, form: str) -> None:
    """Print the price and the greeks of one option."""
    reply = desk.greeks(terms, vol)
    if form == "json":
        write_json(reply)
        return
    console = Console(file=output(), highlight=False, markup=False, emoji=False)
    console.print(headline(reply.inputs), soft_wrap=True)
    for line in greek_lines(reply):
        console.print(line, soft_wrap=True)


def implied_volatility(terms: Terms, price: float, *, form: str) -> None:
    """Print the vol that a price implies."""
    reply = desk.implied_volatility(terms, price)
    if form == "json":
        write_json(reply)
        return
    console = Console(file=output(), highlight=False, markup=False, emoji=False)
    console.print(headline(reply.inputs), soft_wrap=True)
    line = Text(f"iv {reply.implied_volatility:.6f}")
    line.append(f"  {100 * reply.implied_volatility:.4f} % per year", _FAINT)
    console.print(line, soft_wrap=True)


def headline(inputs: Inputs) -> Text:
    """Return which option it is, and in which world."""
    text = Text(f"{words.strike(inputs.strike)} {inputs.type}", "bold")
    style = "european" if inputs.style is msgspec.UNSET else inputs.style
    told = [f", {inputs.dte:g} days, spot {words.dollars(inputs.spot)}"]
    if inputs.sigma is not msgspec.UNSET:
        told.append(f"vol {100 * inputs.sigma:g} %")
    if inputs.price is not msgspec.UNSET:
        told.append(f"price {words.dollars(inputs.price)}")
    told += [f"rate {100 * inputs.risk_free_rate:g} %"]
    told += [f"carry {100 * inputs.dividend_yield:g} %", style]
    return text.append(", ".join(told))


def greek_lines(reply: GreeksReply) -> Iterator[Text]:
    """Yield the price and each greek with its unit."""
    found: dict[str, float | None] = {"price": reply.theoretical_price}
    for order in (
        reply.first_order, reply.second_order, reply.third_order, reply.additional,
    ):  # fmt: skip
        found |= msgspec.to_builtins(order)
    for name, value in found.items():
        decimals = _DECIMALS.get(name, 6)
        number = "-" if value is None else f"{value:.{decimals}f}"
        line = Text(f"{name:<10} {number:>14}")
        yield line.append(f"  {_UNITS[name]}", _FAINT)
