"""What was wrong with the feed of a session, as lines of text or as JSON."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Final

import click
import msgspec

from opentape.desk.ask.meta.kept import report_of
from opentape.desk.ask.meta.quality import Incident, QualityQuery, QualityReply
from opentape.desk.journal.ports import Sessions
from opentape.market.errors import NoData

_TIME: Final = slice(11, 23)
"""Of an instant in ISO 8601, to the millisecond."""
_RIGHT: Final = frozenset({"count", "incidents"})


def show_ledger(kept: Sessions, date: dt.date | None, form: str, limit: int) -> None:
    """Print the ledger of a session, of the newest one unless a date is given.

    Raises
    ------
    NoData
        If there is none.
    """
    dates = kept.dates()
    if date is None and not dates:
        raise NoData("no session is kept; 'opentape serve' keeps what it takes")
    date = date or dates[-1]
    found = report_of(kept.stored(date), QualityQuery(limit=limit))
    if form == "json":
        told = msgspec.json.encode(msgspec.to_builtins(found) | {"date": date})
        click.echo(msgspec.json.format(told, indent=2).decode())
    else:
        click.echo("\n".join(lines_of(date, found)))


def lines_of(date: dt.date, found: QualityReply) -> Iterator[str]:
    """Yield a ledger as lines of text; times are UTC."""
    yield (
        f"{date}, up to {found.as_of[_TIME]} UTC: {found.rows:,} rows of options, "
        f"{found.numbered_rows:,} of them numbered, {found.stock_rows:,} of stocks."
    )
    if not found.totals:
        yield "Nothing was wrong."
        return
    yield ""
    yield from _table(
        ("kind", "count", "incidents", "first", "last", "what it is"),
        [
            (one.kind, f"{one.count:,}", f"{one.incidents:,}", one.first_ts[_TIME],
             one.last_ts[_TIME], one.text)
            for one in found.totals
        ],
    )  # fmt: skip
    yield ""
    yield from _table(
        ("symbol", "count", "of which"),
        [
            (one.symbol or "(feed)", f"{one.count:,}", _kinds(one.kinds))
            for one in found.symbols
        ],
    )
    if found.incidents:
        yield ""
        yield from _table(
            ("time", "kind", "symbol", "number", "what happened"),
            [_incident(one) for one in found.incidents],
        )
    if left := found.count - len(found.incidents):
        yield f"{left:,} older incidents are not shown."


def _kinds(kinds: dict[str, int]) -> str:
    return ", ".join(f"{kind} {count:,}" for kind, count in kinds.items())


def _incident(one: Incident) -> tuple[str, ...]:
    number = "-" if one.sequence is None else str(one.sequence)
    symbol = one.symbol or one.venue or "(feed)"
    return one.first_ts[_TIME], one.kind, symbol, number, one.text


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    lines = [head, *rows]
    widths = [max(len(line[at]) for line in lines) for at in range(len(head))]
    for line in lines:
        cells = (
            cell.rjust(width) if name in _RIGHT else cell.ljust(width)
            for name, cell, width in zip(head, line, widths, strict=True)
        )
        yield "  ".join(cells).rstrip()
