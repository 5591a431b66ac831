"""A row an expiry, with as many columns as there is room for."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import msgspec
from rich.text import Text

from opentape.cli import words
from opentape.desk.chain.reply import ExpiryRow

_INDENT: Final = 2
_GAP: Final = 2


class Column(msgspec.Struct, frozen=True):
    """One column of the table."""

    title: str
    rank: int
    """Columns are fitted in this order: 0 comes first."""
    cell: Callable[[ExpiryRow], str]
    style: Callable[[ExpiryRow], str] = lambda _: ""
    left: bool = False


def lines(rows: Sequence[ExpiryRow], width: int) -> Iterator[Text]:
    """Yield a header and a line an expiry."""
    fitted = fit(rows, width)
    heads = [_padded(column.title, column, wide) for column, wide in fitted]
    yield Text(" " * _INDENT + (" " * _GAP).join(heads).rstrip(), "bright_black")
    for row in rows:
        line = Text(" " * _INDENT)
        for at, (column, wide) in enumerate(fitted):
            line.append(" " * _GAP * (at > 0))
            line.append(_padded(column.cell(row), column, wide), column.style(row))
        line.rstrip()
        yield line


def fit(rows: Sequence[ExpiryRow], width: int) -> list[tuple[Column, int]]:
    """Return the columns that fit and their widths, the most telling ones first."""
    room = width - _INDENT + _GAP
    kept: dict[int, tuple[Column, int]] = {}
    for at, column in sorted(enumerate(COLUMNS), key=lambda pair: pair[1].rank):
        cells = [column.cell(row) for row in rows]
        if column.title == "settles" and set(cells) <= {"PM"}:
            continue
        wide = max(map(len, [column.title, *cells]))
        if column.rank and wide + _GAP > room:
            continue
        room -= wide + _GAP
        kept[at] = (column, wide)
    return [kept[at] for at in sorted(kept)]


def _padded(text: str, column: Column, width: int) -> str:
    return text.ljust(width) if column.left else text.rjust(width)


def _price(price: float | None) -> str:
    return "-" if price is None else f"{price:.2f}"


def _strike(price: float | None) -> str:
    return "-" if price is None else words.strike(price)


def _carry(row: ExpiryRow) -> str:
    mark = {"parity": "", "given": " given"}.get(row.carry_from, " default")
    return f"{words.percent(row.carry, 2)}{mark}"


def _by_gex(row: ExpiryRow) -> str:
    if not row.net_gex:
        return ""
    return "green" if row.net_gex > 0 else "red"


def _faint(_row: ExpiryRow) -> str:
    return "bright_black"


COLUMNS: Final[tuple[Column, ...]] = (
    Column("expiry", 0, lambda e: words.expiry(e.expiry), left=True),
    Column("settles", 1, lambda e: e.settlement, _faint, left=True),
    Column("dte", 0, lambda e: str(e.dte)),
    Column("forward", 2, lambda e: _price(e.forward)),
    Column("carry %", 7, _carry),
    Column("ATM %", 0, lambda e: words.percent(e.atm_iv)),
    Column("skew", 1, lambda e: words.percent(e.skew_25d)),
    Column("put 25d", 8, lambda e: words.percent(e.put_25d_iv)),
    Column("call 25d", 8, lambda e: words.percent(e.call_25d_iv)),
    Column("1 sd", 1, lambda e: _price(e.expected_move)),
    Column("SVI", 6, lambda e: e.svi_status.replace("_", " "), _faint, left=True),
    Column("max pain", 3, lambda e: _strike(e.max_pain)),
    Column("call OI", 4, lambda e: words.count(e.call_oi)),
    Column("put OI", 4, lambda e: words.count(e.put_oi)),
    Column("solved", 5, lambda e: f"{e.solved:,}/{e.contracts:,}", _faint),
    Column("net GEX", 0, lambda e: words.signed_usd(e.net_gex), _by_gex),
)
"""In the order they stand; rank says which are shown where there is little room."""
