"""QuantConnect Lean option universes: a day's contracts with prices, interest and greeks.

The file of a day holds that session's volume and the open interest settled after it. It has
no quotes, and says neither whose contracts nor which day: its folder and its name do.
"""

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa

from opentape.feeds.chains.sift import part_of, sifted_table
from opentape.feeds.chains.told import Asked, Layout, Part, one_by_one
from opentape.feeds.raw import cells
from opentape.feeds.raw.inflate import Inflated
from opentape.feeds.raw.table import Block, Table, check_unique
from opentape.feeds.recognise import table_of
from opentape.feeds.source import Ledger
from opentape.market.calendar import at_new_york, session_of
from opentape.market.chain import UNKNOWN_TIME
from opentape.market.errors import BadFile, BadSetting
from opentape.market.roots import underlying_of

FIRST_NAMES: Final = (b"#expiry", b"#symbol_id")
"""What the header begins with: today's layout, and the one of 2024."""
_OURS: Final = {
    "#expiry": "expiry",
    "strike": "strike",
    "right": "right",
    "symbol_value": "symbol",
    "close": "last",
    "volume": "volume",
    "open_interest": "open_interest",
    "implied_volatility": "iv",
    "delta": "delta",
    "gamma": "gamma",
}
_CONTRACT: Final = (("#expiry", "strike", "right"), ("symbol_value",))
_DATE: Final = re.compile(r"(?<!\d)(\d{8})(?!\d)")
_ROOT: Final = re.compile(r"[A-Z][A-Z0-9]{0,5}")
_CLOSE: Final = dt.time(16)


def decode(file: Inflated, asked: Asked, ledger: Ledger, first_row: int) -> Part:
    """Return the contracts of one day; prices are dollars.

    Raises
    ------
    BadFile
        If a column is missing.
    BadSetting
        If neither the file's name nor the caller says whose contracts or which day.
    """
    table = table_of(file.path)
    check_unique(file.path, table.names, tuple(_OURS))
    if not any(set(table.names).issuperset(group) for group in _CONTRACT):
        raise BadFile(
            f"{LAYOUT.title} need the column {' and '.join(_CONTRACT[0])!r} or "
            f"{_CONTRACT[1][0]!r}, was {table.path} with {', '.join(table.names)[:120]!r}"
        )
    as_of = _close_of(file.path, asked)
    day = _Day(table, ledger, first_row)
    named = "symbol_value" in table.names
    found = sifted_table(
        table, day.contracts("" if named else _root(file.path, asked)), ledger, first_row
    )
    # a contract without volatility has zeros for greeks
    computed = ~np.isnan(found.iv)
    found = found._replace(
        delta=np.where(computed, found.delta, np.nan),
        gamma=np.where(computed, found.gamma, np.nan),
        spot=np.full(found.row.size, day.spot),
        as_of=np.full(found.row.size, as_of),
    )
    return part_of(table, found)


class _Day:
    """The rows of one file, the underlying's own told apart from its contracts'."""

    def __init__(self, table: Table, ledger: Ledger, first_row: int) -> None:
        self.spot = np.nan
        self._table = table
        self._ledger = ledger
        self._first_row = first_row

    def contracts(self, root: str) -> Iterator[Block]:
        """Yield blocks under our own names; `root` is given where rows name none."""
        for block in self._table.blocks(tuple(_OURS), self._refuse):
            kept = _without_underlying(block)
            if kept.spot is not None:
                self.spot = kept.spot
            columns = {_OURS[name]: column for name, column in kept.block.columns.items()}
            if root:
                columns["root"] = pa.array([root] * kept.block.rows.size, pa.string())
            yield Block(kept.block.rows, columns)

    def _refuse(self, reason: str, row: int, found: str) -> None:
        self._ledger.skips.add(reason, 1, [(row + self._first_row, found)])


class _Kept(NamedTuple):
    block: Block
    spot: float | None


def _without_underlying(block: Block) -> _Kept:
    """Return the rows of contracts, and the close of the row that names none."""
    columns = block.columns
    if "symbol_value" in columns:
        # the contract's symbol is fifteen characters longer than a ticker
        lengths = [len(text.strip()) for text in cells.texts(columns["symbol_value"])]
        own = np.array(lengths) <= 6  # noqa: PLR2004 (a root has six characters at most)
    else:
        own = np.logical_and.reduce([cells.nulls(columns[name]) for name in _CONTRACT[0]])
    if not own.any():
        return _Kept(block, None)
    rest = cells.from_numpy(np.flatnonzero(~own))
    kept = Block(block.rows[~own], {n: c.take(rest) for n, c in columns.items()})
    if "close" not in columns:
        return _Kept(kept, None)
    closes = cells.floats(columns["close"])
    return _Kept(kept, float(closes.values[np.flatnonzero(own)[-1]]))


def _close_of(path: Path, asked: Asked) -> int:
    """Return the close of the session that a file's name tells."""
    if asked.as_of_ns is not None:
        return UNKNOWN_TIME
    found = _DATE.findall(path.name)
    try:
        date = dt.datetime.strptime(found[-1], "%Y%m%d").date()  # noqa: DTZ007
    except (IndexError, ValueError) as error:
        raise BadSetting(
            f"{LAYOUT.title} are of the day in their name, or of --as-of, was {path}"
        ) from error
    session = session_of(date)
    return at_new_york(date, _CLOSE) if session is None else session.end_ns


def _root(path: Path, asked: Asked) -> str:
    """Return the root that a file's folder tells, unless another is asked for."""
    folder = path.absolute().parent.name.upper()
    told = folder if _ROOT.fullmatch(folder) else None
    wanted = asked.symbol
    if told and (wanted is None or underlying_of(told) == underlying_of(wanted)):
        return told
    if wanted is None:
        raise BadSetting(
            f"{LAYOUT.title} are of the symbol that names their folder, or of --symbol, "
            f"was {path}"
        )
    return wanted


LAYOUT: Final = Layout("QuantConnect Lean option universes", one_by_one(decode))
