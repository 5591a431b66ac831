"""Views of a market to ask questions of: names with a chain, a history and a tape."""

import datetime as dt
from functools import cache

import numpy as np
from hypothesis import strategies as st

import snapshots
from opentape.desk.state.history import History
from opentape.desk.state.market import Feeds, Market
from opentape.desk.state.name import Name, Standing
from opentape.desk.state.settled import SettledChain
from opentape.flow.options import FlowOptions
from opentape.flow.records import PARENT
from opentape.market.calendar import EPOCH, SECOND_NS, trade_date
from opentape.market.chain import UNKNOWN_COUNT, UNKNOWN_TIME, Chain
from opentape.market.contract import Contracts
from opentape.positioning.options import LevelOptions
from opentape.volatility.options import ChainOptions


def standing(volumes=None) -> Standing:
    """What stands of contracts by place: volumes bought, sold and unsigned."""
    volumes = volumes or {}
    places = sorted(volumes)
    return Standing(
        contract=np.array(places, np.int32),
        volume=np.array([volumes[at] for at in places], np.int64).reshape(-1, 3),
        proven=np.zeros(len(places), np.int64),
        oi=np.full(len(places), 100, np.int64),
    )


def name_of(
    chain: Chain | None,
    *,
    symbol: str = "SPY",
    history: History | None = None,
    volumes=None,
    as_of: int = snapshots.AS_OF,
) -> Name:
    """A name with a settled chain, or with none."""
    settled = chain and SettledChain(chain, ChainOptions(), LevelOptions())
    return Name(
        symbol=symbol if chain is None else chain.underlying,
        version=1,
        as_of_ns=as_of,
        feeds=Feeds(),
        trade_date=trade_date(as_of),
        contracts=Contracts() if chain is None else chain.contracts,
        options=FlowOptions(),
        standing=standing(volumes),
        parents=np.zeros(0, PARENT),
        oi_stale=False,
        since_ns=0,
        standing_chain=settled,
        history=history,
        sector=None,
        spelled={},
    )


def market_of(*names: Name, as_of: int = snapshots.AS_OF) -> Market:
    return Market(
        names={name.symbol: name for name in names},
        version=1,
        as_of_ns=as_of,
        feeds=Feeds(),
        options=FlowOptions(),
    )


def history_of(closes, vols=None, last: dt.date = dt.date(2026, 5, 20)) -> History:
    """Daily bars that end on a date, a calendar day apart."""
    close = np.asarray(closes, np.float64)
    vols = np.full(close.size, np.nan) if vols is None else np.asarray(vols, np.float64)
    end = (last - EPOCH).days
    return History(
        date=np.arange(end - close.size + 1, end + 1),
        open=close,
        high=close,
        low=close,
        close=close,
        iv_30d=vols,
    )


def random_chain(seed: int) -> Chain:
    """A chain with gaps: contracts, quotes, open interest, volume that are not there."""
    rng = np.random.default_rng(seed)
    near = (dt.date(2026, 5, 21), dt.date(2026, 5, 26))
    expiries = (*near, *snapshots.EXPIRIES)[rng.integers(0, 5) :][: rng.integers(1, 6)]
    chain = snapshots.quoted_chain(
        str(rng.choice(["SPY", "SPXW"])),
        spread=float(rng.choice([0.0, 0.01, 0.2])),
        expiries=expiries,
    )
    kept = rng.random(chain.rows) < rng.choice([0.1, 0.6, 1.0])
    kept[0] = True
    chain = chain.take(np.flatnonzero(kept))
    odd = rng.random((5, chain.rows)) < rng.choice([0.0, 0.1, 0.5])
    some = rng.integers(0, rng.choice([2, 5_000]), (2, chain.rows))
    late = int(rng.choice([0, 0, 0, 2 * 3_600, 9 * 86_400])) * SECOND_NS
    asked = chain.as_of - rng.integers(0, 800, chain.rows) * SECOND_NS
    return chain._replace(
        as_of=chain.as_of + late,
        bid=np.where(odd[0], 0.0, chain.bid),
        ask=np.where(odd[1], np.nan, chain.ask),
        open_interest=np.where(odd[2], UNKNOWN_COUNT, some[0]),
        volume=np.where(odd[3], UNKNOWN_COUNT, some[1]),
        bid_size=np.where(odd[0], UNKNOWN_COUNT, some[0] % 100),
        ask_size=np.where(odd[1], UNKNOWN_COUNT, some[1] % 100),
        ts_quote=np.where(odd[4] | (late > 0), UNKNOWN_TIME, asked),
    )


@cache
def random_name(seed: int) -> Name:
    """A name with a chain drawn from a seed, made once."""
    return name_of(random_chain(seed), history=SHORT)


SHORT = history_of([500.0])
"""A history that tells nothing."""
NAMES = st.integers(0, 47).map(random_name)
