"""`opentape serve`: the server of a market that is played, or simulated now."""

import datetime as dt
from pathlib import Path
from typing import Final

import click

from opentape.cli import arguments
from opentape.cli.arguments import positive

_SHOWN: Final = """
opentape serves {title}

  address   {url}
  key       {key}
  docs      {url}/docs

Three lines to paste:

  curl {header} '{url}/v1/flow/top?limit=5'
  curl {header} '{url}/v1/flow/signals/SPY?minScore=70'
  curl {header} -N '{url}/v1/stream/sse?minScore=50'

Ctrl-C ends it.
"""


@click.command
@click.argument("path", type=arguments.FILE, required=False)
@click.option(
    "--demo", is_flag=True, help="A simulated market whose prices move now, in ./demo."
)
@click.option(
    "--speed",
    type=positive,
    default=1.0,
    metavar="X",
    show_default=True,
    help="PATH is played so many times faster than it was.",
)
@click.option(
    "--from",
    "begin",
    type=click.DateTime(["%H:%M", "%H:%M:%S"]),
    metavar="HH:MM",
    help="Where PATH begins to be played, New York time; what was before is there at once.",
)
@click.option("--host", metavar="HOST", help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65_535), help="Port; 0 for any.")
@click.option(
    "--fresh", is_flag=True, help="Forget what was kept of the session and begin anew."
)
@click.option("--quiet", "-q", is_flag=True, help="No lines to paste, warnings only.")
@arguments.CONFIG
def serve(
    *,
    path: Path | None,
    demo: bool,
    speed: float,
    begin: dt.datetime | None,
    host: str | None,
    port: int | None,
    fresh: bool,
    quiet: bool,
    config: Path | None,
) -> None:
    """Answer questions about a market over HTTP, and stream it.

    PATH is the folder of a market, as `opentape simulate` writes it, or a tape alone. What
    is taken of it is kept, and a server that is started again goes on with it.
    """
    from opentape.cli.server.running import Asked, run

    if demo == (path is not None):
        raise click.UsageError("Give PATH or --demo.")
    time = begin.time() if begin else None
    asked = Asked(path, speed, time, host, port, config, fresh=fresh, quiet=quiet)
    run(asked, _SHOWN)
