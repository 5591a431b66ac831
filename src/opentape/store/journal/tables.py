"""The tables of a journal, and the seal that every row carries.

A checksum of the columns seals the row's body, another one that and the row itself, so
that a row whose body went to the lake can still be checked.
"""

import struct
from typing import Final, NamedTuple, Self
from zlib import crc32

import msgspec

from opentape.desk.journal.ports import Delivered, Entry
from opentape.market.contract import Contracts
from opentape.store.journal.facts import Kept, Kind, Packed, pack, unpack

VERSION: Final = 1
"""Of the tables."""
TABLES: Final = """
CREATE TABLE about (number INTEGER PRIMARY KEY, body BLOB NOT NULL, crc INTEGER NOT NULL);
CREATE TABLE entries (
    number INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    instant_ns INTEGER NOT NULL,
    ticked_ns INTEGER NOT NULL,
    prints INTEGER NOT NULL,
    stocks INTEGER NOT NULL,
    chain_ns INTEGER NOT NULL,
    interest INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    first_ns INTEGER NOT NULL,
    last_ns INTEGER NOT NULL,
    named INTEGER NOT NULL,
    recorded INTEGER NOT NULL,
    body_crc INTEGER NOT NULL,
    crc INTEGER NOT NULL,
    about BLOB NOT NULL,
    body BLOB
);
CREATE TABLE named (
    number INTEGER PRIMARY KEY,
    entry INTEGER NOT NULL,
    body BLOB NOT NULL,
    crc INTEGER NOT NULL
);
CREATE TABLE recorded (
    number INTEGER PRIMARY KEY,
    entry INTEGER NOT NULL,
    symbol TEXT NOT NULL,
    body BLOB NOT NULL,
    hash BLOB NOT NULL
);
CREATE INDEX recorded_by_symbol ON recorded (symbol);
"""
INSERT: Final = f"INSERT INTO entries VALUES ({', '.join('?' * 17)})"  # noqa: S608
_NAMED: Final = struct.Struct("<2q")
_SEALED: Final = struct.Struct("<14q")


class About(msgspec.Struct, frozen=True, kw_only=True):
    """Whose journal a file is."""

    date: str
    """Trade date, ISO."""
    run: str
    feed: str
    version: int = VERSION
    """Of the tables; the one named `about` is the same in all."""
    entries: int | None = None
    """How many there are, None while there may be more."""
    signals: int | None = None
    record: str | None = None
    """Hash of the last of them."""
    gaps: int | None = None
    """Runs of numbers that never came, None while it is not known."""
    missing: int | None = None
    """Numbers in them."""


class Counts(NamedTuple):
    """How much a journal holds with an entry."""

    named: int
    """Rows of the table of that name."""
    recorded: int
    """Signals."""


class Row(NamedTuple):
    """A row of the table of entries."""

    number: int
    kind: int
    instant_ns: int
    ticked_ns: int
    prints: int
    stocks: int
    chain_ns: int
    interest: int
    rows: int
    first_ns: int
    last_ns: int
    named: int
    recorded: int
    body_crc: int
    crc: int
    about: bytes
    body: bytes | None

    @classmethod
    def of(cls, entry: Entry, counts: Counts) -> Self:
        """Return an entry as a row, sealed."""
        number, instant_ns, ticked_ns, delivered, fact = entry
        kind, rows, first_ns, last_ns, about, body = pack(fact)
        body_crc = crc32(body, crc32(about))
        plain = (
            number, int(kind), instant_ns, ticked_ns, *delivered,
            rows, first_ns, last_ns, *counts, body_crc,
        )  # fmt: skip
        return cls._make((*plain, crc32(_SEALED.pack(*plain)), about, body))

    @property
    def flaw(self) -> str | None:
        """What shows that it is not as it was written, None if nothing does."""
        try:
            if crc32(_SEALED.pack(*self[:14])) != self.crc:
                return "its checksum differs"
            if (
                self.body is not None
                and crc32(self.body, crc32(self.about)) != self.body_crc
            ):
                return "the checksum of its body differs"
        except (TypeError, struct.error):
            return "a column holds something else than it should"
        return None

    def fact(self, contracts: Contracts) -> Kept:
        """Return what its body says; it must be there, and without a flaw."""
        packed = Packed(
            Kind(self.kind), self.rows, self.first_ns, self.last_ns, self.about,
            self.body or b"",
        )  # fmt: skip
        return unpack(packed, contracts)

    def entry(self, fact: Kept) -> Entry:
        """Return the entry that it is, with what it holds."""
        delivered = Delivered(self.prints, self.stocks, self.chain_ns, self.interest)
        return Entry(self.number, self.instant_ns, self.ticked_ns, delivered, fact)


def named_crc(number: int, entry: int, body: bytes) -> int:
    """Return the checksum of a row of the table of names."""
    return crc32(body, crc32(_NAMED.pack(number, entry)))


def is_named(number: int, entry: int, body: bytes, crc: int) -> bool:
    """Return whether a row of the table of names is as it was written."""
    try:
        return named_crc(number, entry, body) == crc
    except (TypeError, struct.error):
        return False
