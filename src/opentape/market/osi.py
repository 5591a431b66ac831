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
from string import ascii_uppercase, digits
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

_TAIL: Final = 15
_ROOT_WIDTH: Final = 6
_WIDTH: Final = _ROOT_WIDTH + _TAIL
_CALL, _PUT, _ZERO, _NINE, _COLON = (ord(letter) for letter in "CP09:")
_2000: Final = 10_957
"""Days from 1970 to 2000, the century of every expiry."""
_DAYS_BEFORE: Final = np.array([0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334])
_DAYS_IN: Final = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_FEBRUARY: Final = 2

_UPPER: Final = np.frombuffer(bytes(range(256)).upper(), np.uint8)
_BLANK: Final = np.isin(np.arange(256), list(b" \t\r\n"))
_FILL: Final = np.isin(np.arange(256), list(b" _"))
_NAMES: Final = np.isin(np.arange(256), list(f"{digits}{ascii_uppercase}".encode()))


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
    octets = np.frombuffer("".join(texts).encode("ascii", "replace"), np.uint8)
    ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)))
    return parse_bytes(octets, np.append(0, ends)[:-1], ends)


def parse_bytes(
    octets: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> ParsedSymbols:
    """Return the contracts named by texts that stand in one run of bytes.

    Parameters
    ----------
    octets : uint8
        The texts, in ASCII.
    starts, ends : int64
        Where each begins and where it has ended.
    """
    grid, ok = _as_osi(_UPPER[octets], starts, ends)
    yymmdd, date_ok = _number(grid, range(_ROOT_WIDTH, _ROOT_WIDTH + 6))
    mills, strike_ok = _number(grid, range(_ROOT_WIDTH + 7, _WIDTH))
    right = grid[:, _ROOT_WIDTH + 6]
    roots, root_ok = _roots(grid)
    days, days_ok = _days(yymmdd)
    ok &= root_ok & date_ok & days_ok & strike_ok & (mills > 0)
    ok &= (right == _CALL) | (right == _PUT)
    return ParsedSymbols(roots, days, mills, right == _PUT, ok)


def spell(root: str, expiry_days: int, strike_mills: int, *, put: bool) -> str:
    """Return the 21-character OSI symbol.

    Examples
    --------
    >>> spell("SPY", 20441, 650_000, put=False)
    'SPY   251219C00650000'
    """
    date = str(np.datetime64(int(expiry_days), "D")).replace("-", "")[2:]
    return f"{root:<{_ROOT_WIDTH}}{date}{'P' if put else 'C'}{strike_mills:08d}"


def _as_osi(
    upper: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Return every text in 21 columns, and whether it could be brought into them.

    Texts that are OSI already, as whole files of them are, stay where they stand.
    """
    if starts.size and (ends - starts == _WIDTH).all() and (starts[1:] == ends[:-1]).all():
        grid = upper[starts[0] : ends[-1]].reshape(-1, _WIDTH)
        if not (_BLANK[grid[:, 0]].any() or (grid[:, 1] == _COLON).any()):
            return grid, ~_BLANK[grid[:, -1]]
    return _realigned(np.append(upper, np.uint8(0)), starts, ends)


def _realigned(
    upper: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    starts = _strip(upper, starts, ends, _BLANK, step=1)
    ends = _strip(upper, ends, starts, _BLANK, step=-1)
    ok = ends - starts > _TAIL
    tail = np.where(ok, ends, _TAIL) - _TAIL
    prefixed = upper.take(starts, mode="clip") == ord("O")
    prefixed &= upper.take(starts + 1, mode="clip") == _COLON
    starts = starts + 2 * prefixed
    size = _strip(upper, tail, starts, _FILL, step=-1) - starts
    ok &= (size > 0) & (size <= _ROOT_WIDTH)
    grid = np.empty((starts.size, _WIDTH), np.uint8)
    for at in range(_ROOT_WIDTH):
        letters = upper.take(starts + at, mode="clip")
        grid[:, at] = np.where(at < size, letters, ord(" "))
    for at in range(_TAIL):
        grid[:, _ROOT_WIDTH + at] = upper.take(tail + at, mode="clip")
    return grid, ok


def _strip(
    upper: NDArray[np.uint8],
    ends: NDArray[np.int64],
    others: NDArray[np.int64],
    fill: NDArray[np.bool_],
    *,
    step: int,
) -> NDArray[np.int64]:
    """Return one end of each text moved past what fills it up, towards the other end."""
    moved = ends.copy()
    left = np.arange(ends.size)
    while left.size:
        here = moved[left]
        filled = fill[upper.take(here + min(step, 0), mode="clip")]
        left = left[filled & ((others[left] - here) * step > 0)]
        moved[left] += step
    return moved


def _roots(grid: NDArray[np.uint8]) -> tuple[NDArray[np.bytes_], NDArray[np.bool_]]:
    roots = np.ascontiguousarray(grid[:, :_ROOT_WIDTH])
    fill = _FILL[roots]
    ok = (_NAMES[roots] | fill).all(axis=1) & ~fill[:, 0]
    ok &= (fill[:, 1:] | ~fill[:, :-1]).all(axis=1)
    roots *= ~fill
    return roots.view(f"S{_ROOT_WIDTH}").reshape(-1), ok


def _number(
    grid: NDArray[np.uint8], places: range
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return the number written at `places` of each row, and whether one is."""
    number = np.zeros(len(grid), np.int32)
    ok = np.ones(len(grid), np.bool_)
    for place in places:
        digit = grid[:, place] - np.uint8(_ZERO)
        ok &= digit <= _NINE - _ZERO
        number *= 10
        number += digit
    return np.where(ok, number, 0), ok


def _days(yymmdd: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    year, month, day = yymmdd // 10_000, yymmdd // 100 % 100, yymmdd % 100
    ok = (month >= 1) & (month < _DAYS_IN.size)
    month *= ok
    leap = year % 4 == 0
    ok &= (day >= 1) & (day <= _DAYS_IN[month] + (leap & (month == _FEBRUARY)))
    days = _2000 + year * 365 + (year + 3) // 4 + _DAYS_BEFORE[month] + day - 1
    return np.where(ok, days + (leap & (month > _FEBRUARY)), 0).astype(np.int32), ok
