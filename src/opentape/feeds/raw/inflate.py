"""A file's bytes, unpacked where it is gzip or Zstandard, whatever its name says."""

import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

import zstandard

from opentape.market.errors import BadFile

GZIP: Final = b"\x1f\x8b"
ZSTD: Final = b"\x28\xb5\x2f\xfd"
_CHUNK: Final = 1 << 18
_GZIP_OR_ZLIB: Final = zlib.MAX_WBITS | 32


class Inflated:
    """The bytes of a file, packed or not, with how far it has been read."""

    def __init__(self, path: Path) -> None:
        """Look at the first bytes of `path`.

        Raises
        ------
        BadFile
            If there is no such file, or it is empty or cannot be read.
        """
        self.path = path
        self.size = _size(path)
        self._read = 0
        with naming(path), path.open("rb") as file:
            magic = file.read(4)
        self.packing = (
            "gzip" if magic[:2] == GZIP else "Zstandard" if magic == ZSTD else None
        )

    @property
    def share_read(self) -> float:
        """How much of the file has been read, 0 to 1."""
        return self._read / self.size

    def chunks(self) -> Iterator[bytes]:
        """Yield the unpacked bytes from the start.

        Raises
        ------
        BadFile
            If the file is packed and ends too early or is damaged.
        """
        if self.packing is None:
            yield from self._raw()
            return
        try:
            yield from self._unpacked()
        except (zlib.error, zstandard.ZstdError) as error:
            raise BadFile(f"{self.path} is damaged {self.packing}: {error}") from error

    def head(self, length: int) -> bytes:
        """Return the first `length` unpacked bytes, fewer if there are no more."""
        found = b""
        for chunk in self.chunks():
            found += chunk
            if len(found) >= length:
                break
        self._read = 0
        return found[:length]

    def _raw(self) -> Iterator[bytes]:
        self._read = 0
        with naming(self.path), self.path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                self._read += len(chunk)
                yield chunk

    def _unpacked(self) -> Iterator[bytes]:
        open_frame: Callable[[], _Frame] = (
            _gzip_frame if self.packing == "gzip" else _zstd_frame
        )
        frame = open_frame()
        begun = False
        for packed in self._raw():
            rest = packed
            while rest:
                if frame.eof:
                    frame = open_frame()
                unpacked, rest = frame.decompress(rest), b""
                begun = True
                if unpacked:
                    yield unpacked
                if frame.eof:
                    rest = frame.unused_data.lstrip(b"\0")
        if begun and not frame.eof:
            raise BadFile(f"{self.path} is cut short: its {self.packing} stream has no end")


class _Frame(Protocol):
    """What `zlib` and `zstandard` agree on."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


def _gzip_frame() -> _Frame:
    return zlib.decompressobj(_GZIP_OR_ZLIB)


def _zstd_frame() -> _Frame:
    return zstandard.ZstdDecompressor().decompressobj()


def _size(path: Path) -> int:
    with naming(path):
        size = path.stat().st_size
        if path.is_dir():
            raise BadFile(f"what is read must be a file, was the directory {path}")
        if not path.is_file():
            raise BadFile(f"what is read must be a file, was the pipe or device {path}")
    if not size:
        raise BadFile(f"{path} is empty")
    return size


@contextmanager
def naming(path: Path) -> Generator[None, None, None]:
    """Turn what the file system says into one sentence that names the file."""
    try:
        yield
    except FileNotFoundError as error:
        raise BadFile(f"there is no file {path}") from error
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror or error}") from error
