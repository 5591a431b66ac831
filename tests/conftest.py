"""What holds for every test: a kernel may compile while a property is tried."""

import pytest
from hypothesis import settings

settings.register_profile("opentape", deadline=None)
settings.load_profile("opentape")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the number of generated calls be said."""
    parser.addoption(
        "--calls",
        type=int,
        default=400,
        help="calls that are generated from the OpenAPI document, over all routes",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a module on one worker, and all that ask one server on one, too."""
    for item in items:
        served = "end_to_end" in item.path.parts
        item.add_marker(pytest.mark.xdist_group("server" if served else str(item.path)))
