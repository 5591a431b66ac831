"""Which roots are exercised early, and which settle in the morning."""

import pytest

from opentape.market.roots import (
    AM_SETTLED,
    EUROPEAN,
    UNDERLYING,
    is_american,
    underlying_of,
)

CASH_EUROPEAN = [
    "SPX",
    "SPXW",
    "XSP",
    "NDX",
    "NDXP",
    "RUT",
    "RUTW",
    "MRUT",
    "VIX",
    "VIXW",
    "DJX",
    "XEO",
    "SPXQ",
    "SPXPM",
    "XSPAM",
    "XND",
]


@pytest.mark.parametrize("root", CASH_EUROPEAN)
def test_cash_indices_are_exercised_at_expiry(root: str) -> None:
    assert not is_american(root)


@pytest.mark.parametrize(
    "root",
    ["OEX", "OEXW", "SPY", "QQQ", "IWM", "AAPL", "AAPL1", "SPY7", "BRKB", "GLD", "UVXY"],
)
def test_funds_and_shares_are_exercised_any_day(root: str) -> None:
    assert is_american(root)


def test_roots_of_one_index_have_one_style() -> None:
    by_underlying = {root: is_american(underlying_of(root)) for root in UNDERLYING}
    assert by_underlying == {root: is_american(root) for root in UNDERLYING}


def test_what_settles_in_the_morning_is_european() -> None:
    assert AM_SETTLED <= EUROPEAN
