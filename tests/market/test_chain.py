"""A chain in its order, the time that each contract has left, and what its quotes are."""

import datetime as dt
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentape.market.calendar import EPOCH, SECOND_NS, expiry_instant, instant_ns
from opentape.market.chain import (
    STALE_NS,
    UNKNOWN_COUNT,
    UNKNOWN_TIME,
    Chain,
    Quoted,
    ordered,
    quoted,
    years,
)
from opentape.market.contract import Contracts
from opentape.market.errors import InputError

NAN = float("nan")
NOON = instant_ns(dt.datetime(2025, 12, 3, 17, tzinfo=dt.UTC))


def chain_of(
    symbols: list[str], *, contracts: Contracts | None = None, **columns: object
) -> Chain:
    """A chain of given contracts; money that is not given is NaN, counts are unknown."""
    table = Contracts() if contracts is None else contracts
    size = len(symbols)
    money = ("bid", "ask", "last", "vendor_iv", "vendor_delta", "vendor_gamma")
    counts = ("bid_size", "ask_size", "volume", "open_interest")
    return Chain(
        underlying="SPX",
        as_of=columns.pop("as_of", NOON),
        spot=columns.pop("spot", 6800.0),
        contracts=table,
        contract=table.intern(symbols),
        ts_quote=np.array(columns.pop("ts_quote", [UNKNOWN_TIME] * size), np.int64),
        **{name: np.array(columns.get(name, [NAN] * size)) for name in money},
        **{name: np.array(columns.get(name, [UNKNOWN_COUNT] * size)) for name in counts},
    )


def symbols_of(chain: Chain) -> list[str]:
    return [chain.contracts[at].symbol.replace(" ", "") for at in chain.contract.tolist()]


IN_ORDER = [
    "SPXW251205C06800000",
    "SPXW251205P06800000",
    "SPX251219C06800000",
    "SPXW251219C06800000",
    "SPX251219P06800000",
    "SPXW251219P06800000",
    "SPX251219C06805000",
]


def test_what_a_chain_is() -> None:
    chain = chain_of(["SPXW251205P06800500", "SPX251219C06800000"])
    assert chain.rows == 2
    assert chain.strike.tolist() == [6800.5, 6800.0]
    assert chain.put.tolist() == [True, False]
    assert chain.root.tolist() == ["SPXW", "SPX"]
    expiries = [dt.date(2025, 12, 5), dt.date(2025, 12, 19)]
    assert chain.expiry_day.tolist() == [(date - EPOCH).days for date in expiries]
    chain.contracts.set_multiplier(1, 10)
    assert chain.multiplier.tolist() == [100.0, 10.0]


@given(st.permutations(IN_ORDER), st.permutations(IN_ORDER))
def test_a_chain_is_in_order_whatever_the_table_met_before(
    known: list[str], given: list[str]
) -> None:
    contracts = Contracts()
    contracts.intern(known)
    bids = [float(IN_ORDER.index(symbol)) for symbol in given]
    chain = ordered(chain_of(given, contracts=contracts, bid=bids))
    assert symbols_of(chain) == IN_ORDER
    assert chain.bid.tolist() == [float(at) for at in range(len(IN_ORDER))]


@given(st.lists(st.sampled_from(IN_ORDER), max_size=30))
def test_of_a_contract_met_twice_the_last_row_stays(given: list[str]) -> None:
    last = {symbol: float(at) for at, symbol in enumerate(given)}
    chain = ordered(chain_of(given, bid=[float(at) for at in range(len(given))]))
    assert symbols_of(chain) == [symbol for symbol in IN_ORDER if symbol in last]
    assert chain.bid.tolist() == [last[symbol] for symbol in symbols_of(chain)]


def test_some_rows_of_a_chain() -> None:
    chain = chain_of(IN_ORDER, bid=[float(at) for at in range(len(IN_ORDER))])
    part = chain.take(np.array([5, 2]))
    assert symbols_of(part) == [IN_ORDER[5], IN_ORDER[2]]
    assert part.bid.tolist() == [5.0, 2.0]
    assert chain.take(chain.put).rows == 3
    assert (part.spot, part.as_of) == (chain.spot, chain.as_of)


MINUTE = 1 / (365 * 24 * 60)
"""In years."""


@pytest.mark.parametrize(
    ("symbol", "minutes"),
    [
        ("SPXW251203C06800000", 4 * 60),  # this afternoon, at the close
        ("SPXW251204C06800000", 28 * 60),
        ("SPX251219C06800000", 16 * 24 * 60 - 150),  # at the open
        ("SPXW251219C06800000", 16 * 24 * 60 + 240),  # at the close
        ("SPXW251224C06800000", 21 * 24 * 60 + 60),  # half a day
        ("SPXW251225C06800000", 21 * 24 * 60 + 60),  # no session: the one before
        ("VIX251217C00020000", 14 * 24 * 60 - 150),
        ("SPXW260309C06800000", 96 * 24 * 60 + 180),  # summer time begins the day before
        ("SPXW251202C06800000", -20 * 60),  # has expired
    ],
)
def test_years_are_told_to_the_minute(symbol: str, minutes: int) -> None:
    found = years(chain_of([symbol])) / MINUTE
    assert found.tolist() == pytest.approx([minutes], abs=1e-6)


def test_years_are_not_positive_from_the_instant_of_expiry_on() -> None:
    chain = chain_of(["SPXW251203C06800000"])
    instant = expiry_instant(chain.contracts[0])
    moments = [instant - 1, instant, instant + 1]
    signs = [float(np.sign(years(chain._replace(as_of=at))[0])) for at in moments]
    assert signs == [1.0, 0.0, -1.0]


@given(st.permutations(IN_ORDER))
def test_years_are_those_of_each_contract(given: list[str]) -> None:
    chain = chain_of(given)
    apart = [years(chain_of([symbol]))[0] for symbol in given]
    assert years(chain).tolist() == apart


def test_an_expiry_outside_the_calendar_is_an_error() -> None:
    contracts = Contracts()
    place = contracts.intern_columns(
        ["SPX"],
        np.array([(dt.date(2101, 1, 3) - EPOCH).days]),
        np.array([1]),
        np.array([0]),
    )
    chain = chain_of([], contracts=contracts)._replace(contract=place)
    with pytest.raises(InputError, match="an expiry must lie between"):
        years(chain)


def test_a_chain_of_nothing() -> None:
    chain = ordered(chain_of([]))
    assert (chain.rows, years(chain).size, quoted(chain).size) == (0, 0, 0)
    assert chain.root.size == chain.multiplier.size == 0


CALL, PUT = "SPX251219C06800000", "SPX251219P06800000"


@pytest.mark.parametrize(
    ("bid", "ask", "state"),
    [
        (10.0, 11.0, Quoted.TWO_SIDED),
        (0.05, 0.08, Quoted.TWO_SIDED),
        (0.75, 1.25, Quoted.TWO_SIDED),  # exactly half of the middle
        (0.74, 1.26, Quoted.WIDE),
        (0.01, 1e308, Quoted.WIDE),
        (10.0, 10.0, Quoted.LOCKED),
        (0.0, 0.05, Quoted.ONE_SIDED),
        (5.0, 0.0, Quoted.ONE_SIDED),
        (NAN, 0.05, Quoted.ONE_SIDED),
        (5.0, NAN, Quoted.ONE_SIDED),
        (0.0, 0.0, Quoted.MISSING),
        (NAN, NAN, Quoted.MISSING),
        (0.0, NAN, Quoted.MISSING),
        (11.0, 10.0, Quoted.CROSSED),
        (-1.0, 1.0, Quoted.ABSURD),
        (1.0, -1.0, Quoted.ABSURD),
        (-2.0, -1.0, Quoted.ABSURD),
        (float("inf"), 1.0, Quoted.ABSURD),
        (1.0, float("inf"), Quoted.ABSURD),
        (float("-inf"), float("inf"), Quoted.ABSURD),
        (1e308, 1e308, Quoted.ABSURD),
        (20_400.1, 20_500.0, Quoted.ABSURD),
        (6800.1, 6900.0, Quoted.TWO_SIDED),
    ],
)
@pytest.mark.parametrize("symbol", [CALL, PUT])
def test_what_a_quote_is(symbol: str, bid: float, ask: float, state: Quoted) -> None:
    assert quoted(chain_of([symbol], bid=[bid], ask=[ask])).tolist() == [state]


def test_a_call_is_worth_no_more_than_spot_and_a_put_than_its_strike() -> None:
    """Where it can be exercised at once."""
    symbols = ["SPY251219C00680000", "SPY251219P00680000"]
    at_most = chain_of(symbols, bid=[600.0, 680.0], ask=[690.0] * 2, spot=600.0)
    assert quoted(at_most).tolist() == [Quoted.TWO_SIDED] * 2
    more = chain_of(symbols, bid=[600.1, 680.1], ask=[690.0] * 2, spot=600.0)
    assert quoted(more).tolist() == [Quoted.ABSURD] * 2
    unknown = more._replace(spot=NAN)
    assert quoted(unknown).tolist() == [Quoted.TWO_SIDED, Quoted.ABSURD]


def test_a_european_call_may_be_worth_more_than_spot() -> None:
    """A forward of volatility may be twice its spot."""
    chain = chain_of(["VIX251217C00005000"], bid=[14.0], ask=[14.2], spot=10.0)
    assert quoted(chain).tolist() == [Quoted.TWO_SIDED]


@pytest.mark.parametrize(
    ("age_ns", "state"),
    [
        (STALE_NS, Quoted.TWO_SIDED),
        (STALE_NS + 1, Quoted.STALE),
        (-SECOND_NS, Quoted.TWO_SIDED),
    ],
)
def test_a_quote_grows_stale(age_ns: int, state: Quoted) -> None:
    chain = chain_of([CALL], bid=[10.0], ask=[11.0], ts_quote=[NOON - age_ns])
    assert quoted(chain).tolist() == [state]


def test_what_counts_as_wide_and_stale_is_a_setting() -> None:
    chain = chain_of([CALL], bid=[10.0], ask=[11.0], ts_quote=[NOON - 60 * SECOND_NS])
    assert quoted(chain, wide=0.09).tolist() == [Quoted.WIDE]
    assert quoted(chain, stale_ns=59 * SECOND_NS).tolist() == [Quoted.STALE]


def test_a_quote_of_no_time_is_never_stale() -> None:
    chain = chain_of([CALL], bid=[10.0], ask=[11.0], ts_quote=[UNKNOWN_TIME])
    assert quoted(chain, stale_ns=0).tolist() == [Quoted.TWO_SIDED]


PRICES = [-1.0, 0.0, 0.01, 1.0, 2.0, 7000.0, 1e308, float("inf"), NAN]


@pytest.mark.parametrize(("bid", "ask"), list(itertools.product(PRICES, PRICES)))
def test_what_is_priced_has_two_sides_in_order(bid: float, ask: float) -> None:
    state = quoted(chain_of([CALL], bid=[bid], ask=[ask]))[0]
    sound = 0 < bid <= ask < float("inf") and bid <= 3 * 6800.0
    assert bool(state <= Quoted.LOCKED) is sound
