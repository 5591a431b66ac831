import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from opentape.market.contract import Contracts
from opentape.market.open_interest import UNKNOWN_OI, OpenInterest

SYMBOLS = [f"SPY251219C00{strike:03d}000" for strike in range(1, 30)]


@given(
    st.lists(st.tuples(st.sampled_from(SYMBOLS), st.integers(0, 10**6)), max_size=40),
    st.lists(st.sampled_from(SYMBOLS), unique=True, max_size=20),
    st.integers(0, 20),
)
def test_it_is_a_dictionary(listed, traded, first: int) -> None:
    """The later of two rows of a contract counts."""
    contracts, other = Contracts(), Contracts()
    contracts.intern(traded)
    other.intern([symbol for symbol, _ in listed])
    places = other.intern([symbol for symbol, _ in listed])
    keys = other.keys[places] if listed else np.empty(0, np.int64)
    interest = OpenInterest(keys, np.array([number for _, number in listed], np.int64))
    known = dict(listed)
    assert len(interest) == len(known)
    assert OpenInterest(interest.keys, interest.counts).of(other).tolist() == (
        interest.of(other).tolist()
    )
    assert (np.diff(interest.keys) > 0).all()
    expected = [known.get(symbol, UNKNOWN_OI) for symbol in traded[first:]]
    assert interest.of(contracts, first).tolist() == expected


def test_none_was_published() -> None:
    contracts = Contracts()
    contracts.intern(SYMBOLS)
    assert len(OpenInterest.none()) == 0
    assert set(OpenInterest.none().of(contracts).tolist()) == {UNKNOWN_OI}
