"""Arrow columns of any sensible type to numpy: numbers, instants, dates and codes.

Text is read by Arrow's own parsers in one go; only if that fails are the cells that are
at fault looked for. Nothing here raises for a bad cell: it is marked.
"""

import datetime as dt
import math
import re
from collections.abc import Callable
from functools import cache
from typing import Any, Final, Generic, NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from opentape.market.calendar import NEW_YORK, SECOND_NS

DAY_NS: Final = 86_400 * SECOND_NS
pc: Any = pyarrow.compute
# its functions are made when it is imported: no checker sees them
_EPOCH: Final = dt.datetime(1970, 1, 1)  # noqa: DTZ001
_UNIT_NS: Final = {"s": SECOND_NS, "ms": 1_000_000, "us": 1_000, "ns": 1}
_ZONED: Final = re.compile(r"(Z|[+-]\d\d:?\d\d)$")
_DTYPES: Final = {
    pa.int32(): np.int32,
    pa.int64(): np.int64,
    pa.float32(): np.float32,
    pa.float64(): np.float64,
}
_PATTERNS: Final = {
    pa.float64(): r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$|^(?i:nan)$",
    pa.int64(): r"^-?\d{1,19}(\.0*)?$",
    pa.timestamp("ns"): r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?)?$",
    pa.timestamp("ns", "UTC"): r"^\d{4}-\d\d-\d\d[T ][\d:.]+(Z|[+-]\d\d:?\d\d)$",
}


class WrongType(TypeError):
    """A column of a type that cannot hold what is wanted of it."""


N = TypeVar("N", np.int64, np.float64)


class Cells(NamedTuple, Generic[N]):
    """A column as numpy; what stands where `bad` or `missing` hold is of no use."""

    values: NDArray[N]
    bad: NDArray[np.bool_]
    """Cells that hold something else than what is wanted."""
    missing: NDArray[np.bool_]
    """Cells that hold nothing: null, empty or (of floats) NaN."""


_Reading = Callable[[pa.Array], Cells[np.int64]]


def floats(column: pa.Array) -> Cells[np.float64]:
    """Return numbers as float64, float32 kept as it is; NaN where missing."""
    column = plain(column)
    kind = column.type
    if is_text(kind):
        column, bad = _parsed(column, pa.float64())
    elif pa.types.is_floating(kind):
        wide = pa.float32() if kind == pa.float16() else kind
        column, bad = column.cast(wide), none_of(column)
    elif pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        column, bad = column.cast(pa.float64(), safe=False), none_of(column)
    else:
        raise WrongType(f"numbers, was {kind}")
    values = _filled(column, math.nan)
    return Cells(values, bad, np.isnan(values) & ~bad)


def integers(column: pa.Array) -> Cells[np.int64]:
    """Return whole numbers as int64; floats are taken where they are whole."""
    column = plain(column)
    kind = column.type
    if is_text(kind):
        column, bad = _parsed(column, pa.int64())
    elif pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        column, bad = _whole(column)
    elif pa.types.is_integer(kind):
        column = column.cast(pa.int64(), safe=False)
        wrapped = kind == pa.uint64()
        bad = _true(pc.less(column, 0)) if wrapped else none_of(column)
    else:
        raise WrongType(f"whole numbers, was {kind}")
    missing = nulls(column) & ~bad
    return Cells(_filled(column, 0), bad, missing)


def instants(column: pa.Array) -> Cells[np.int64]:
    """Return instants as nanoseconds since 1970 UTC; a time without a zone is UTC.

    Whole numbers are nanoseconds already; text is ISO 8601 or such a number.
    """
    column = plain(column)
    kind = column.type
    if is_text(kind):
        return _first_that_fits(column, _readings(column, _naive_text))
    if pa.types.is_timestamp(kind):
        return _scaled(integers(column.cast(pa.int64())), _UNIT_NS[kind.unit])
    if pa.types.is_integer(kind):
        return integers(column)
    raise WrongType(f"timestamps, was {kind}")


def new_york(column: pa.Array) -> Cells[np.int64]:
    """Return wall-clock times in New York (or times with a zone) as instants."""
    column = plain(column)
    if pa.types.is_timestamp(column.type) and column.type.tz is None:
        local = instants(column)
        return local._replace(values=from_new_york(local.values))
    if is_text(column.type):
        return _first_that_fits(column, _readings(column, _wall_text)[:2])
    return instants(column)


def from_new_york(local_ns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return wall-clock nanoseconds in New York as instants.

    A whole date takes its offset at noon: nothing trades while clocks are changed.
    """
    if not local_ns.size:
        return local_ns
    days = local_ns // DAY_NS
    first = int(days.min())
    if first == int(days.max()):
        return local_ns - _offset_ns(first)
    distinct, place = np.unique(days, return_inverse=True)
    offsets = np.array([_offset_ns(day) for day in distinct.tolist()])
    return local_ns - offsets[place]


def dates(column: pa.Array) -> Cells[np.int64]:
    """Return dates as days since 1970: Arrow dates, ``2025-12-19`` or ``20251219``."""
    column = plain(column)
    if pa.types.is_temporal(column.type):
        days = column.cast(pa.date32(), safe=False).cast(pa.int32())
        return Cells(_filled(days, 0).astype(np.int64), none_of(column), nulls(column))
    if is_text(column.type):
        short = pc.utf8_slice_codeunits(pc.utf8_trim_whitespace(column), 0, 10)
        column = pc.replace_substring(short, "-", "")
    found = integers(column)
    days, ok = _days(found.values)
    return Cells(days, found.bad | ~ok & ~found.missing, found.missing)


def texts(column: pa.Array) -> list[str]:
    """Return a column's cells as text, the empty text for null."""
    if not is_text(column.type):
        column = column.cast(pa.string())
    try:
        return [cell or "" for cell in column.to_pylist()]
    except UnicodeDecodeError:
        cells = column.cast(pa.binary()).to_pylist()
        return [(cell or b"").decode("utf-8", "backslashreplace") for cell in cells]


def encoded(column: pa.Array) -> tuple[list[str], NDArray[np.int64]]:
    """Return the distinct texts of a column and which each row holds.

    The last of the texts is empty and stands for null.
    """
    column = encoding(column)
    found = texts(column.dictionary)
    return [*found, ""], indices(column, len(found))


def encoding(column: pa.Array) -> pa.Array:
    """Return a column as a dictionary and places in it."""
    if pa.types.is_dictionary(column.type):
        return column
    if pa.types.is_nested(column.type):
        raise WrongType(f"texts or numbers, was {column.type}")
    return plain(column).dictionary_encode()


def indices(column: pa.Array, null: int) -> NDArray[np.int64]:
    """Return the places in its dictionary of an encoded column, `null` where null."""
    places = column.indices
    if places.type not in _DTYPES:
        places = places.cast(pa.int64())
    return _filled(places, null).astype(np.int64, copy=False)


def joined(first: pa.Array, second: pa.Array, between: str) -> pa.Array:
    """Return two columns of text as one."""
    return pc.binary_join_element_wise(first, second, between)


def from_numpy(
    values: NDArray[np.int64], given: NDArray[np.bool_] | None = None
) -> pa.Array:
    """Return whole numbers as a column, null where not `given`.

    Arrow's own bridges import pandas, for half a second, to ask if it is needed.
    """
    mask = None
    if given is not None and not given.all():
        mask = pa.py_buffer(np.packbits(given, bitorder="little"))
    return pa.Array.from_buffers(pa.int64(), values.size, [mask, pa.py_buffer(values)])


def to_numpy(column: pa.Array) -> NDArray[Any]:
    """Return a column of numbers or truths, numbers without a copy; null is any value."""
    start, past = column.offset, column.offset + len(column)
    octets = column.buffers()[1] or b""
    if pa.types.is_boolean(column.type):
        bits = np.frombuffer(octets, np.uint8)
        return np.unpackbits(bits, count=past, bitorder="little")[start:].view(np.bool_)
    return np.frombuffer(octets, _DTYPES[column.type], past)[start:]


def plain(column: pa.Array) -> pa.Array:
    """Return a column with its dictionary, if it has one, written out."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if _is_wide_text(column.type) or pa.types.is_null(column.type):
        column = column.cast(pa.string())
    return column


def is_text(kind: pa.DataType) -> bool:
    """Return whether a type holds text."""
    return pa.types.is_string(kind) or _is_wide_text(kind)


def _is_wide_text(kind: pa.DataType) -> bool:
    return pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def nulls(column: pa.Array) -> NDArray[np.bool_]:
    """Return which cells are null."""
    if not column.null_count:
        return none_of(column)
    return to_numpy(column.is_null())


def none_of(column: pa.Array) -> NDArray[np.bool_]:
    """Return a mask that holds nowhere."""
    return np.zeros(len(column), np.bool_)


def _parsed(column: pa.Array, kind: pa.DataType) -> tuple[pa.Array, NDArray[np.bool_]]:
    """Return text as `kind`, null where it is not one, and where that is."""
    try:
        return column.cast(kind), none_of(column)
    except pa.ArrowInvalid:
        trimmed = pc.utf8_trim_whitespace(column)
        given = pc.not_equal(trimmed, "")
        likely = pc.match_substring_regex(trimmed, _PATTERNS[kind])
        if kind == pa.int64():
            # what pandas writes where a column of whole numbers has gaps
            trimmed = pc.replace_substring_regex(trimmed, r"\.0*$", "")
        cells = _halved(pc.if_else(likely, trimmed, None), kind)
        return cells, _true(given) & nulls(cells)


def _halved(column: pa.Array, kind: pa.DataType) -> pa.Array:
    try:
        return column.cast(kind)
    except pa.ArrowInvalid:
        if len(column) == 1:
            return pa.nulls(1, kind)
        half = len(column) // 2
        return pa.concat_arrays(
            [_halved(column[:half], kind), _halved(column[half:], kind)]
        )


def _readings(column: pa.Array, naive: _Reading) -> tuple[_Reading, ...]:
    """Return the ways to read times, the one that the first cell asks for in front."""
    first = column.drop_null()[:1].to_pylist()
    if first and first[0].isdigit():
        return integers, naive, _zoned_text
    if first and _ZONED.search(first[0]):
        return _zoned_text, naive, integers
    return naive, _zoned_text, integers


def _naive_text(column: pa.Array) -> Cells[np.int64]:
    stamps, bad = _parsed(column, pa.timestamp("ns"))
    return Cells(_filled(stamps.cast(pa.int64()), 0), bad, nulls(stamps) & ~bad)


def _wall_text(column: pa.Array) -> Cells[np.int64]:
    local = _naive_text(column)
    return local._replace(values=from_new_york(local.values))


def _zoned_text(column: pa.Array) -> Cells[np.int64]:
    stamps, bad = _parsed(column, pa.timestamp("ns", "UTC"))
    return Cells(_filled(stamps.cast(pa.int64()), 0), bad, nulls(stamps) & ~bad)


def _first_that_fits(column: pa.Array, readings: tuple[_Reading, ...]) -> Cells[np.int64]:
    found = readings[0](column)
    for reading in readings[1:]:
        if not found.bad.any():
            break
        other = reading(column)
        values = np.where(found.bad, other.values, found.values)
        found = Cells(values, found.bad & other.bad, found.missing)
    return found


def _whole(column: pa.Array) -> tuple[pa.Array, NDArray[np.bool_]]:
    values = _filled(column.cast(pa.float64()), math.nan)
    whole = (np.abs(values) < 2.0**53) & (values == np.floor(values))
    bad = ~whole & ~np.isnan(values)
    return from_numpy(np.where(whole, values, 0).astype(np.int64), whole), bad


def _scaled(found: Cells[np.int64], factor: int) -> Cells[np.int64]:
    over = np.abs(found.values) > np.iinfo(np.int64).max // factor
    values = np.where(over, 0, found.values) * factor
    return Cells(values, found.bad | over & ~found.missing, found.missing)


def _filled(column: pa.Array, value: float) -> NDArray[Any]:
    values = to_numpy(column)
    if column.null_count:
        values = values.copy()
        values[nulls(column)] = value
    return values


def _true(mask: pa.Array) -> NDArray[np.bool_]:
    return to_numpy(mask) & ~nulls(mask)


def _days(yyyymmdd: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    year, month, day = yyyymmdd // 10_000, yyyymmdd // 100 % 100, yyyymmdd % 100
    known = (year >= 1900) & (year < 2200) & (month >= 1) & (month <= 12) & (day >= 1)  # noqa: PLR2004
    months = np.where(known, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    found = months.astype("datetime64[D]") + np.where(known, day - 1, 0)
    ok = known & (found.astype("datetime64[M]") == months)
    return found.astype(np.int64), ok


@cache
def _offset_ns(day: int) -> int:
    noon = (_EPOCH + dt.timedelta(days=day, hours=12)).replace(tzinfo=NEW_YORK)
    offset = noon.utcoffset() or dt.timedelta()
    return int(offset.total_seconds()) * SECOND_NS
