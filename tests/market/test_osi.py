"""Symbols in four spellings, one at a time and by the million."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentape.market import osi
from opentape.market.contract import Contract, Right, parse
from opentape.market.errors import BadSymbol

SPY = Contract(
    root="SPY", expiry=dt.date(2025, 12, 19), strike_mills=650_000, right=Right.CALL
)

CONTRACT = st.builds(
    Contract,
    root=st.from_regex(r"[A-Z][A-Z0-9]{0,5}", fullmatch=True),
    expiry=st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31)),
    strike_mills=st.integers(1, 99_999_999),
    right=st.sampled_from(Right),
)


@pytest.mark.parametrize(
    "text",
    [
        "SPY   251219C00650000",
        "SPY251219C00650000",
        "O:SPY251219C00650000",
        "SPY___251219C00650000",
        "spy251219c00650000",
        "  SPY251219C00650000\n",
        "o:spy251219C00650000",
    ],
)
def test_spellings(text: str) -> None:
    assert parse(text) == SPY


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SPY",
        "251219C00650000",
        "O:251219C00650000",
        "SPY251219X00650000",
        "SPY251319C00650000",
        "SPY250229C00650000",
        "SPY251200C00650000",
        "SPY251219C0065000",
        "SPY251219C006500000",
        "SPY251219C00000000",
        "SPY251219C0065O000",
        "TOOLONG251219C00650000",
        "S-Y251219C00650000",
        "SPÝ251219C00650000",
        "SPY 25 1219C00650000",
        "SPY251219C00650000 SPY251219C00650000",
        "X" * 10_000,
        "\0" * 20,
    ],
)
def test_texts_that_name_no_contract(text: str) -> None:
    with pytest.raises(BadSymbol, match="an option symbol is ROOT YYMMDD"):
        parse(text)


def test_leap_days_of_leap_years_only() -> None:
    assert parse("SPY240229C00650000").expiry == dt.date(2024, 2, 29)
    assert parse("SPY000229C00650000").expiry == dt.date(2000, 2, 29)


@given(CONTRACT)
def test_every_contract_is_found_again(contract: Contract) -> None:
    symbol = contract.symbol
    assert len(symbol) == 21
    compact = symbol.replace(" ", "")
    for text in (symbol, compact, f"O:{compact}", symbol.replace(" ", "_")):
        assert parse(text) == contract


@given(st.lists(CONTRACT.map(lambda c: c.symbol) | st.text(max_size=30), max_size=20))
def test_many_at_once_are_each_alone(texts: list[str]) -> None:
    together = osi.parse_many(texts)
    for at, text in enumerate(texts):
        alone = osi.parse_many([text])
        assert together.ok[at] == alone.ok[0]
        if alone.ok[0]:
            assert all(
                np.array_equal(one[at], other[0])
                for one, other in zip(together, alone, strict=True)
            )


def test_a_spelling_is_the_one_of_the_clearing_house() -> None:
    days = (dt.date(2025, 12, 19) - dt.date(1970, 1, 1)).days
    assert osi.spell("BRKB", days, 512_500, put=True) == "BRKB  251219P00512500"
