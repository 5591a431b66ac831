"""One server for every test that only asks it."""

from collections.abc import Iterator

import pytest

from running import Running, running


@pytest.fixture(scope="session")
def live(tmp_path_factory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("live")) as found:
        yield found
