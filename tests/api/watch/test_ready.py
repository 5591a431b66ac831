"""Readiness: only while the engine has published and runs."""

from typing import Any, NamedTuple, cast

import pytest
import requests

from opentape.api.watch.ready import Readiness, readiness
from opentape.market.errors import NotReady
from running import Running


class Published(NamedTuple):
    as_of_ns: int = 1_779_379_200_000_000_000


class Engine(NamedTuple):
    """An engine as readiness sees it."""

    ready: bool = True
    alive: bool = True
    failure: Exception | None = None
    market: Published = Published()


def of(engine: Engine) -> Readiness:
    return readiness(cast("Any", engine))


def test_an_engine_that_has_published_and_runs_is_ready() -> None:
    assert of(Engine()).as_of == "2026-05-21T16:00:00.000000Z"


@pytest.mark.parametrize(
    ("engine", "why"),
    [
        (Engine(ready=False), "published nothing yet"),
        (Engine(ready=False, alive=False, failure=OSError("gone")), "failed"),
        (Engine(alive=False), "has ended"),
        (Engine(alive=False, failure=OSError("gone")), "failed"),
    ],
)
def test_any_other_is_not(engine: Engine, why: str) -> None:
    with pytest.raises(NotReady, match=why):
        of(engine)


@pytest.mark.slow
def test_a_running_server_says_so_without_a_key(live: Running) -> None:
    found = requests.get(f"{live.url}/ready", timeout=10)
    assert found.status_code == 200
    assert found.headers["Cache-Control"] == "no-store"
    told = found.json()
    assert told["status"] == "Ready"
    assert set(told) == {"status", "as_of", "endpoint_version", "data_as_of"}
