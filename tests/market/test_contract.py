import datetime as dt
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.test_osi import CONTRACT
from opentape.market.contract import MULTIPLIER, NO_CONTRACT, Contract, Contracts, Right
from opentape.market.roots import UNDERLYING, clean_symbol, underlying_of

EPOCH = dt.date(1970, 1, 1)


def test_a_contract_says_what_it_is() -> None:
    contract = Contract(
        root="SPXW", expiry=dt.date(2025, 12, 19), strike_mills=6_500_500, right=Right.PUT
    )
    assert contract.underlying == "SPX"
    assert contract.strike == 6500.5
    assert contract.multiplier == MULTIPLIER == 100
    assert contract.symbol == "SPXW  251219P06500500"


@pytest.mark.parametrize(
    ("root", "underlying"),
    [
        ("SPXW", "SPX"),
        ("VIXW", "VIX"),
        ("NDXP", "NDX"),
        ("RUTW", "RUT"),
        ("XSP", "XSP"),
        ("AAPL1", "AAPL1"),
    ],
)
def test_what_a_root_settles_on(root: str, underlying: str) -> None:
    assert underlying_of(root) == underlying
    assert clean_symbol(f" ^{root.lower()} ") == underlying


def test_no_underlying_is_a_weekly_itself() -> None:
    assert not set(UNDERLYING) & set(UNDERLYING.values())


@given(st.lists(CONTRACT | st.none(), max_size=30))
def test_places_never_change(given: list[Contract | None]) -> None:
    """Equal contracts share a place, whichever way and however often they are named."""
    contracts = Contracts()
    texts = ["junk" if each is None else each.symbol for each in given]
    first = contracts.intern(texts)
    assert np.array_equal(contracts.intern(texts), first)
    compact = [text.replace(" ", "") for text in texts]
    assert np.array_equal(contracts.intern(compact), first)
    for place, each in zip(first.tolist(), given, strict=True):
        assert (place == NO_CONTRACT) == (each is None)
        if each is not None:
            assert contracts[place] == each
    assert len(contracts) == len(set(first.tolist()) - {NO_CONTRACT})


@given(st.lists(CONTRACT, min_size=1, max_size=20))
def test_columns_name_the_same_contracts(given: list[Contract]) -> None:
    contracts = Contracts()
    by_text = contracts.intern([each.symbol for each in given])
    by_column = contracts.intern_columns(
        [each.root for each in given],
        np.array([(each.expiry - EPOCH).days for each in given]),
        np.array([each.strike_mills for each in given]),
        np.array([each.right is Right.PUT for each in given]),
    )
    assert np.array_equal(by_text, by_column)
    assert [contracts.roots[code] for code in contracts.root_codes[by_text]] == [
        each.root for each in given
    ]
    assert contracts.strike_mills[by_text].tolist() == [each.strike_mills for each in given]
    assert contracts.puts[by_text].tolist() == [each.right is Right.PUT for each in given]
    days = [(each.expiry - EPOCH).days for each in given]
    assert contracts.expiry_days[by_text].tolist() == days
    assert len(set(contracts.keys.tolist())) == len(contracts)


@pytest.mark.parametrize(
    ("root", "day", "mills"),
    [
        ("", 1, 1),
        ("TOOLONG", 1, 1),
        ("A-B", 1, 1),
        ("A", 0, 1),
        ("A", 1 << 16, 1),
        ("A", 1, 0),
        ("A", 1, 1 << 27),
    ],
)
def test_columns_out_of_range_name_no_contract(root: str, day: int, mills: int) -> None:
    found = Contracts().intern_columns(
        [root], np.array([day]), np.array([mills]), np.array([False])
    )
    assert found.tolist() == [NO_CONTRACT]


def test_a_place_that_was_not_given_is_an_error() -> None:
    contracts = Contracts()
    contracts.intern(["SPY251219C00650000"])
    for place in (-1, 1):
        with pytest.raises(IndexError):
            contracts[place]


def test_a_multiplier_is_remembered() -> None:
    contracts = Contracts()
    places = contracts.intern(["SPY251219C00650000", "SPY251219P00650000"])
    contracts.set_multiplier(int(places[1]), 10)
    assert contracts.multipliers.tolist() == [100, 10]
    assert contracts[int(places[1])].multiplier == 10


@pytest.mark.long
@pytest.mark.slow
def test_all_series_that_are_listed_fit() -> None:
    """A million and a half, twice: the second time costs one look-up each."""
    days, strikes = range(1201, 1209), range(1_000, 251_000, 1_000)
    texts = [
        f"R{root:04d}25{day}{right}{strike:08d}"
        for root in range(375)
        for day in days
        for right in "CP"
        for strike in strikes
    ]
    contracts = Contracts()
    places = contracts.intern(texts)
    assert len(contracts) == len(set(texts))
    assert (places >= 0).all()
    assert np.array_equal(contracts.intern(texts), places)
    assert contracts[int(places[-1])].symbol.replace(" ", "") == texts[-1]


@pytest.fixture
def hasty():
    """Threads that take turns a thousand times as often as usual."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(5e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("hasty")
def test_threads_may_add_contracts_side_by_side() -> None:
    contracts = Contracts()
    chance = np.random.default_rng(3)

    def added(strikes: np.ndarray) -> list[bool]:
        roots = [f"R{strike % 40}" for strike in strikes.tolist()]
        puts = strikes % 2 == 0
        places = contracts.intern_columns(
            roots, np.full(strikes.size, 20_000), strikes, puts
        )
        return [
            contracts[at].root == root and contracts[at].strike_mills == strike
            for at, root, strike in zip(
                places.tolist(), roots, strikes.tolist(), strict=True
            )
        ]

    given = [chance.integers(1, 2_000, 50) for _ in range(200)]
    with ThreadPoolExecutor(8) as pool:
        assert all(all(right) for right in pool.map(added, given))
    assert len(contracts) == np.unique(np.concatenate(given)).size
    assert np.unique(contracts.keys).size == len(contracts)
    assert len(set(contracts.roots)) == len(contracts.roots)
