"""The listing: places of contracts, strikes, and the one nearest to a number."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import markets
from opentape.market.calendar import EPOCH, expiry_instant
from opentape.simulation.world.listing import Held, list_series, strikes
from opentape.simulation.world.names import Kind, names_of

NAMES = names_of(markets.wanted())
SPOT = np.array([name.spot for name in NAMES])
LISTING = list_series(NAMES, SPOT, markets.DATE)


def test_a_contract_stands_where_its_strike_says():
    contracts = LISTING.contracts
    assert len(contracts) == LISTING.series
    place = np.arange(LISTING.series)
    strike, put = place // 2, place % 2 == 1
    assert np.array_equal(contracts.strike_mills, LISTING.mills[strike])
    assert np.array_equal(contracts.puts, put)
    block = LISTING.block[strike]
    assert np.array_equal(contracts.expiry_days, LISTING.block_day[block])
    assert np.array_equal(contracts.root_codes, LISTING.block_root[block])


def test_blocks_hold_one_expiry_of_one_name():
    starts = LISTING.block_start
    assert starts[0] == 0
    assert starts[-1] == LISTING.mills.size
    for block in range(LISTING.block_name.size):
        mine = LISTING.mills[starts[block] : starts[block + 1]]
        assert np.all(np.diff(mine) > 0)
        contract = LISTING.contracts[2 * int(starts[block])]
        assert contract.underlying == NAMES[LISTING.block_name[block]].symbol
        assert expiry_instant(contract) == LISTING.block_end_ns[block]
    for name, (first, last) in enumerate(
        zip(LISTING.name_start[:-1], LISTING.name_start[1:], strict=True)
    ):
        assert set(LISTING.block_name[first:last].tolist()) == {name}
        assert np.all(np.diff(LISTING.block_day[first:last]) >= 0)


@given(
    st.lists(
        st.tuples(
            st.integers(0, LISTING.block_name.size - 1),
            st.floats(-1e6, 1e9, allow_nan=False),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_nearest_is_what_a_slow_loop_finds(asked):
    block = np.array([one for one, _ in asked])
    mills = np.array([number for _, number in asked])
    for (which, number), place in zip(asked, LISTING.nearest(block, mills), strict=True):
        first, last = LISTING.block_start[which], LISTING.block_start[which + 1]
        away = [abs(int(strike) - number) for strike in LISTING.mills[first:last]]
        assert first <= place < last
        assert abs(LISTING.mills[place] - number) == min(away)


@pytest.mark.parametrize("spot", [0.05, 0.3, 3.2, 4.25, 4.26, 22.0, 396.0, 900.0, 6540.0])
@pytest.mark.parametrize("days", [0, 1, 8, 120, 900])
def test_every_expiry_has_strikes_on_both_sides(spot, days):
    stocks = [name for name in NAMES if name.kind is Kind.STOCK]
    for name in NAMES if spot > 100 else stocks:
        mills = strikes(name, spot, days)
        assert mills.size >= 2
        assert mills.min() > 0
        assert mills.max() > 1000 * spot
        if spot > 4:
            assert mills.min() < 1000 * spot


def test_strikes_are_finer_near_the_spot():
    spy = strikes(NAMES[0], 652.0, 30)
    assert {640_000, 651_000, 652_000, 653_000} <= set(spy.tolist())
    assert 500_000 in spy
    assert 501_000 not in spy
    index = strikes(NAMES[1], 6540.0, 7)
    assert np.all(index % 5_000 == 0)


def test_what_is_held_stays_listed():
    day = (markets.DATE + dt.timedelta(days=1) - EPOCH).days
    far = [(("SPY"), day, 123_000), ("SPY", day, 999_500), ("NVDA", day, 177_500)]
    roots, days, mills = zip(*far, strict=True)
    held = Held(roots, np.array(days), np.array(mills))
    listing = list_series(NAMES, SPOT, markets.DATE, held)
    assert len(listing.contracts) == listing.series
    found = {
        (contract.root, (contract.expiry - EPOCH).days, contract.strike_mills)
        for contract in (listing.contracts[at] for at in range(listing.series))
    }
    before = {
        (contract.root, (contract.expiry - EPOCH).days, contract.strike_mills)
        for contract in (LISTING.contracts[at] for at in range(LISTING.series))
    }
    assert found == before | set(far)
