"""What holds for every test: kernels may compile in a property; databases of two kinds."""

import json
import os
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import settings
from msgspec import structs

import postgres
from faults.table import Row
from opentape.store.options import StoreOptions

# `pytest --hypothesis-profile thorough` looks far longer than every change can wait for
settings.register_profile("thorough", deadline=None, max_examples=1_000)
settings.register_profile("opentape", deadline=None, max_examples=20)
# kernels as plain Python show what coverage sees; compiled they are looked at longer
settings.register_profile("uncompiled", deadline=None, max_examples=8)
settings.load_profile("opentape")

DATABASES = ("sqlite", "postgresql")
"""Kinds that application data is kept in; the same tests hold for each."""


FAULTS_TABLE = "FAULTS_TABLE"
"""Names the file that rows of the table of faults are added to."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the number of generated calls, and of kills, be said."""
    parser.addoption(
        "--calls",
        type=int,
        default=400,
        help="calls that are generated from the OpenAPI document, over all routes",
    )
    parser.addoption(
        "--long", action="store_true", help="run what takes longer than a change can wait"
    )
    parser.addoption(
        "--kills",
        type=int,
        default=30,
        help="how often a process that keeps something is killed",
    )
    parser.addoption(
        "--delivery-kills",
        type=int,
        default=300,
        help="how often a process that delivers webhooks is killed",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep a module on one worker, and all that ask one server on one, too."""
    for item in items:
        if item.get_closest_marker("long") and not config.getoption("--long"):
            item.add_marker(pytest.mark.skip("takes long: `make long` runs it"))
        served = "end_to_end" in item.path.parts
        item.add_marker(pytest.mark.xdist_group("server" if served else str(item.path)))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Postgres]:
    """Run a PostgreSQL server, one for all tests of a worker."""
    try:
        with postgres.started() as server:
            yield server
    except postgres.NoPostgres as reason:
        pytest.skip(str(reason))


@pytest.fixture
def new_database(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[[str], StoreOptions]]:
    """Name a database of a kind that is not made yet."""

    def new(kind: str) -> StoreOptions:
        options = StoreOptions(folder=str(tmp_path / secrets.token_hex(4)))
        if kind == "sqlite":
            return options
        server: postgres.Postgres = request.getfixturevalue("postgres_server")
        return structs.replace(options, database=server.new(secrets.token_hex(8)))

    with all_disposed():
        yield new


@pytest.fixture(params=DATABASES)
def database(
    request: pytest.FixtureRequest, new_database: Callable[[str], StoreOptions]
) -> StoreOptions:
    """Name a database that is not made yet, of each kind that settings may name."""
    return new_database(request.param)


@contextmanager
def all_disposed() -> Iterator[None]:
    """Close at the end whatever connections were opened."""
    used = set[sa.Engine]()

    def note(connection: sa.Connection) -> None:
        used.add(connection.engine)

    sa.event.listen(sa.Engine, "engine_connect", note)
    try:
        yield
    finally:
        sa.event.remove(sa.Engine, "engine_connect", note)
        for engine in used:
            engine.dispose()


@pytest.fixture
def note() -> Callable[[Row], None]:
    """Note a row of the table, where somebody makes it."""

    def noted(row: Row) -> None:
        if path := os.environ.get(FAULTS_TABLE):  # noqa: TID251
            with Path(path).open("a", encoding="utf-8") as file:
                file.write(f"{json.dumps(row)}\n")

    return noted


@pytest.fixture
def progress(capsys) -> Callable[[int, int], None]:
    """Tell how far a long test has come, where somebody waits for it."""

    def told(done: int, whole: int) -> None:
        if os.environ.get(FAULTS_TABLE):  # noqa: TID251
            with capsys.disabled():
                sys.stderr.write(f"\r{done:,} of {whole:,}")
                sys.stderr.flush()

    return told
