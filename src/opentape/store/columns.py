"""Numpy columns to Arrow columns, whole columns at a time."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from opentape.market.calendar import EPOCH
from opentape.market.contract import Contracts
from opentape.market.errors import BadFile
from opentape.market.money import dollars

Column: TypeAlias = Any
"""A column, or a table of them, of Arrow, which ships no types."""
INSTANT: Final = pa.timestamp("ns", "UTC")
WORD: Final = pa.dictionary(pa.int32(), pa.string())
RIGHTS: Final = ("C", "P")
"""By whether a contract is a put."""

pc: Any = pyarrow.compute
# its functions are made when it is imported: no checker sees them
_OSI_ROOT, _OSI_STRIKE = 6, 8
_2000, _2100 = 10_957, 47_482
"""Days from 1970 to the years between which a year of two digits is told."""


def words(codes: NDArray[np.integer], names: Sequence[str]) -> Column:
    """Return the name of each code, the names written once; codes index `names`."""
    places = {name: place for place, name in enumerate(dict.fromkeys(names))}
    by_code = np.array([places[name] for name in names], np.int32)
    return pa.DictionaryArray.from_arrays(
        pa.array(by_code[codes]), pa.array(list(places), pa.string())
    )


def lists(bits: NDArray[np.bool_], names: Sequence[str]) -> Column:
    """Return for each row of `bits` the names of those that are set, in their order."""
    _, code = np.nonzero(bits)
    ends = np.cumsum(np.count_nonzero(bits, axis=1))
    offsets = np.append(0, ends).astype(np.int32)
    return pa.ListArray.from_arrays(offsets, words(code, names))


def unpacked(masks: NDArray[np.int64], places: Sequence[int]) -> NDArray[np.bool_]:
    """Return the bits at `places` of each mask, a column a place."""
    octets = masks.astype("<i8").view(np.uint8).reshape(-1, 8)
    bits = np.unpackbits(octets[:, : max(places) // 8 + 1], axis=1, bitorder="little")
    return bits.view(np.bool_)[:, np.array(places)]


def known(values: NDArray[Any], where: NDArray[np.bool_]) -> Column:
    """Return a column that is null except `where`."""
    return pa.array(values, mask=~where)


def money(nanos: NDArray[np.int64]) -> Column:
    """Return nanodollars as dollars, null where unknown."""
    amount = dollars(nanos)
    return known(amount, ~np.isnan(amount))


def instants(ts_ns: NDArray[np.int64]) -> Column:
    """Return nanoseconds since 1970 UTC as timestamps."""
    return pa.array(ts_ns).cast(INSTANT)


def dates(days: NDArray[np.int64]) -> Column:
    """Return days since 1970 as dates."""
    return pa.array(days.astype(np.int32)).cast(pa.date32())


def struct(fields: Mapping[str, Column]) -> Column:
    """Return columns as one column of records."""
    return pa.StructArray.from_arrays(list(fields.values()), list(fields))


def joined(between: str, *columns: Column | NDArray[Any]) -> Column:
    """Return columns, written out as text, as one column of text."""
    texts = [pa.array(column).cast(pa.string()) for column in columns]
    return pc.binary_join_element_wise(*texts, between)


def each(places: NDArray[Any], spell: Callable[[NDArray[Any]], Column]) -> Column:
    """Return what `spell` makes of places, asked once for each distinct one."""
    encoded = pa.array(places).dictionary_encode()
    return pa.DictionaryArray.from_arrays(
        encoded.indices, spell(encoded.dictionary.to_numpy())
    )


def days_as_text(days: NDArray[np.int64], pattern: str) -> Column:
    """Return days since 1970 as text; each distinct day is written once."""
    distinct, at = np.unique(days, return_inverse=True)
    texts = [f"{EPOCH + timedelta(days=day):{pattern}}" for day in distinct.tolist()]
    return words(at, texts)


def osi_symbols(contracts: Contracts, places: NDArray[np.int32]) -> Column:
    """Return the 21-character OSI symbol of contracts.

    Raises
    ------
    BadFile
        If a contract is outside what the symbol can spell.
    """
    days, mills = contracts.expiry_days[places], contracts.strike_mills[places]
    unspelt = (days < _2000) | (days >= _2100) | (mills >= 10**_OSI_STRIKE)
    if unspelt.any():
        odd = contracts[int(places[np.argmax(unspelt)])]
        raise BadFile(
            "an OSI symbol has an expiry from 2000 to 2099 and a strike below $100,000, "
            f"was {odd.root} {odd.expiry} {odd.strike}"
        )
    root = words(contracts.root_codes[places], contracts.roots).cast(pa.string())
    strike = pa.array(mills).cast(pa.string())
    return joined(
        "",
        pc.utf8_rpad(root, _OSI_ROOT),
        days_as_text(days, "%y%m%d"),
        words(contracts.puts[places].astype(np.int8), RIGHTS),
        pc.utf8_lpad(strike, _OSI_STRIKE, "0"),
    )
