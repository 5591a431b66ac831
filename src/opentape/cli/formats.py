"""Signals for machines: lines of JSON, one JSON document, comma-separated values."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from operator import attrgetter
from typing import Any, BinaryIO, Final, NamedTuple, TypeGuard

import msgspec

from opentape.desk.replay import Replayed, Signal

_AT_ONCE: Final = 2_000


class Column(NamedTuple):
    """One column of a flattened signal."""

    title: str
    """As the wire spells it, nested names joined by a dot."""
    path: str
    """The same in Python."""
    several: bool
    """Whether it holds a list."""


def write_ndjson(replayed: Replayed, sink: BinaryIO) -> None:
    """Write one signal a line."""
    encoder = msgspec.json.Encoder()
    sink.writelines(encoder.encode_lines(some) for some in _parts(replayed.rows()))


def write_json(replayed: Replayed, sink: BinaryIO) -> None:
    """Write one document: ``{"summary": ..., "signals": [...]}``."""
    encoder = msgspec.json.Encoder()
    sink.write(b'{"summary":' + encoder.encode(replayed.summary) + b',"signals":[')
    lead = b"\n"
    for some in _parts(replayed.rows()):
        sink.write(lead + encoder.encode_lines(some).rstrip().replace(b"\n", b",\n"))
        lead = b",\n"
    sink.write(b"\n]}\n")


def write_csv(replayed: Replayed, sink: BinaryIO) -> None:
    """Write one signal a line, a header always, nothing for what is unknown."""
    columns = flattened(Signal)
    several = [at for at, column in enumerate(columns) if column.several]
    read: Callable[[Signal], tuple[Any, ...]] = attrgetter(*(c.path for c in columns))
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow([column.title for column in columns])
    for some in _parts(replayed.rows()):
        lines.writerows(_row(read(signal), several) for signal in some)
        sink.write(text.getvalue().encode())
        text.seek(0)
        text.truncate()
    sink.write(text.getvalue().encode())


def flattened(
    struct: type[msgspec.Struct], title: str = "", path: str = ""
) -> list[Column]:
    """Return the columns of a struct, those of its structs in their place."""
    columns: list[Column] = []
    for field in msgspec.structs.fields(struct):
        its_title, its_path = title + field.encode_name, path + field.name
        if is_struct(field.type):
            columns += flattened(field.type, f"{its_title}.", f"{its_path}.")
        else:
            columns.append(Column(its_title, its_path, several=field.type == list[str]))
    return columns


def is_struct(kind: object) -> TypeGuard[type[msgspec.Struct]]:
    """Return whether a field holds a struct."""
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _row(values: tuple[Any, ...], several: Iterable[int]) -> list[Any]:
    row = list(values)
    for at in several:
        row[at] = ";".join(row[at])
    return row


def _parts(signals: Iterator[Signal]) -> Iterator[list[Signal]]:
    while some := list(islice(signals, _AT_ONCE)):
        yield some
