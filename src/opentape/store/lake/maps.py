"""What stands where in a file of the lake."""

import msgspec

from opentape.store.lake.coding import Coding


class Group(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Rows of a slice that are read together."""

    first: int
    """The place of its first row in the slice, as it is sorted."""
    rows: int
    codings: tuple[Coding | None, ...]
    """Of each column but the rank."""
    start: int = 0
    """Bytes of the file, up to but without `end`."""
    end: int = 0
    crc: int = 0
    """Of those bytes, looked at whenever they are read."""


class Run(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Rows of one symbol in a slice; they are in the order they came."""

    symbol: str
    first: int
    rows: int


class Slice(msgspec.Struct, frozen=True, array_like=True):
    """Entries whose rows are sorted together."""

    first_entry: int
    end_entry: int
    """Number of the entry behind its last."""
    first: int
    """How many rows all slices before have."""
    rows: int
    first_group: int
    """Of the file."""
    groups: tuple[Group, ...]
    runs: tuple[Run, ...]
    """In the order of their names."""


class Map(msgspec.Struct, frozen=True, array_like=True):
    """A whole file."""

    name: str
    size: int
    """Bytes."""
    footer: int
    """Where its own description begins."""
    crc: int
    """Of that."""
    columns: dict[str, str]
    """SHA-256 of each column of the session, little-endian, in the order it came."""
    slices: tuple[Slice, ...]

    @property
    def ends(self) -> list[int]:
        """Where each group of rows ends in the file."""
        return [group.end for one in self.slices for group in one.groups]
