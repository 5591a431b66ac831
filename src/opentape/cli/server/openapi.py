"""`opentape openapi`: the document of the server's routes, without a server."""

from pathlib import Path

import click

from opentape.cli import arguments


@click.command
@click.option(
    "--out",
    "-o",
    type=arguments.FILE,
    metavar="FILE",
    help="Write it there, in place of standard output.",
)
def openapi(*, out: Path | None) -> None:
    """Print the OpenAPI document: every route, parameter, error and field."""
    from opentape.wiring.build import write_file
    from opentape.wiring.server import openapi as told

    if out is None:
        click.echo(told().decode(), nl=False)
    else:
        write_file(out, told())
