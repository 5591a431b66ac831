"""One writer a session, and how far it had come."""

import fcntl
import os
import struct
import time
from contextlib import suppress
from pathlib import Path
from typing import Final
from zlib import crc32

from opentape.market.errors import BadFile, StoreFailed

NAME: Final = "lock"
_TRIES: Final = 5
_PAUSE_S: Final = 0.01
_MARK: Final = struct.Struct("<QI")


class Lock:
    """Held from when it is made until it is let go of, or the process ends.

    The file also says how many entries were acknowledged. That is written after each of
    them and never flushed, so it is never ahead of the journal; where the journal is
    behind it, entries were lost.
    """

    def __init__(self, folder: Path) -> None:
        """Take the lock of a session's folder.

        Raises
        ------
        BadFile
            If another one holds it.
        StoreFailed
            If the folder is no place for it.
        """
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        try:
            self._file = os.open(folder / NAME, flags, 0o600)
        except OSError as error:
            raise StoreFailed(f"{folder} cannot be written: {error}") from error
        if not _locked(self._file, fcntl.LOCK_EX):
            os.close(self._file)
            raise BadFile(
                f"a session must be written by one process alone, was {folder}, which "
                "another one writes"
            )

    def mark(self, end: int) -> None:
        """Note how many entries were acknowledged."""
        body = end.to_bytes(8, "little")
        # a mark is a precaution: the entry itself is on disk
        with suppress(OSError):
            os.pwrite(self._file, _MARK.pack(end, crc32(body)), 0)

    def close(self) -> None:
        """Let go of it; the file stays."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def is_held(folder: Path) -> bool:
    """Return whether some process writes a session."""
    try:
        file = os.open(folder / NAME, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return not _locked(file, fcntl.LOCK_SH)
    finally:
        os.close(file)


def _locked(file: int, how: int) -> bool:
    """Take a lock; who only looks whether it is held lets go of it at once."""
    for _ in range(_TRIES):
        try:
            fcntl.flock(file, how | fcntl.LOCK_NB)
        except OSError:
            time.sleep(_PAUSE_S)
        else:
            return True
    return False


def marked(folder: Path) -> int:
    """Return how many entries a session acknowledged, 0 where that is not known."""
    try:
        with (folder / NAME).open("rb") as file:
            end, crc = _MARK.unpack(file.read(_MARK.size))
    except (OSError, struct.error):
        return 0
    return end if crc32(end.to_bytes(8, "little")) == crc else 0
