"""Arrow columns under our own names to the rows of a chain; every layout ends here.

Money stays as it is written, however absurd: `market.chain.quoted` is the judge of quotes.
Only what is no number, no count, no time or no contract makes a row unusable.
"""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.feeds.chains.told import UNKNOWN, Part, Told, told
from opentape.feeds.own import note_multipliers
from opentape.feeds.raw import cells
from opentape.feeds.raw.cells import WrongType
from opentape.feeds.raw.table import Block, Table
from opentape.feeds.source import Ledger
from opentape.feeds.values import FIRST_NS, PAST_NS, Sieve
from opentape.market.calendar import EPOCH, FIRST_DATE, LAST_DATE
from opentape.market.chain import UNKNOWN_COUNT, UNKNOWN_TIME
from opentape.market.errors import BadFile

SERIES: Final = ("root", "expiry", "strike", "right")
COLUMNS: Final = ("symbol", *SERIES, *UNKNOWN, "multiplier")
"""Every column that is read."""

_COUNTS: Final = {
    "bid_size": "bad_size",
    "ask_size": "bad_size",
    "volume": "bad_volume",
    "open_interest": "bad_open_interest",
}
_MONEY: Final = ("bid", "ask", "last", "spot")
_VENDOR: Final = ("iv", "delta", "gamma")
_TIMES: Final = ("ts_quote", "as_of")
_MOST: Final = (1 << 31) - 1
_FIRST_DAY: Final = (FIRST_DATE - EPOCH).days
_LAST_DAY: Final = (LAST_DATE - EPOCH).days
_FLOAT32_TICKS: Final = 1e4
_INFINITE: Final = ("inf", "infinity")


def sifted(block: Block, ledger: Ledger, first_row: int) -> Told:
    """Return the rows of a block that can be used; the others are counted and skipped.

    Parameters
    ----------
    block : Block
        Columns of `COLUMNS`, any of which may be absent but those of the contract.
    first_row : int
        The chain's row for row 0 of the block's file.

    Raises
    ------
    WrongType
        If a column's type is not one that can hold what is wanted of it.
    """
    for column in block.columns.values():
        # Arrow trusts what a file says of its own texts, down to reading past its end
        column.validate(full=True)
    sieve = Sieve(block, ledger, first_row)
    contract = _contracts(sieve)
    numbers = {name: _money(sieve, name) for name in _MONEY}
    numbers |= {name: _greek(sieve, name) for name in _VENDOR}
    # a price of nothing is no trade, a volatility of nothing is not computed
    for name in ("last", "spot", "iv"):
        numbers[name][numbers[name] <= 0] = np.nan
    counts = {name: _counts(sieve, name, reason) for name, reason in _COUNTS.items()}
    times = {name: _times(sieve, name) for name in _TIMES}
    note_multipliers(sieve, contract)
    return told(sieve.rows, contract, **numbers, **counts, **times).take(sieve.ok)


def sifted_table(table: Table, blocks: Iterable[Block], ledger: Ledger, row: int) -> Told:
    """Return the rows of a file's blocks that can be used.

    Raises
    ------
    BadFile
        If a column's type is not one that can hold what is wanted of it.
    """
    try:
        return Told.joined([sifted(block, ledger, row) for block in blocks])
    except WrongType as error:
        raise BadFile(f"{table.path} cannot be decoded: its {error}") from error


def part_of(table: Table, found: Told) -> Part:
    """Return what was found in a table that has been read."""

    def locate(row: int) -> str:
        return f"{table.path}{table.place_of(row)}"

    return Part(found, table.rows_seen, locate)


def _contracts(sieve: Sieve) -> NDArray[np.int32]:
    named = "symbol" in sieve.block.columns
    names = ("symbol",) if named else SERIES
    places = sieve.symbols("symbol") if named else sieve.series(SERIES)
    # the last one stands for no contract, which was refused already
    days = np.append(sieve.ledger.contracts.expiry_days, _FIRST_DAY)[places]
    sieve.refuse((days < _FIRST_DAY) | (days > _LAST_DAY), "bad_contract", *names)
    return places


def _money(sieve: Sieve, name: str) -> NDArray[np.float64]:
    if name not in sieve.block.columns:
        return np.full(sieve.rows.size, np.nan)
    found = sieve.read(name, cells.floats)
    sieve.refuse(found.bad | np.isinf(found.values), "bad_number", name)
    if found.values.dtype == np.float32:
        return np.rint(found.values.astype(np.float64) * _FLOAT32_TICKS) / _FLOAT32_TICKS
    return np.array(found.values)


def _greek(sieve: Sieve, name: str) -> NDArray[np.float64]:
    """Return what a vendor computed, which may be infinite or anything: then it is NaN."""
    if name not in sieve.block.columns:
        return np.full(sieve.rows.size, np.nan)
    found = sieve.read(name, cells.floats)
    bad = found.bad
    for at in np.flatnonzero(bad).tolist():
        text = cells.texts(cells.plain(sieve.block.columns[name].slice(at, 1)))[0]
        bad[at] = text.strip().lower().lstrip("+-") not in _INFINITE
    sieve.refuse(bad, "bad_number", name)
    values = found.values.astype(np.float64)
    return np.where(np.isfinite(values), values, np.nan)


def _counts(sieve: Sieve, name: str, reason: str) -> NDArray[np.int64]:
    if name not in sieve.block.columns:
        return np.full(sieve.rows.size, UNKNOWN_COUNT)
    found = sieve.read(name, cells.integers)
    outside = (found.values < 0) | (found.values > _MOST)
    sieve.refuse(found.bad | outside & ~found.missing, reason, name)
    return np.where(found.missing, UNKNOWN_COUNT, found.values)


def _times(sieve: Sieve, name: str) -> NDArray[np.int64]:
    if name not in sieve.block.columns:
        return np.full(sieve.rows.size, UNKNOWN_TIME)
    found = sieve.read(name, cells.instants)
    absent = found.missing | (found.values == UNKNOWN_TIME)
    outside = (found.values < FIRST_NS) | (found.values >= PAST_NS)
    sieve.refuse(found.bad | outside & ~absent, "bad_time", name)
    return np.where(absent, UNKNOWN_TIME, found.values)
