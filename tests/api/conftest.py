"""One server for every test that only asks it."""

from collections.abc import Iterator

import pytest

from opentape.alerts.wall.options import WallOptions
from running import Running, running


@pytest.fixture(scope="session")
def live(tmp_path_factory) -> Iterator[Running]:
    # generated names are not looked up for long
    wall = WallOptions(loopback=True, lookup_s=0.1)
    with running(tmp_path_factory.mktemp("live"), wall=wall) as found:
        yield found
