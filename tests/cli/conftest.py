"""One generated tape for all verbs, and a way to run them as a user does."""

import json
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner, Result

from opentape.cli.main import main

REPO = Path(__file__).resolve().parents[2]
MAKER = runpy.run_path(str(REPO / "scripts" / "make_tape.py"))

Run = Callable[..., Result]


class Day(NamedTuple):
    """A generated tape, its open interest, and what a plain replay of it answers."""

    tape: Path
    oi: Path
    signals: list[dict]


@pytest.fixture(scope="session")
def run() -> Run:
    """Run the command in this process; every argument may be a path."""

    def run_here(*arguments: object, columns: int = 120) -> Result:
        env = {"COLUMNS": str(columns), "NO_COLOR": "1"}
        return CliRunner().invoke(main, [str(a) for a in arguments], env=env)

    return run_here


@pytest.fixture(scope="session")
def day(tmp_path_factory: pytest.TempPathFactory, run: Run) -> Day:
    folder = tmp_path_factory.mktemp("day")
    tape, oi = folder / "tape.parquet", folder / "oi.parquet"
    MAKER["main"](["--prints", "6000", "--seed", "5", "--out", str(tape), "--oi", str(oi)])
    result = run("replay", tape, "--oi", oi, "--format", "ndjson")
    assert result.exit_code == 0, result.output
    return Day(tape, oi, decoded(result))


@pytest.fixture(scope="session")
def long_tape(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tape that takes some seconds to read when it is given many times over."""
    tape = tmp_path_factory.mktemp("long") / "tape.parquet"
    MAKER["main"](["--prints", "300000", "--seed", "5", "--out", str(tape)])
    return tape


@pytest.fixture
def command() -> Callable[..., subprocess.Popen[str]]:
    """Start the command in a process of its own."""

    def start(*arguments: object) -> subprocess.Popen[str]:
        return subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "opentape", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def decoded(result: Result) -> list[dict]:
    return [json.loads(line) for line in result.stdout.splitlines()]
