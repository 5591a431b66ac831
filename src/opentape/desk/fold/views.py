"""Views: the engine's state cut into immutable pieces, one for each underlying."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.desk.fold.raw import Raw
from opentape.desk.options import EngineOptions
from opentape.desk.state.beside import Beside
from opentape.desk.state.feeds import Feeds
from opentape.desk.state.history import History
from opentape.desk.state.name import Name, Standing
from opentape.desk.state.settled import SettledChain
from opentape.flow.day import Day
from opentape.flow.options import FlowOptions
from opentape.flow.records import PARENT, Clock, Records, taken
from opentape.market.calendar import in_session
from opentape.market.contract import Contracts

_SECOND_NS: Final = 1_000_000_000


class At(NamedTuple):
    """An instant at which views are cut."""

    as_of_ns: int
    version: int
    since_ns: int
    """The first print of all."""
    feeds: Feeds


class Parents:
    """Closed parents of one underlying and date, handed out as prefixes of one buffer."""

    def __init__(self) -> None:
        self._rows: Records = np.empty(64, PARENT)
        self._count = 0

    def add(self, rows: Records) -> None:
        """Add parents; what was handed out before stays as it is."""
        end = self._count + rows.size
        if end > self._rows.size:
            grown: Records = np.empty(max(end, 2 * self._rows.size), PARENT)
            grown[: self._count] = self._rows[: self._count]
            self._rows = grown
        self._rows[self._count : end] = rows
        self._count = end

    def drop(self, contracts: NDArray[np.int64], kept: Records) -> None:
        """Replace the parents of some contracts by those that are still in the log."""
        mine = self.view()
        others = mine[~np.isin(mine["contract"], contracts)]
        self._rows, self._count = np.concatenate((others, kept)), others.size + kept.size

    def view(self) -> Records:
        """Return the parents so far."""
        return self._rows[: self._count]


class Watched:
    """One underlying as the engine keeps it: what its views are cut from."""

    def __init__(self, symbol: str, code: int) -> None:
        self.symbol = symbol
        self.code = code
        self.places: NDArray[np.int32] = np.empty(0, np.int32)
        """Its contracts, by place in the table, ascending."""
        self.parents = Parents()
        self.history: History | None = None
        self.sector: str | None = None
        self.spelled: dict[tuple[object, ...], bytes] = {}

    def begin_date(self) -> None:
        """Forget the trade date that is over."""
        self.parents, self.spelled = Parents(), {}


class Views:
    """Cuts views of a fold's state."""

    def __init__(
        self,
        contracts: Contracts,
        options: FlowOptions,
        beside: Beside,
        raw: Raw,
        engine: EngineOptions,
    ) -> None:
        self._contracts = contracts
        self._options = options
        self._beside, self._raw = beside, raw
        self._chain_age_s = engine.chain_age_s
        self.watched: list[Watched] = []
        """By code of underlying."""
        self.settled: dict[str, SettledChain] = {}
        """The chain that counts, by underlying."""
        self._known = 0
        self._looked = 0
        self._begins_ns = 0

    def named(self) -> None:
        """Take in the contracts that were named since the last time."""
        known, now = self._known, len(self._contracts)
        if known == now:
            return
        names = self._contracts.underlying_names()
        for code in range(len(self.watched), len(names)):
            one = Watched(names[code], code)
            one.history = self._beside.history.get(one.symbol)
            one.sector = self._beside.sector(one.symbol)
            self.watched.append(one)
        places = np.arange(known, now, dtype=np.int32)
        for code, mine in _by_code(self._contracts.underlyings(places)):
            one = self.watched[code]
            one.places = np.append(one.places, places[mine])
        self._known = now

    def gathered(self, day: Day) -> None:
        """Take in the parents that closed since the last time."""
        if day.span.start_ns != self._begins_ns:
            self._begins_ns, self._looked = day.span.start_ns, 0
            for one in self.watched:
                one.begin_date()
        closed = int(day.clock[Clock.PARENTS])
        news = day.parents[self._looked : closed]
        self._looked = closed
        news = taken(news, ~news["dropped"])
        for code, mine in _by_code(self._contracts.underlyings(news["contract"])):
            self.watched[code].parents.add(taken(news, mine))

    def taken_back(self, day: Day, contracts: NDArray[np.int64]) -> None:
        """Take in that prints of some contracts were taken back."""
        log = day.parents[: self._looked]
        kept = log[np.isin(log["contract"], contracts) & ~log["dropped"]]
        codes: list[int] = self._contracts.underlyings(contracts.astype(np.int32)).tolist()
        mine = self._contracts.underlyings(kept["contract"])
        for one in (self.watched[code] for code in set(codes)):
            one.parents.drop(contracts, kept[mine == one.code])

    def cut(self, one: Watched, day: Day, at: At) -> Name:
        """Return an underlying as it stands."""
        settled = self.settled.get(one.symbol)
        known = one.places[: np.searchsorted(one.places, day.states.size)]
        states = taken(day.states, known)
        return Name(
            symbol=one.symbol,
            version=at.version,
            as_of_ns=at.as_of_ns,
            feeds=at.feeds,
            trade_date=day.date,
            contracts=self._contracts,
            options=self._options,
            standing=Standing(
                known,
                states["volume"].astype(np.int64),
                day.series["proven"][known].astype(np.int64),
                states["oi"].astype(np.int64),
            ),
            parents=one.parents.view(),
            oi_stale=day.oi_stale,
            since_ns=at.since_ns,
            standing_chain=fresh(settled, at.as_of_ns, self._chain_age_s),
            history=one.history,
            sector=one.sector,
            spelled=one.spelled,
            tape=self._raw.options.view(one.symbol),
            stock=self._raw.stock.view(one.symbol),
        )


def fresh(chain: SettledChain | None, now_ns: int, age_s: int) -> SettledChain | None:
    """Return a chain that is fresh enough to answer with at an instant, else None."""
    if chain is None:
        return None
    age = now_ns - chain.chain.as_of
    return None if age > age_s * _SECOND_NS and in_session(now_ns) else chain


def _by_code(codes: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Yield each code that is there, and where, in order."""
    if not codes.size:
        return
    order = np.argsort(codes, kind="stable")
    present, first = np.unique(codes[order], return_index=True)
    yield from zip(present.tolist(), np.split(order, first[1:]), strict=True)
