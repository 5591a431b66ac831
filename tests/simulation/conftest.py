"""One market for all tests of the simulation: what they read, they do not change."""

import pytest

import markets


@pytest.fixture(scope="session")
def scene():
    """A session before anybody trades; its date is an expiry of SPY and SPX."""
    return markets.morning().scene


@pytest.fixture(scope="session")
def day():
    """The same session when it is over."""
    return markets.played(markets.morning(), 20_000)
