"""What may be asked of a simulated market, and how the rest is refused."""

import datetime as dt

import pytest

import markets
from opentape.market.errors import BadSetting

REFUSED = {
    **{
        f"a date to simulate must be a session of 1993 to 2094, was {date}": {"date": date}
        for date in (
            dt.date(2026, 5, 24),
            dt.date(2026, 6, 19),
            dt.date(1992, 12, 31),
            dt.date(2095, 1, 3),
        )
    },
    "prints must be 1 to 100,000,000, was 0": {"prints": 0},
    "prints must be 1 to 100,000,000, was 100,000,001": {"prints": 100_000_001},
    "names must be 1 to 5,000, was 0": {"symbols": (), "names": 0},
    "names must be 1 to 5,000, was 5,001": {"symbols": (), "names": 5_001},
    "symbols and a number of names must not be given together": {"names": 3},
    "minutes between snapshots must be 1 to 390, was 0": {"snapshot_minutes": 0},
    "minutes between snapshots must be 1 to 390, was 391": {"snapshot_minutes": 391},
    "an edge must be from 0 to 1, was -0.1": {"edge": -0.1},
    "an edge must be from 0 to 1, was nan": {"edge": float("nan")},
    "a seed must be from 0 to 2**63 - 1, was -1": {"seed": -1},
    f"a seed must be from 0 to 2**63 - 1, was {1 << 63}": {"seed": 1 << 63},
    "a symbol must be one to five capitals and digits, was 'spy'": {"symbols": ("spy",)},
    "a symbol must be one to five capitals and digits, was '1SPY'": {"symbols": ("1SPY",)},
    "a symbol must be one to five capitals and digits, was 'ABCDEF'": {
        "symbols": ("ABCDEF",)
    },
    "a symbol must be an underlying; SPXW is a root of SPX": {"symbols": ("SPX", "SPXW")},
    "symbols must differ, was SPY, QQQ, SPY": {"symbols": ("SPY", "QQQ", "SPY")},
}


@pytest.mark.parametrize("sentence", REFUSED)
def test_what_cannot_be_is_refused(sentence):
    with pytest.raises(BadSetting) as refused:
        markets.wanted(**REFUSED[sentence])
    assert str(refused.value) == sentence


def test_the_edges_are_allowed():
    for edge in (
        {"prints": 1},
        {"prints": 100_000_000},
        {"seed": 0},
        {"snapshot_minutes": 1},
        {"snapshot_minutes": 390},
        {"edge": 1.0},
        {"seed": (1 << 63) - 1},
        {"symbols": (), "names": 5_000},
        {"symbols": ("A", "ABCDE", "BRKB9")},
        {"date": dt.date(2025, 11, 28)},
    ):
        markets.wanted(**edge)
