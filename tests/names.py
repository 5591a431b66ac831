"""Views of one underlying to ask: a chain made by hand, and what was traded since."""

import datetime as dt
import json
import math
from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
import numpy as np
from hypothesis import strategies as st

import naive
import snapshots
from opentape.desk.state.market import Feeds, Market
from opentape.desk.state.name import Name, Standing
from opentape.desk.state.settled import SettledChain
from opentape.flow import records
from opentape.flow.options import FlowOptions, InterestOptions
from opentape.market.calendar import EPOCH, trade_date
from opentape.market.chain import UNKNOWN_COUNT, Chain
from opentape.market.contract import Contracts
from opentape.positioning.options import LevelOptions
from opentape.volatility.options import ChainOptions
from positioning.naive import Held

TODAY = dt.date(2026, 5, 21)
EXPIRIES = (TODAY, *snapshots.EXPIRIES)
OPTIONS = FlowOptions()
UNBOUNDED = FlowOptions(interest=InterestOptions(bounds=False))
"""With estimates that may leave less than nothing of a contract."""


def settled(chain: Chain, levels: LevelOptions | None = None) -> SettledChain:
    """A chain as the engine keeps it."""
    levels = levels or LevelOptions()
    return SettledChain(chain, ChainOptions(), levels)


def standing(traded: Mapping[int, tuple[int, ...]]) -> Standing:
    """What was traded: bought, sold, unsigned, proven and official, by place."""
    places = sorted(traded)
    table = np.array([traded[place] for place in places], np.int64).reshape(-1, 5)
    return Standing(
        np.array(places, np.int32),
        table[:, :3].copy(),
        table[:, 3].copy(),
        table[:, 4].copy(),
    )


def view(
    chain: SettledChain | None,
    traded: Mapping[int, tuple[int, ...]] | None = None,
    *,
    as_of_ns: int | None = None,
    symbol: str = "SPX",
    options: FlowOptions = OPTIONS,
) -> Name:
    """An underlying at an instant; at that of its chain unless told."""
    as_of_ns = as_of_ns or (chain.analysed.chain.as_of if chain else snapshots.AS_OF)
    return Name(
        symbol=symbol,
        version=1,
        as_of_ns=as_of_ns,
        feeds=Feeds(),
        trade_date=trade_date(as_of_ns),
        contracts=chain.analysed.chain.contracts if chain else Contracts(),
        options=options,
        standing=standing(traded or {}),
        parents=np.empty(0, records.PARENT),
        oi_stale=False,
        since_ns=0,
        standing_chain=chain,
        history=None,
        sector=None,
        spelled={},
    )


def market(*names: Name) -> Market:
    """A market of some underlyings."""
    return Market(
        names={name.symbol: name for name in names},
        version=1,
        as_of_ns=max((name.as_of_ns for name in names), default=0),
        feeds=Feeds(),
        options=OPTIONS,
    )


def random_chain(rng: np.random.Generator) -> Chain:
    """A chain as they come: odd strikes, unknown or no open interest, broken quotes."""
    listed = np.arange(440.0, 560.0, 2.5)
    strikes = np.sort(rng.choice(listed, rng.integers(1, 24), replace=False))
    expiries = sorted(rng.choice(len(EXPIRIES), rng.integers(1, 5), replace=False))
    chain = snapshots.quoted_chain(
        "SPXW",
        spread=float(rng.choice([0.0, 0.02, 0.3])),
        strikes=strikes,
        expiries=tuple(EXPIRIES[at] for at in expiries),
    )
    most = int(rng.choice([1, 20, 5_000]))
    held = rng.integers(0, most + 1, chain.rows)
    held[rng.random(chain.rows) < rng.choice([0.0, 0.2])] = UNKNOWN_COUNT
    volume = rng.integers(0, 500, chain.rows)
    volume[rng.random(chain.rows) < rng.choice([0.0, 0.2])] = UNKNOWN_COUNT
    unquoted = rng.random(chain.rows) < rng.choice([0.0, 0.1, 0.5])
    bid, ask = chain.bid.copy(), chain.ask.copy()
    bid[unquoted] = ask[unquoted] = np.nan
    return chain._replace(open_interest=held, volume=volume, bid=bid, ask=ask)


def random_trades(rng: np.random.Generator, chain: Chain) -> dict[int, tuple[int, ...]]:
    """Prints of some contracts of a chain, and of some that it does not list."""
    absent = chain.contracts.intern(
        [f"O:SPXW260626C{strike:05d}000" for strike in range(450, 455)]
    )
    listed = chain.contract[rng.random(chain.rows) < rng.choice([0.0, 0.1, 0.7])]
    official = dict(zip(chain.contract.tolist(), chain.open_interest.tolist(), strict=True))
    traded = {}
    for place in [*listed.tolist(), *absent.tolist()]:
        bought, sold, unsigned = rng.integers(0, rng.choice([2, 300, 20_000]), 3).tolist()
        volume, oi = bought + sold + unsigned, official.get(place, UNKNOWN_COUNT)
        proven = int(rng.integers(0, volume + 1)) if oi >= 0 and rng.random() < 0.2 else 0
        traded[place] = (bought, sold, unsigned, proven, oi)
    return traded


@cache
def random_view(seed: int) -> Name:
    """A view drawn from a seed, up to an hour after its chain."""
    rng = np.random.default_rng(seed)
    chain = random_chain(rng)
    traded = random_trades(rng, chain)
    later = chain.as_of + int(rng.integers(0, 3_300)) * 1_000_000_000
    options = UNBOUNDED if rng.random() < 0.3 else OPTIONS
    return view(settled(chain), traded, as_of_ns=later, options=options)


def listed(name: Name) -> list[dt.date]:
    """The expiries of the chain of a view, ascending."""
    days = np.unique(name.settled_chain().analysed.chain.expiry_day)
    return [EPOCH + dt.timedelta(days=day) for day in days.tolist()]


@st.composite
def asked(draw) -> tuple[Name, dt.date | None]:
    """A view and a question about one of its expiries, or about all."""
    name = random_view(draw(st.integers(0, 300)))
    return name, draw(st.sampled_from([None, *listed(name)]))


def body(reply: msgspec.Struct) -> dict[str, Any]:
    """An answer as a client decodes it."""
    return json.loads(msgspec.json.encode(reply))


def cents(dollars: float) -> int:
    """Dollars as whole cents, so that sums are exact; not whole is an error."""
    found = round(dollars * 100)
    assert math.isclose(found, dollars * 100, rel_tol=1e-12, abs_tol=1e-6)
    return found


def unexpired(name: Name, expiry: dt.date | None) -> list[int]:
    """Rows of the chain that have not expired, of one expiry or of all."""
    analysed = name.settled_chain().analysed
    day = None if expiry is None else (expiry - EPOCH).days
    return [
        row
        for row in range(analysed.chain.rows)
        if day in {None, int(analysed.chain.expiry_day[row])}
        and analysed.held.years[row] > 0
    ]


def changes(name: Name, rows: list[int]) -> list[int]:
    """The estimated change of each row of the chain, one after the other."""
    contract = name.settled_chain().analysed.chain.contract
    told = name.standing
    table = {
        place: (*told.volume[at].tolist(), int(told.proven[at]), int(told.oi[at]))
        for at, place in enumerate(told.contract.tolist())
    }
    found = []
    for row in rows:
        *volume, proven, oi = table.get(int(contract[row]), (0, 0, 0, 0, -1))
        known = None if oi < 0 else oi
        bounds = name.options.interest.bounds
        found.append(naive.oi_state(*volume, proven, known, oi_bounds=bounds)[0])
    return found


def held(name: Name, rows: list[int], change: list[int] | None = None) -> list[Held]:
    """Rows of a chain as the twins of the positioning room take them, with changes."""
    columns = name.settled_chain().analysed.held
    change = change or [0] * len(rows)
    made = []
    for row, more in zip(rows, change, strict=True):
        given = {field: getattr(columns, field)[row].item() for field in columns._fields}
        given["oi"] = max(0.0, given["oi"] + more) if given["oi"] >= 0 else math.nan
        made.append(Held(**given))
    return made
