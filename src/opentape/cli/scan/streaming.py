"""What `opentape stream` does once its options are read."""

import itertools
from collections.abc import Mapping
from typing import Any

import click

from opentape.cli.scan.shown import Shown
from opentape.client import Client, StreamEvent
from opentape.scanner.options import ScannerOptions


def stream(
    server: ScannerOptions, asked: Mapping[str, Any], limit: int | None, *, form: str
) -> None:
    """Print what a stream tells until it is interrupted, or has told enough."""
    shown = Shown()
    cursor: str | None = None
    with Client(server.url, server.key or None) as client:
        try:
            for frame in itertools.islice(client.stream(**asked), limit):
                cursor = frame.cursor or cursor
                if form == "ndjson":
                    shown.json(frame)
                elif isinstance(frame, StreamEvent):
                    shown.plain(f"{frame.event} {frame.id or ''}".rstrip())
                else:
                    shown.row(frame)
        finally:
            if cursor is not None:
                click.echo(f"To go on after this: --cursor {cursor}", err=True)
