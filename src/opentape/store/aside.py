"""Files that appear whole or not at all."""

import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from opentape.market.errors import BadFile


@contextmanager
def writing(path: Path) -> Generator[Path, None, None]:
    """Yield a hidden name beside `path` to write to; it becomes `path` if all goes well.

    Whatever ends the block early, Ctrl-C too, leaves `path` as it was and nothing beside
    it. A link is followed: what it points to is replaced.

    Raises
    ------
    BadFile
        If `path` is no place for a file, or its disk refuses what is written.
    """
    target = Path(os.path.realpath(path))
    aside = target.parent / f".{secrets.token_hex(8)}.part"
    try:
        _check(path, target)
        aside.touch(exist_ok=False)
        yield aside
        _sync(aside)
        aside.replace(target)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise BadFile(f"{path} cannot be written: {reason}") from error
    finally:
        with suppress(OSError):
            aside.unlink()


def _check(path: Path, target: Path) -> None:
    if target.is_dir():
        raise BadFile(f"a file to write must not be a folder, was {path}")
    if not target.parent.is_dir():
        raise BadFile(f"a file to write must be in a folder that exists, was {path}")
    if target.exists() and not target.is_file():
        raise BadFile(f"a file to write must be no device and no pipe, was {path}")


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
