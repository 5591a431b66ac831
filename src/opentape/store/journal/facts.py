"""Facts to bytes, and back."""

from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from opentape.desk.journal.ports import Settled, Solved
from opentape.desk.ports import Tick
from opentape.market.chain import Chain
from opentape.market.columns import DTYPES, PrintBatch, StockBatch
from opentape.market.contract import Contracts
from opentape.market.open_interest import OpenInterest
from opentape.store.journal.arrow import Layout

Kept = PrintBatch | StockBatch | Chain | OpenInterest | Tick | Solved | Settled
"""What an entry may hold: `Entry.fact`, spelt out."""


class Kind(IntEnum):
    """What an entry holds."""

    PRINTS = 1
    STOCKS = 2
    CHAIN = 3
    INTEREST = 4
    TICK = 5
    SOLVED = 6
    SETTLED = 7


class Packed(NamedTuple):
    """A fact as a row of the journal has it."""

    kind: Kind
    rows: int
    """Of its columns; 0 for what has none."""
    first_ns: int
    """`ts_event` of its first row, 0 for what has none."""
    last_ns: int
    about: bytes
    """What stands beside the columns: msgpack, empty for most kinds."""
    body: bytes
    """An Arrow record batch without its schema, or JSON."""


PRINTS: Final = Layout(DTYPES)
STOCKS: Final = Layout(
    {name: np.int32 if name == "symbol" else np.int64 for name in StockBatch._fields}
)
_COUNTS: Final = ("bid_size", "ask_size", "volume", "open_interest", "ts_quote")
_CHAIN_TYPES: Final[dict[str, type[np.generic]]] = {
    name: np.int64 if name in _COUNTS else np.float64 for name in Chain._fields[5:]
}
CHAIN: Final = Layout({"contract": np.int32} | _CHAIN_TYPES)
INTEREST: Final = Layout({"key": np.int64, "contracts": np.int64})


class _About(NamedTuple):
    """What a chain is beside its columns."""

    underlying: str
    as_of: int
    spot: float


_about: Final = msgspec.msgpack.Decoder(_About)


def pack(fact: Kept) -> Packed:
    """Return a fact as bytes; the table that its places point into is kept elsewhere."""
    match fact:
        case PrintBatch():
            return _timed(Kind.PRINTS, fact.ts_event, PRINTS.write(fact))
        case StockBatch():
            return _timed(Kind.STOCKS, fact.ts_event, STOCKS.write(fact))
        case Chain():
            about = msgspec.msgpack.encode(_About(*fact[:3]))
            body = CHAIN.write(fact[4:])
            return Packed(Kind.CHAIN, fact.rows, fact.as_of, fact.as_of, about, body)
        case OpenInterest():
            body = INTEREST.write((fact.keys, fact.counts))
            return Packed(Kind.INTEREST, len(fact), 0, 0, b"", body)
        case _:
            return _packed_word(fact)


def _packed_word(fact: Tick | Solved | Settled) -> Packed:
    return Packed(_WORDS[type(fact)], 0, 0, 0, b"", msgspec.json.encode(fact))


def unpack(packed: Packed, contracts: Contracts) -> Kept:
    """Return the fact that was packed; columns may be written to.

    Raises
    ------
    ValueError
        If it is none.
    """
    kind, rows, _, _, about, body = packed
    if read := _COLUMNS.get(kind):
        return read(body, rows)
    if kind == Kind.CHAIN:
        named = _about.decode(about)
        return Chain(*named, contracts, *CHAIN.read(body, rows))
    word = next(word for word, its_kind in _WORDS.items() if its_kind == kind)
    return msgspec.json.decode(body, type=word)


def _timed(kind: Kind, ts: NDArray[np.int64], body: bytes) -> Packed:
    first, last = (int(ts[0]), int(ts[-1])) if ts.size else (0, 0)
    return Packed(kind, ts.size, first, last, b"", body)


_WORDS: Final[Mapping[type[Tick | Solved | Settled], Kind]] = {
    Tick: Kind.TICK,
    Solved: Kind.SOLVED,
    Settled: Kind.SETTLED,
}
_COLUMNS: Final[Mapping[Kind, Callable[[bytes, int], Kept]]] = {
    Kind.PRINTS: lambda body, rows: PrintBatch._make(PRINTS.read(body, rows)),
    Kind.STOCKS: lambda body, rows: StockBatch._make(STOCKS.read(body, rows)),
    Kind.INTEREST: lambda body, rows: OpenInterest(*INTEREST.read(body, rows)),
}
