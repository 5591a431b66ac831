"""Values on the command line that click has no type for: finite numbers, dates."""

import datetime as dt

import click

from opentape.cli.arguments import number


def fraction(text: str) -> float:
    """Return a rate or a carry, -1 to 1 per year.

    Raises
    ------
    BadParameter
        If the text is none.
    """
    given = number(text)
    if not -1 <= given <= 1:
        raise click.BadParameter(
            f"must be a fraction from -1 to 1, where 0.045 is 4.5 %, was {text!r}"
        )
    return given


def date(text: str) -> dt.date:
    """Return a date.

    Raises
    ------
    BadParameter
        If the text is none.
    """
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError as error:
        raise click.BadParameter(f"must be a date as 2026-09-18, was {text!r}") from error
