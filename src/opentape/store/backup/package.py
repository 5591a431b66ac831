"""A backup as a folder or as a tar archive: written, and read back file by file."""

import gzip
import hashlib
import os
import secrets
import shutil
import tarfile
import zlib
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, Literal, Protocol

import msgspec

from opentape.market.errors import BadFile
from opentape.store.aside import writing
from opentape.store.backup.about import ABOUT, FORMAT, SUMS, About, Done

ARCHIVES: Final = (".tar", ".tgz", ".tar.gz")
_AT_ONCE: Final = 1 << 20


class Package(Protocol):
    """A backup that is being written."""

    def take(self, folder: Path) -> None:
        """Move what stands in a folder into the backup, and note its hashes."""
        ...


class _Sums:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, folder: Path) -> Iterator[tuple[Path, str]]:
        """Yield each file of a folder and its name, with its hash noted."""
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                name = path.relative_to(folder).as_posix()
                with path.open("rb") as file:
                    self.lines.append(f"{_digest(file)}  {name}\n")
                yield path, name

    def text(self) -> str:
        """Return them as they are written."""
        return "".join(self.lines)


class _Folder(_Sums):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def take(self, folder: Path) -> None:
        """Move what stands in a folder into the backup, and note its hashes."""
        for path, name in self.note(folder):
            to = self._folder / name
            to.parent.mkdir(parents=True, exist_ok=True)
            sync(path)
            path.replace(to)


class _Archive(_Sums):
    def __init__(self, archive: tarfile.TarFile) -> None:
        super().__init__()
        self._archive = archive

    def take(self, folder: Path) -> None:
        """Move what stands in a folder into the backup, and note its hashes."""
        for path, name in self.note(folder):
            self._archive.add(path, name)
            path.unlink()


@contextmanager
def package(path: Path) -> Generator[Package, None, None]:
    """Yield a backup that stands at a path, whole, if all goes well.

    Raises
    ------
    BadFile
        If something stands there, or it cannot be written.
    """
    if path.exists() or not path.absolute().parent.is_dir():
        raise BadFile(f"a backup must be new, in a folder that exists, was {path}")
    if not path.name.endswith(ARCHIVES):
        with folder_aside(path.absolute().parent) as aside:
            taken = _Folder(aside)
            yield taken
            (aside / SUMS).write_text(taken.text(), encoding="utf-8")
            sync(aside / SUMS)
            aside.rename(path)
            sync(path.absolute().parent)
        return
    with writing(path) as aside, folder_aside(path.absolute().parent) as last:
        aside.chmod(0o600)
        mode: Literal["w", "w:gz"] = "w" if path.suffix == ".tar" else "w:gz"
        with tarfile.open(aside, mode, format=tarfile.PAX_FORMAT) as archive:
            packed = _Archive(archive)
            yield packed
            (last / SUMS).write_text(packed.text(), encoding="utf-8")
            archive.add(last / SUMS, SUMS)


def unpack(path: Path, into: Path) -> None:
    """Copy what a backup holds to a folder that is there; nothing of it is checked.

    Raises
    ------
    BadFile
        If there is no backup, or it cannot be read.
    """
    if path.is_dir():
        shutil.copytree(path, into, dirs_exist_ok=True)
    else:
        with _unpacking(path) as archive:
            archive.extractall(into, filter="data")
    for each in into.rglob("*"):
        sync(each)


def checked(path: Path) -> Done:
    """Return what is in a backup, every byte of which is as it was written.

    Raises
    ------
    BadFile
        If a file of it is missing, was added or changed, or a newer opentape made it.
    """
    found, small, size = dict[str, str](), dict[str, bytes](), 0
    for name, file in _files(path):
        found[name] = _digest(file)
        size += file.tell()
        if name in {SUMS, ABOUT}:
            file.seek(0)
            small[name] = file.read()
    told = _sums_of(small, path)
    del found[SUMS]
    if odd := found.keys() ^ told.keys():
        raise BadFile(
            f"the backup {path} must hold what {SUMS} says, differs in {min(odd)}"
        )
    for name, there in found.items():
        if there != told[name]:
            raise BadFile(f"the backup {path} is damaged: {name} is not what was written")
    return Done(about=_about(small, path), files=len(found), size=size)


def _files(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    if path.is_dir():
        for each in sorted(path.rglob("*")):
            if each.is_file():
                with each.open("rb") as file:
                    yield each.relative_to(path).as_posix(), file
        return
    with _unpacking(path) as archive:
        for member in archive:
            if (packed := archive.extractfile(member)) is not None:
                yield member.name, packed


@contextmanager
def _unpacking(path: Path) -> Generator[tarfile.TarFile, None, None]:
    if not path.is_file():
        raise BadFile(f"there is no backup {path}")
    try:
        with tarfile.open(path) as archive:
            yield archive
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BadFile(f"the backup {path} cannot be unpacked: {error}") from error


def _sums_of(small: Mapping[str, bytes], path: Path) -> dict[str, str]:
    if SUMS not in small:
        raise BadFile(f"a backup must have a {SUMS}, was {path}")
    lines = small[SUMS].decode(errors="replace").removesuffix("\n").split("\n")
    return {name: told for told, _, name in (line.partition("  ") for line in lines)}


def _about(small: Mapping[str, bytes], path: Path) -> About:
    try:
        about = msgspec.json.decode(small.get(ABOUT, b""), type=About)
    except msgspec.DecodeError as error:
        raise BadFile(f"a backup must have a {ABOUT} that is known, was {path}") from error
    if about.format > FORMAT:
        raise BadFile(
            f"a backup must be of format {FORMAT} or older, was {about.format}: "
            "a newer opentape made it"
        )
    return about


@contextmanager
def folder_aside(parent: Path) -> Generator[Path, None, None]:
    """Yield a hidden new folder that only its owner reads, gone after the block."""
    aside = parent / f".{secrets.token_hex(8)}.part"
    aside.mkdir(mode=0o700)
    try:
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _digest(file: IO[bytes]) -> str:
    made = hashlib.sha256()
    while part := file.read(_AT_ONCE):
        made.update(part)
    return made.hexdigest()


def sync(path: Path) -> None:
    """Make a file, or the names in a folder, last."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
