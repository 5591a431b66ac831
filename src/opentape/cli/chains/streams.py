"""Where answers and summaries go."""

import sys
from typing import Final, TextIO

import msgspec
from rich.console import Console

from opentape.market.errors import BadSetting

FIRST_RUN: Final = "Compiling kernels: a minute on the first run, nothing on later ones."


def output() -> TextIO:
    """Return standard output, which is None where a shell has closed it (``>&-``).

    Raises
    ------
    BadSetting
        If it has.
    """
    stream: TextIO | None = getattr(sys, "stdout", None)
    if stream is None:
        raise BadSetting("standard output must be open, was closed")
    return stream


def errors() -> Console:
    """Return standard error, for lines that are shown as they are."""
    return Console(stderr=True, highlight=False, markup=False, emoji=False)


def write_json(answer: msgspec.Struct) -> None:
    """Write an answer to standard output as one JSON document."""
    sink = output().buffer
    sink.write(msgspec.json.format(msgspec.json.encode(answer), indent=2) + b"\n")
    sink.flush()
