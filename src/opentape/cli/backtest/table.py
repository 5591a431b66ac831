"""A backtest as the table that a reader sees."""

from collections.abc import Iterator
from typing import TextIO

from rich.console import Console
from rich.text import Text

from opentape.cli.market.after import group_lines, horizon_text
from opentape.desk.backtest.ruled import Backtest


def draw(reply: Backtest, sink: TextIO) -> None:
    """Print it."""
    console = Console(file=sink, highlight=False, markup=False, emoji=False)
    for line in lines(reply):
        console.print(line, soft_wrap=True)


def lines(reply: Backtest) -> Iterator[Text]:
    """Yield every line."""
    yield Text(headline(reply), "bold")
    yield from group_lines(reply.outcomes)


def headline(reply: Backtest) -> str:
    """Return what the answer is about.

    Examples
    --------
    >>> headline(Backtest(sessions=0, signals=0, alerts=0, horizon="30min", tests=0,
    ...                   outcomes=()))
    'no session'
    """
    if not reply.sessions:
        return "no session"
    when = f"{reply.first} to {reply.last}, {reply.sessions} sessions"
    took = f"{reply.alerts:,} alerts of {reply.signals:,} signals"
    return f"{when}  {took}, best after {horizon_text(reply.horizon)} first"
