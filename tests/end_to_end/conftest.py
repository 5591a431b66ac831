"""One server for all tests of this folder: its kernels compile once."""

import pytest

from server import Running, running


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Running:
    with running(tmp_path_factory.mktemp("server")) as it:
        yield it


@pytest.fixture
def client(server):
    with server.client() as client:
        yield client
