"""A morning's settled open interest from a file: columns, text or DBN statistics."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from opentape.feeds.raw import cells
from opentape.feeds.raw.cells import Cells, N, WrongType
from opentape.feeds.raw.inflate import Inflated
from opentape.feeds.raw.table import Block, Table, check_unique
from opentape.feeds.recognise import table_of
from opentape.market import osi
from opentape.market.contract import NO_CONTRACT, Contracts
from opentape.market.errors import BadFile
from opentape.market.money import MILLS
from opentape.market.open_interest import OpenInterest
from opentape.market.tape import SHOWN, Skips

_OPEN_INTEREST: Final = ("open_interest", "openinterest", "oi")
_SYMBOL: Final = ("symbol", "osi", "ticker", "contract", "option_symbol")
_ROOT: Final = ("root", *_SYMBOL)
"""Beside expiry, strike and right some vendors call the root a symbol."""
_EXPIRY: Final = ("expiry", "expiration")
_STRIKE: Final = ("strike",)
_RIGHT: Final = ("right", "option_type", "type")
_WANTED: Final = (*_OPEN_INTEREST, *_ROOT, *_EXPIRY, *_STRIKE, *_RIGHT)
_PUT: Final = {"C": 0, "CALL": 0, "P": 1, "PUT": 1}
_MOST: Final = (1 << 31) - 1
_HEAD: Final = 1 << 12
_COLUMNAR: Final = (b"PAR1", b"ARROW1", b"\xff\xff\xff\xff")
_ROOT_BYTES: Final = 8
_CLOSE: Final = 1e-3
_SHOWN: Final = 120


def read_open_interest(path: Path, contracts: Contracts) -> tuple[OpenInterest, Skips]:
    """Return the settled open interest in a file, and the rows that told none.

    The file is Parquet, Arrow, comma-separated values, JSON lines or DBN statistics, the
    text ones plain or packed. It has ``open_interest`` and either an option symbol in any
    spelling of `osi` or the four columns root, expiry, strike in dollars and right. Of two
    rows for a contract the later counts.

    Parameters
    ----------
    contracts : Contracts
        Gives each contract its key; none is added to it.

    Raises
    ------
    BadFile
        If the file is not such a file, or no row of it is of use.
    """
    skips = Skips()
    head = Inflated(path).head(_HEAD)
    if head.startswith(b"DBN"):
        found = _told_by_dbn(path, contracts)
    elif b"\0" in head and not head.startswith(_COLUMNAR):
        raise BadFile(
            "open interest is Parquet, Arrow, comma-separated values, JSON lines or DBN "
            f"statistics, was {path}, which is none of them"
        )
    else:
        table = table_of(path)
        _check(table)
        found = _told_by_rows(table, contracts, skips)
    if not len(found):
        raise BadFile(_why_empty(path, skips))
    return found, skips


def _why_empty(path: Path, skips: Skips) -> str:
    if not skips.total:
        return f"{path} holds no open interest"
    first = min((kept[0] for kept in skips.examples.values()), key=lambda skip: skip.row)
    return (
        f"{path} holds no open interest: all {skips.total} rows were skipped, the first, "
        f"row {first.row}, as {first.reason}, was {first.detail!r}"
    )


def _told_by_dbn(path: Path, contracts: Contracts) -> OpenInterest:
    # databento_dbn costs a tenth of a second, which only its own files should pay
    from opentape.feeds.databento import DbnSource  # noqa: PLC0415

    source = DbnSource(path)
    source.meet([source], contracts)
    return source.open_interest or OpenInterest.none()


def _told_by_rows(table: Table, contracts: Contracts, skips: Skips) -> OpenInterest:
    def refuse(reason: str, row: int, found: str) -> None:
        skips.add(reason, 1, [(row, found)])

    keys, amounts = list[NDArray[np.int64]](), list[NDArray[np.int64]]()
    for block in table.blocks(_WANTED, refuse):
        try:
            key, amount = _read(block, contracts, skips)
        except WrongType as error:
            raise BadFile(
                f"columns of open interest must hold {error} in {table.path}"
            ) from error
        keys.append(key)
        amounts.append(amount)
    if not keys:
        return OpenInterest.none()
    return OpenInterest(np.concatenate(keys), np.concatenate(amounts))


def _check(table: Table) -> None:
    check_unique(table.path, table.names, _WANTED)
    series = {"root": _ROOT, "expiry": _EXPIRY, "strike": _STRIKE, "right": _RIGHT}
    lacking = [name for name, spelt in series.items() if not set(spelt) & set(table.names)]
    if not set(_OPEN_INTEREST) & set(table.names):
        missing = "open_interest"
    elif not lacking or set(_SYMBOL) & set(table.names):
        return
    else:
        missing = lacking[0] if len(lacking) < len(series) else "symbol"
    shown = ", ".join(table.names)[:_SHOWN]
    raise BadFile(
        f"open interest needs the column {missing!r}, "
        f"was {table.path} with the columns {shown!r}"
    )


def _column(block: Block, names: tuple[str, ...]) -> pa.Array:
    """Return the first of `names` that the block has; `_check` saw that it has one."""
    return next(block.columns[name] for name in names if name in block.columns)


def _read(
    block: Block, contracts: Contracts, skips: Skips
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return keys and open interest of the rows of a block that tell both."""
    amount = cells.integers(_column(block, _OPEN_INTEREST))
    bad = amount.bad | amount.missing | (amount.values < 0) | (amount.values > _MOST)
    keys = _keys(block, contracts)
    unnamed = keys == NO_CONTRACT
    for reason, where, names in (
        ("bad_contract", unnamed, (*_SYMBOL, *_ROOT)),
        ("bad_open_interest", bad & ~unnamed, _OPEN_INTEREST),
    ):
        at = np.flatnonzero(where)
        shown = cells.plain(_column(block, names).take(pa.array(at[:SHOWN])))
        rows = block.rows[at[:SHOWN]].tolist()
        skips.add(reason, at.size, zip(rows, cells.texts(shown), strict=True))
    good = ~bad & ~unnamed
    return keys[good], amount.values[good].astype(np.int64)


def _keys(block: Block, contracts: Contracts) -> NDArray[np.int64]:
    """Return the key of each row by its symbol, else by its root, expiry, strike, right."""
    keys = np.full(block.rows.size, NO_CONTRACT, np.int64)
    symbol = block.find(*_SYMBOL)
    if symbol is not None:

        def packed(column: pa.Array) -> NDArray[np.int64]:
            return _symbol_keys(column, contracts)

        keys = _distinct(symbol, packed)
    series = [block.find(*names) for names in (_ROOT, _EXPIRY, _STRIKE, _RIGHT)]
    if (keys != NO_CONTRACT).all() or any(column is None for column in series):
        return keys
    return np.where(keys == NO_CONTRACT, _series_keys(series, contracts), keys)


def _symbol_keys(column: pa.Array, contracts: Contracts) -> NDArray[np.int64]:
    if not cells.is_text(column.type):
        raise WrongType(f"option symbols, was {column.type}")
    column = column.cast(pa.large_string())
    if column.null_count:
        keys = np.full(len(column), NO_CONTRACT, np.int64)
        keys[~cells.nulls(column)] = _symbol_keys(column.drop_null(), contracts)
        return keys
    _, offsets, data = column.buffers()
    octets = np.frombuffer(data or b"", np.uint8)
    bounds = np.frombuffer(offsets, np.int64)[column.offset :][: len(column) + 1]
    return contracts.pack_parsed(osi.parse_bytes(octets, bounds[:-1], bounds[1:]))


def _series_keys(
    series: "Sequence[pa.Array | None]", contracts: Contracts
) -> NDArray[np.int64]:
    root, expiry, strike, right = series
    days = _distinct(_encoded(expiry), _days)
    dollars = _distinct(_encoded(strike), _dollars)
    mills = np.rint(dollars * MILLS)
    whole = np.abs(dollars * MILLS - mills) < _CLOSE
    roots, root_at = cells.encoded(root)
    names = [text.strip().upper().replace(".", "")[:_ROOT_BYTES] for text in roots]
    rights, right_at = cells.encoded(right)
    puts = np.array([_PUT.get(text.strip().upper(), -1) for text in rights])[right_at]
    keys = contracts.pack(
        np.array([name.encode("ascii", "replace") for name in names])[root_at],
        days,
        np.where(whole & (mills < _MOST), mills, 0).astype(np.int64),
        puts > 0,
    )
    return np.where(puts < 0, NO_CONTRACT, keys)


def _days(column: pa.Array) -> NDArray[np.int64]:
    return _usable(cells.dates(column))


def _dollars(column: pa.Array) -> NDArray[np.float64]:
    return _usable(cells.floats(column))


def _usable(found: Cells[N]) -> NDArray[N]:
    """Return what was read, 0 where it was not: no expiry and no strike is 0."""
    return np.where(found.bad | found.missing, 0, found.values)


def _encoded(column: pa.Array) -> pa.Array:
    return column.dictionary_encode() if cells.is_text(column.type) else column


def _distinct(column: pa.Array, reading: Callable[[pa.Array], NDArray[N]]) -> NDArray[N]:
    """Read each entry of an encoded column's dictionary once, another column as it is."""
    if not pa.types.is_dictionary(column.type):
        return reading(column)
    entries = pa.concat_arrays([column.dictionary, pa.nulls(1, column.dictionary.type)])
    return reading(entries)[cells.indices(column, len(column.dictionary))]
