"""Markets that are taken while things go wrong, and a clean run."""

from pathlib import Path

import pytest

import markets
from faults import kills
from faults.pressed import FAULTS, Held, held


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
