"""A server from its options to its end."""

import datetime as dt
from pathlib import Path
from typing import Final, NamedTuple

import click
import msgspec

from opentape.desk.clock import SystemClock
from opentape.wiring.keys import owners_key
from opentape.wiring.played import Played, at_speed
from opentape.wiring.server import run as run_server
from opentape.wiring.server import server
from opentape.wiring.settings import Settings, load_settings

DEMO: Final = Path("demo")


class Asked(NamedTuple):
    """The options of the verb."""

    path: Path | None
    """None for the demo."""
    speed: float
    begin: dt.time | None
    host: str | None
    port: int | None
    config: Path | None
    quiet: bool


def run(asked: Asked, shown: str) -> None:
    """Serve what was asked for until the process is told to stop."""
    settings = _settings(asked)
    clock = SystemClock()
    if asked.path is None:
        from opentape.cli.server.demo import demo_feed

        found = demo_feed(DEMO, clock, quiet=asked.quiet)
        key = owners_key(settings, DEMO / "key", clock.wall_ns())
    else:
        found, key = at_speed(asked.path, clock, asked.speed, asked.begin), None
    for complaint in found.complaints:
        click.echo(complaint, err=True)
    made = server(settings, found.feed, found.beside, clock)

    def listening(port: int) -> None:
        if not asked.quiet:
            click.echo(_lines(shown, found, settings.server.host, port, key))

    run_server(made, listening)


def _settings(asked: Asked) -> Settings:
    settings = load_settings(asked.config)
    changes = {"host": asked.host, "port": asked.port}
    given = {name: value for name, value in changes.items() if value is not None}
    store = settings.store
    if asked.path is None:
        store = msgspec.structs.replace(store, folder=str(DEMO))
    return msgspec.structs.replace(
        settings, server=msgspec.structs.replace(settings.server, **given), store=store
    )


def _lines(shown: str, found: Played, host: str, port: int, key: str | None) -> str:
    """Return what is printed once the server listens."""
    name = f"[{host}]" if ":" in host else host
    return shown.format(
        title=found.feed.name,
        url=f"http://{name}:{port}",
        key=key or "none is needed from this machine while 'opentape keys list' is empty",
        header=f"-H 'X-Api-Key: {key}'" if key else "",
    )
