"""Markets that are taken while things go wrong, a clean run, and what is noted."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import markets
from faults import kills
from faults.pressed import FAULTS, Held, held
from faults.table import Row

FEW = 30
TABLE = "FAULTS_TABLE"
"""Names the file that rows of the table are added to."""


@pytest.fixture
def note() -> Callable[[Row], None]:
    """Note a row of the table, where somebody makes it."""

    def noted(row: Row) -> None:
        if path := os.environ.get(TABLE):  # noqa: TID251
            with Path(path).open("a", encoding="utf-8") as file:
                file.write(f"{json.dumps(row)}\n")

    return noted


@pytest.fixture
def progress(capsys) -> Callable[[int, int], None]:
    """Tell how far a long test has come, where somebody waits for it."""

    def told(done: int, whole: int) -> None:
        if os.environ.get(TABLE):  # noqa: TID251
            with capsys.disabled():
                sys.stderr.write(f"\r{done:,} of {whole:,}")
                sys.stderr.flush()

    return told


@pytest.fixture(scope="session")
def thorough(request) -> None:
    """Leave a test that takes long to the large counts."""
    if request.config.getoption("--kills") <= FEW:
        pytest.skip("takes long: `make faults` runs it")


@pytest.fixture(scope="session")
def market(tmp_path_factory) -> Held:
    """Two days of two underlyings, prints taken back among them."""
    folder = tmp_path_factory.mktemp("days")
    names = ("SPY", "NVDA")
    return held(
        markets.folder(
            folder, 2_500, days=2, symbols=names, snapshot_minutes=390, faults=FAULTS
        )
    )


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory) -> Path:
    """Where the clean run keeps its sessions."""
    return tmp_path_factory.mktemp("undisturbed") / "clean"


@pytest.fixture(scope="session")
def clean(market, undisturbed) -> kills.Clean:
    """What a run finds that nobody disturbs."""
    return kills.clean(market, undisturbed)
