"""The command line: its verbs, its errors as one sentence each, its exit codes."""

import errno
from typing import ClassVar, Final, NoReturn

import click

from opentape import __version__
from opentape.cli.arguments import Run
from opentape.cli.backtest.backtest import backtest
from opentape.cli.chains.chain import chain
from opentape.cli.chains.price import iv, price
from opentape.cli.convert import convert
from opentape.cli.explain import explain
from opentape.cli.market.audit import audit
from opentape.cli.market.outcomes import outcomes
from opentape.cli.market.simulate import simulate
from opentape.cli.replay import replay
from opentape.cli.scan.card import card
from opentape.cli.scan.live import live
from opentape.cli.scan.scan import scan
from opentape.cli.scan.stream import stream
from opentape.cli.scan.top import top
from opentape.cli.scan.watch import watch
from opentape.cli.server.backup import backup, restore
from opentape.cli.server.keys import keys
from opentape.cli.server.openapi import openapi
from opentape.cli.server.serve import serve
from opentape.cli.server.sessions import sessions
from opentape.cli.server.verify import verify
from opentape.cli.server.warm import warm
from opentape.market.errors import OpentapeError

INTERRUPTED: Final = 130
"""Exit code after Ctrl-C, as shells know it."""


class Refused(click.ClickException):
    """What was asked for cannot be done: one sentence, exit code 2."""

    exit_code: ClassVar[int] = 2


class Verbs(click.Group):
    """The verbs, none of which ends in a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a verb and say in one sentence what stopped it.

        Raises
        ------
        Refused
            If the caller asked for what cannot be, or a file could not be written.
        """
        run = ctx.obj = Run()
        try:
            with run.listening():
                return super().invoke(ctx)
        except KeyboardInterrupt:
            interrupted(ctx, run)
        except Exception as error:
            if run.interrupted:
                interrupted(ctx, run)
            if (sentence := said(error)) is None:
                raise
            raise Refused(sentence) from error


def interrupted(ctx: click.Context, run: Run) -> NoReturn:
    """Say what Ctrl-C left behind, and leave."""
    click.echo(f"Interrupted; {run.written or 'nothing'} was written.", err=True)
    ctx.exit(INTERRUPTED)


def said(error: Exception) -> str | None:
    """Return one sentence on an error that is nobody's mistake here, else None."""
    if isinstance(error, OpentapeError):
        return _one_line(str(error))
    if isinstance(error, OSError) and error.errno != errno.EPIPE:
        return _one_line(_said_by_system(error))
    return None


def _said_by_system(error: OSError) -> str:
    if error.filename is None or error.strerror is None:
        return str(error)
    return f"{error.filename} cannot be used: {error.strerror}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


_HELP: Final = """Turn recorded option trades into scored signals, every point of which is
explained, and chains of quotes into vols, exposures and levels.

\b
opentape replay tape.parquet --oi oi.parquet
opentape explain tape.parquet ID --oi oi.parquet
opentape convert trades.csv.gz tape.parquet
opentape chain chain.parquet --plot chain.png
opentape price --spot 580 --strike 580 --dte 30 --vol 0.18
opentape iv --spot 580 --strike 580 --dte 30 --price 12.69
opentape simulate --out market
opentape audit market
opentape outcomes market
opentape backtest rules.toml --from 2026-05-01
opentape keys create
opentape sessions
opentape verify --scores
opentape backup monday.tar
opentape openapi --out openapi.json
opentape scan SPY QQQ --preset golden
opentape card
opentape top
opentape stream --min-score 70
opentape watch --rules rules.toml
opentape live
opentape warm
"""


@click.group(
    cls=Verbs,
    help=_HELP,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message="opentape %(version)s")
def main() -> None:
    """Group the verbs; what is told of them is `_HELP`."""


main.add_command(replay)
main.add_command(explain)
main.add_command(convert)
main.add_command(chain)
main.add_command(price)
main.add_command(iv)
main.add_command(simulate)
main.add_command(audit)
main.add_command(outcomes)
main.add_command(backtest)
main.add_command(keys)
main.add_command(backup)
main.add_command(restore)
main.add_command(sessions)
main.add_command(verify)
main.add_command(warm)
main.add_command(serve)
main.add_command(openapi)
main.add_command(scan)
main.add_command(card)
main.add_command(top)
main.add_command(stream)
main.add_command(watch)
main.add_command(live)
