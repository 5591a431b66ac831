"""A process may die at any instant: what it acknowledged stands, once, and as it was."""

import json
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import pytest

import markets
from faults.kills import Outcome
from faults.pressed import FAULTS
from faults.table import Row

CODE = "import sys; sys.path[:0] = {!r}; from faults.kills import main; main()"
PRINTS = 15_000
SEED = 17


@pytest.fixture
def busy(tmp_path) -> Path:
    """Two days of three underlyings."""
    names = ("SPY", "NVDA", "AAPL")
    return markets.folder(
        tmp_path / "busy",
        PRINTS,
        days=2,
        symbols=names,
        snapshot_minutes=120,
        faults=FAULTS,
    )


def outcomes(market: Path, folder: Path, kills: int) -> Generator[Outcome]:
    """Kill in a process of its own, which runs no thread when it forks."""
    asked = [str(market), str(folder), str(kills), str(SEED)]
    command = [sys.executable, "-c", CODE.format(sys.path), *asked]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        try:
            for line in process.stdout:
                yield Outcome(*json.loads(line))
        except GeneratorExit:
            process.kill()
            return
    assert process.returncode == 0


def test_killed_at_any_instant(busy, tmp_path, request, note, progress) -> None:
    kills = request.config.getoption("--kills")
    found = []
    with closing(outcomes(busy, tmp_path, kills)) as each:
        for outcome in each:
            found.append(outcome)
            progress(sum(one.kills for one in found), kills)
            assert outcome.told == []
    killed, sessions, lost, doubled, differing, compared = (
        sum(column) for column in list(zip(*found, strict=True))[:6]
    )
    note(
        Row(
            "kill -9 while 20,000 prints a second come",
            killed,
            f"{sessions} sessions of two days each; {compared:,} answers, frames and "
            "answers for then compared with a run that nobody disturbed",
            lost,
            doubled,
            differing,
        )
    )
    assert (killed, lost, doubled, differing) == (kills, 0, 0, 0)
