"""Text to contract and back: the only parser of option symbols.

Four spellings, one shape: a root of one to six characters and a tail of fifteen
(``YYMMDD``, ``C`` or ``P``, the strike in mills on eight digits).

=================  ==========================
OSI                ``SPY   251219C00650000``
compact            ``SPY251219C00650000``
Massive, Polygon   ``O:SPY251219C00650000``
Intrinio           ``SPY___251219C00650000``
=================  ==========================
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

_TAIL: Final = 15
_WIDTH: Final = 24
"""Bytes kept of a text; one byte more than the longest spelling can be."""
_ROOT_WIDTH: Final = 6
_CALL, _PUT, _ZERO, _NINE = (ord(letter) for letter in "CP09")


class ParsedSymbols(NamedTuple):
    """Symbols as columns; a row whose `ok` is false holds nothing of use."""

    roots: NDArray[np.bytes_]
    expiry_days: NDArray[np.int32]
    """Days since 1970-01-01."""
    strike_mills: NDArray[np.int32]
    puts: NDArray[np.bool_]
    ok: NDArray[np.bool_]


def parse_many(texts: Sequence[str]) -> ParsedSymbols:
    """Return the contracts that `texts` name, in any of the four spellings.

    Examples
    --------
    >>> parse_many(["O:SPXW251219P06500000"]).roots
    array([b'SPXW'], dtype='|S6')
    """
    raw = np.array([text.encode("ascii", "replace") for text in texts], dtype=f"S{_WIDTH}")
    letters = np.char.upper(np.char.strip(raw)).astype(f"S{_WIDTH}")
    length = np.char.str_len(letters)
    grid = np.ascontiguousarray(letters).view(np.uint8).reshape(-1, _WIDTH)
    roots, root_ok = _roots(grid, length)
    tail_at = np.maximum(length - _TAIL, 0)[:, None] + np.arange(_TAIL)
    tail = np.take_along_axis(grid, np.minimum(tail_at, _WIDTH - 1), axis=1)
    days, date_ok = _days(_digits(tail, 0, 6))
    mills = _digits(tail, 7, _TAIL)
    puts = tail[:, 6] == _PUT
    right_ok = puts | (tail[:, 6] == _CALL)
    ok = (length > _TAIL) & (length < _WIDTH) & root_ok & date_ok & right_ok & (mills > 0)
    return ParsedSymbols(roots, days, mills.astype(np.int32), puts, ok)


def spell(root: str, expiry_days: int, strike_mills: int, *, put: bool) -> str:
    """Return the 21-character OSI symbol.

    Examples
    --------
    >>> spell("SPY", 20441, 650_000, put=False)
    'SPY   251219C00650000'
    """
    date = str(np.datetime64(int(expiry_days), "D")).replace("-", "")[2:]
    return f"{root:<{_ROOT_WIDTH}}{date}{'P' if put else 'C'}{strike_mills:08d}"


def _roots(
    grid: NDArray[np.uint8], length: NDArray[np.int64]
) -> tuple[NDArray[np.bytes_], NDArray[np.bool_]]:
    head = np.where(np.arange(_WIDTH) < (length - _TAIL)[:, None], grid, 0).astype(np.uint8)
    heads = np.ascontiguousarray(head).view(f"S{_WIDTH}").reshape(-1)
    prefixed = np.char.startswith(heads, b"O:")
    if prefixed.any():
        heads = np.where(prefixed, np.char.replace(heads, b"O:", b"", count=1), heads)
    heads = np.char.rstrip(heads, b" _")
    sized = np.char.str_len(heads)
    ok = (sized > 0) & (sized <= _ROOT_WIDTH) & np.char.isalnum(heads)
    return heads.astype(f"S{_ROOT_WIDTH}"), ok


def _digits(tail: NDArray[np.uint8], start: int, stop: int) -> NDArray[np.int64]:
    """Return the number written in columns of `tail`, -1 where one is no digit."""
    part = tail[:, start:stop]
    whole = ((part >= _ZERO) & (part <= _NINE)).all(axis=1)
    powers = 10 ** np.arange(stop - start - 1, -1, -1)
    return np.where(whole, (part.astype(np.int64) - _ZERO) @ powers, -1)


def _days(yymmdd: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    year, month, day = yymmdd // 10_000, yymmdd // 100 % 100, yymmdd % 100
    known = (yymmdd >= 0) & (month >= 1) & (month <= 12) & (day >= 1)
    months = np.where(known, (30 + year) * 12 + month - 1, 0).astype("datetime64[M]")
    dates = months.astype("datetime64[D]") + np.where(known, day - 1, 0)
    ok = known & (dates.astype("datetime64[M]") == months)
    return dates.astype(np.int64).astype(np.int32), ok
