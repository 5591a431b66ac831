"""`opentape warm`: compiles every kernel ahead, on all cores, so that nobody waits later.

It runs the verbs themselves on a small market, each in a process of its own, and then a
server over it: what they need is what is compiled.
"""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import click

from opentape.cli import arguments
from opentape.market.errors import OpentapeError

_OPTION: Final = ("--spot", "580", "--strike", "580", "--dte", "30", "--style", "american")
_FAULTS: Final = "duplicate=0.01,disorder=0.01,clock-skew=0.3"
"""What a sound feed does not need may not be compiled while a broken one is folded."""
STEPS: Final[Sequence[Sequence[tuple[str, ...]]]] = (
    (
        (
            "simulate",
            "--out",
            "{}",
            "--symbols",
            "SPY,SPX",
            "--prints",
            "1500",
            "--faults",
            _FAULTS,
            "-q",
        ),
        ("price", *_OPTION, "--vol", "0.18"),
    ),
    (
        ("iv", *_OPTION, "--price", "12.69"),
        ("chain", "{}/chain/1300.parquet", "--symbol", "SPX", "-q"),
    ),
    (
        ("chain", "{}/chain/1300.parquet", "--symbol", "SPY", "-q"),
        ("replay", "{}", "--chain", "{}/chain/1300.parquet", "-q"),
    ),
)
"""Verbs that run at once, step by step; ``{}`` is the market. Those of one step share as
little as can be, for what two processes compile at once is compiled twice."""


@click.command
@arguments.QUIET
def warm(*, quiet: bool) -> None:
    """Compile everything ahead: a minute or two once, nothing on later runs."""
    # numba takes half a second to import, which --help should not
    from opentape.wiring.warm import is_warm, set_warm

    if is_warm():
        return
    if not quiet:
        click.echo("Compiling kernels, a minute or two; this happens once.", err=True)
    with tempfile.TemporaryDirectory() as folder:
        market = Path(folder) / "market"
        compile_all(market)
        serve_once(market)
    set_warm()


def compile_all(market: Path) -> None:
    """Run every step; `market` is where a small market is made.

    Raises
    ------
    OpentapeError
        If a verb fails.
    """
    for step in STEPS:
        with ThreadPoolExecutor(len(step)) as threads:
            for _ in threads.map(_run, [_named(verb, market) for verb in step]):
                pass


def serve_once(market: Path) -> None:
    """Play a market through a server and ask it everything.

    Raises
    ------
    OpentapeError
        If it has no answer.
    """
    from opentape.wiring.logs import configure
    from opentape.wiring.rehearsal import rehearse

    configure(quiet=True)
    rehearse(market, market.parent)


def _named(verb: Sequence[str], market: Path) -> list[str]:
    return [part.replace("{}", str(market)) for part in verb]


def _run(verb: Sequence[str]) -> None:
    command = [sys.executable, "-m", "opentape", *verb]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if ended.returncode:
        last = (ended.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise OpentapeError(f"compiling ahead failed in {verb[0]!r}: {last}")
