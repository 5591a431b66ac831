"""Our own columns, for chains of any origin: docs/reference/chain-columns.md tells them."""

from typing import Final

from opentape.feeds.chains.sift import COLUMNS, SERIES, part_of, sifted_table
from opentape.feeds.chains.told import Asked, Layout, Part, Told, one_by_one
from opentape.feeds.raw.inflate import Inflated
from opentape.feeds.raw.table import Table, check_unique
from opentape.feeds.recognise import table_of
from opentape.feeds.source import Ledger
from opentape.market.chain import UNKNOWN_TIME
from opentape.market.errors import BadFile

NEEDED: Final = ("bid", "ask")
EITHER: Final = (("symbol",), SERIES)
"""One of these groups of columns must be there as a whole."""
_SHOWN: Final = 120


def decode(file: Inflated, asked: Asked, ledger: Ledger, first_row: int) -> Part:
    """Return the rows of a file of named columns; times are UTC, money dollars.

    Raises
    ------
    BadFile
        If a column is missing, comes twice or is of a type that cannot hold its values.
    """
    table = table_of(file.path)
    check_unique(file.path, table.names, COLUMNS)
    _check(table)

    def refuse(reason: str, row: int, found: str) -> None:
        ledger.skips.add(reason, 1, [(row + first_row, found)])

    blocks = table.blocks(COLUMNS, refuse)
    found = sifted_table(table, blocks, ledger, first_row)
    if "as_of" in table.names and asked.as_of_ns is None:
        found = _timed(found, ledger)
    return part_of(table, found)


def _timed(found: Told, ledger: Ledger) -> Told:
    """Return the rows that say what instant they are of; the others are skipped."""
    silent = found.as_of == UNKNOWN_TIME
    rows = found.row[silent].tolist()
    ledger.skips.add("bad_time", len(rows), ((row, "no as_of") for row in rows))
    return found.take(~silent)


def _check(table: Table) -> None:
    names = set(table.names)
    missing = [repr(name) for name in NEEDED if name not in names]
    if not any(names.issuperset(group) for group in EITHER):
        missing.append(" or ".join(repr(", ".join(group)) for group in EITHER))
    if missing:
        shown = ", ".join(table.names)[:_SHOWN]
        raise BadFile(
            f"a chain that is no vendor's needs {' and '.join(missing)}, "
            f"was {table.path} with the columns {shown!r}"
        )


LAYOUT: Final = Layout("opentape chain columns", one_by_one(decode), series=True)
