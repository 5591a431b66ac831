"""Values on the command line that click has no type for: finite numbers, dates."""

import datetime as dt
import math

import click


def positive(text: str) -> float:
    """Return a number above 0.

    Raises
    ------
    BadParameter
        If the text is none, as in all of the functions here.
    """
    number = _number(text)
    if not (number > 0 and math.isfinite(number)):
        raise click.BadParameter(f"must be a number above 0, was {text!r}")
    return number


def fraction(text: str) -> float:
    """Return a rate or a carry, -1 to 1 per year."""
    number = _number(text)
    if not -1 <= number <= 1:
        raise click.BadParameter(
            f"must be a fraction from -1 to 1, where 0.045 is 4.5 %, was {text!r}"
        )
    return number


def date(text: str) -> dt.date:
    """Return a date."""
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError as error:
        raise click.BadParameter(f"must be a date as 2026-09-18, was {text!r}") from error


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
