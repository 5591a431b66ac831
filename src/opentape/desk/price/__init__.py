"""The question about one option: what is it worth, and which vol does its price imply."""

from opentape.desk.price.answer import greeks, implied_volatility
from opentape.desk.price.reply import GreeksReply, Inputs, IvReply
from opentape.desk.price.terms import CARRY, RATE, Exercise, Right, Terms

__all__ = [
    "CARRY",
    "RATE",
    "Exercise",
    "GreeksReply",
    "Inputs",
    "IvReply",
    "Right",
    "Terms",
    "greeks",
    "implied_volatility",
]
