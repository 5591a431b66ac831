"""A server from its options to its end."""

import datetime as dt
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

import click
import msgspec

from opentape.desk.clock import Clock, SystemClock
from opentape.wiring.feed import (
    PlayedMarket,
    open_moved,
    open_played,
    read_beside,
)
from opentape.wiring.keys import owners_key
from opentape.wiring.logs import configure
from opentape.wiring.server import run as run_server
from opentape.wiring.server import server
from opentape.wiring.sessions import kept_sessions
from opentape.wiring.settings import Settings, load_settings

DEMO: Final = Path("demo")
_NO_KEY: Final = "none is needed from this machine until 'opentape keys create' made one"


class Asked(NamedTuple):
    """The options of the verb."""

    path: Path | None
    """None for the demo."""
    speed: float
    begin: dt.time | None
    host: str | None
    port: int | None
    config: Path | None
    fresh: bool
    quiet: bool


def run(asked: Asked, shown: str) -> None:
    """Serve what was asked for until the process is told to stop."""
    settings, clock = _settings(asked), SystemClock()
    configure(quiet=asked.quiet)
    found = _demo(settings, clock, asked) if asked.path is None else _given(asked, clock)
    beside = read_beside(found.path)
    for complaint in beside.complaints:
        click.echo(complaint, err=True)
    sessions = kept_sessions(settings)
    if asked.fresh:
        sessions.forget(found.feed.date)
    made = server(settings, found.feed, beside.beside, clock, sessions)

    def listening(port: int) -> None:
        if not asked.quiet:
            click.echo(_lines(shown, found, settings.server.host, port))

    # the server ends by itself on Ctrl-C, and is told of it once more when it has ended
    with suppress(KeyboardInterrupt):
        run_server(made, listening)


class _Found(NamedTuple):
    path: Path
    feed: PlayedMarket
    key: str | None


def _demo(settings: Settings, clock: Clock, asked: Asked) -> _Found:
    from opentape.cli.server.demo import demo_made

    market = demo_made(DEMO, clock, quiet=asked.quiet)
    feed = open_moved(market.folder, market.shift_ns, clock=clock)
    return _Found(market.folder, feed, owners_key(settings, DEMO / "key", clock.wall_ns()))


def _given(asked: Asked, clock: Clock) -> _Found:
    path = asked.path or Path()
    feed = open_played(path, speed=asked.speed, begin=asked.begin, clock=clock)
    return _Found(path, feed, None)


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


def _lines(shown: str, found: _Found, host: str, port: int) -> str:
    """Return what is printed once the server listens."""
    name = f"[{host}]" if ":" in host else host
    return shown.format(
        title=found.feed.name,
        url=f"http://{name}:{port}",
        key=found.key
        or "none is needed from this machine while 'opentape keys list' is empty",
        header=f"-H 'X-Api-Key: {found.key}'" if found.key else "",
    )
