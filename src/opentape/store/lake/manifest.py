"""What every byte of a session in the lake was, part by part, and which is another now."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from opentape.desk.journal.ports import Finding
from opentape.store.journal.database import FACTS
from opentape.store.lake.facts import maps_of

NAME: Final = "manifest.json"
_CHUNK: Final = 1 << 16


class Part(msgspec.Struct, frozen=True, gc=False):
    """Bytes of a file, from `start` up to but without `end`."""

    place: str
    start: int
    end: int
    sha256: str


class File(msgspec.Struct, frozen=True):
    """A file by its parts, which leave no byte out."""

    name: str
    parts: tuple[Part, ...]


class Manifest(msgspec.Struct, frozen=True):
    """All files of a session."""

    files: tuple[File, ...]
    sha256: str
    """Of `files` as JSON: it names the content of the session."""


def seal(folder: Path) -> None:
    """Write what every byte of a session is."""
    files = [
        File(one.name, tuple(_parts(folder / one.name, cuts)))
        for one in maps_of(folder)
        for cuts in [[(f"row group {at}", end) for at, end in enumerate(one.ends)]]
    ]
    files.append(File(FACTS, tuple(_parts(folder / FACTS, []))))
    manifest = Manifest(tuple(files), _hash(files))
    (folder / NAME).write_bytes(msgspec.json.encode(manifest))


def session_hash(folder: Path) -> str | None:
    """Return the hash that names what a session holds; None for one not in the lake."""
    try:
        return _read(folder).sha256
    except (OSError, ValueError, msgspec.MsgspecError):
        return None


def findings(folder: Path) -> Iterator[Finding]:
    """Yield each part of a session's files that is not as it was written."""
    try:
        manifest = _read(folder)
    except OSError as error:
        yield Finding(NAME, "the file", f"cannot be read: {error.strerror}")
        return
    except (ValueError, msgspec.MsgspecError) as error:
        yield Finding(NAME, "the file", f"is not what was written: {error}")
        return
    if _hash(manifest.files) != manifest.sha256:
        yield Finding(NAME, "the file", "is not what was written: its SHA-256 differs")
    for file in manifest.files:
        yield from _compared(folder / file.name, file.parts)


def _read(folder: Path) -> Manifest:
    return msgspec.json.decode((folder / NAME).read_bytes(), type=Manifest)


def _hash(files: Sequence[File]) -> str:
    return sha256(msgspec.json.encode(files)).hexdigest()


def _parts(path: Path, cuts: Sequence[tuple[str, int]]) -> Iterator[Part]:
    """Yield the parts of a file: up to each cut, and what is behind the last in chunks."""
    size, start = path.stat().st_size, 0
    with path.open("rb") as file:
        for place, end in cuts:
            yield Part(place, start, end, sha256(file.read(end - start)).hexdigest())
            start = end
        place = "its description" if cuts else "its pages"
        while start < size:
            end = min(start + _CHUNK, size)
            yield Part(place, start, end, sha256(file.read(end - start)).hexdigest())
            start = end


def _compared(path: Path, parts: Sequence[Part]) -> Iterator[Finding]:
    try:
        with path.open("rb") as file:
            for part in parts:
                body = file.read(part.end - part.start)
                if sha256(body).hexdigest() != part.sha256:
                    where = f"{part.place}, bytes {part.start:,} to {part.end - 1:,}"
                    yield Finding(path.name, where, "is not what was written")
            if file.read(1):
                end = parts[-1].end if parts else 0
                yield Finding(path.name, f"behind byte {end - 1:,}", "was not written")
    except OSError as error:
        yield Finding(path.name, "the file", f"cannot be read: {error.strerror}")
