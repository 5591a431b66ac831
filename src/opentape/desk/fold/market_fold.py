"""The whole market as a fold over facts: facts in, views out, no clock and no threads.

The same class runs live, after a restart and for a question about the past, so its state
is a function of the facts alone. Solving a chain takes longer than a print may wait, so a
chain counts only from the fact on that says it was settled; where nobody solved it before,
it is solved when it is first needed.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from opentape.desk.fold.raw import Raw
from opentape.desk.fold.views import At, Views, Watched, fresh
from opentape.desk.journal.ports import Settled, Solved
from opentape.desk.live import Live, News
from opentape.desk.options import EngineOptions, Method
from opentape.desk.ports import Fact, Tick
from opentape.desk.replay import Settled as Beginning
from opentape.desk.state.beside import Beside
from opentape.desk.state.feeds import Feeds
from opentape.desk.state.market import Market
from opentape.desk.state.name import Name
from opentape.desk.state.settled import SettledChain
from opentape.desk.state.tape import DayTape
from opentape.flow.judge.enrich import ChainMarks
from opentape.market.calendar import day_of, session_before, trade_date
from opentape.market.chain import UNKNOWN_COUNT, Chain
from opentape.market.columns import PrintBatch, StockBatch
from opentape.market.contract import Contracts
from opentape.market.open_interest import UNKNOWN_OI, OpenInterest
from opentape.market.roots import INDICES

_STEP_NS: Final = 1_000_000_000
"""The clock of a quiet underlying moves on at least so often."""


class Source(NamedTuple):
    """What facts are written in."""

    contracts: Contracts
    stocks: Sequence[str]
    """Stock symbols, by the places that stock prints name."""
    name: str
    """What the tape is, in a word or two."""
    date: dt.date
    """The trade date of the session."""


class MarketFold:
    """Folds facts.

    Parameters
    ----------
    beside
        What is known beside the facts.
    oi_date
        The trade date of open interest that a session before handed on.
    """

    def __init__(
        self,
        source: Source,
        method: Method,
        options: EngineOptions,
        beside: Beside,
        oi_date: dt.date | None = None,
    ) -> None:
        self._source, self._method, self._options = source, method, options
        self.oi_date = oi_date
        """The trade date that the open interest is of, where it is not the first one."""
        late_ms = method.flow.gather.late_after_ms
        self._raw = Raw(source.contracts, source.stocks, late_ms, oi_date)
        self._views = Views(source.contracts, method.flow, beside, self._raw, options)
        self._live: Live | None = None
        self._interest: OpenInterest | None = None
        self._waiting: dict[tuple[str, int], SettledChain] = {}
        """Chains that came and do not count yet."""
        self._settled: dict[str, SettledChain] = {}
        self._dirty: set[int] = set()
        self._names: dict[str, Name] = {}
        self._since_ns = self._date_ns = 0
        self.feeds = Feeds(macro=beside.macro_ns)
        self.market = self._market(0, 0)

    @property
    def begun(self) -> bool:
        """Whether a print came: before that there is nothing to show."""
        return self._live is not None

    def take(self, fact: Fact | Solved | Settled) -> None:
        """Fold a fact."""
        match fact:
            case PrintBatch():
                self._take_prints(fact)
            case StockBatch():
                self._take_stock(fact)
            case Chain():
                self._take_chain(fact)
            case Solved():
                self._take_solved(fact)
            case OpenInterest():
                self._take_interest(fact)
            case Tick():
                self.tick(fact.now_ns)
            case Settled():
                pass

    def tick(self, now_ns: int) -> bool:
        """Let time pass; return whether that closed a window."""
        return self._live is not None and self._live.tick(now_ns)

    def waiting(self, fact: Chain) -> SettledChain:
        """Return what a chain that was taken will count as, for a thread to solve."""
        return self._waiting[fact.underlying, fact.as_of]

    def waits(self, chain: SettledChain) -> bool:
        """Return whether a chain that was solved is still to count."""
        return self._waiting.get((chain.chain.underlying, chain.chain.as_of)) is chain

    def chains(self) -> Iterator[SettledChain]:
        """Yield the chains that count, then those that are still to, oldest first."""
        yield from self._settled.values()
        yield from self._waiting.values()

    def known(self) -> Iterator[OpenInterest | Chain | Solved]:
        """Yield what the next session goes on with."""
        if self._interest is not None:
            yield self._interest
        for symbol, chain in self._settled.items():
            yield chain.chain
            yield Solved(symbol, chain.chain.as_of)
        for waiting in self._waiting.values():
            yield waiting.chain

    def news(self) -> Iterator[News]:
        """Yield what is to be told of signals since this was asked last."""
        if self._live is not None:
            yield from self._live.news(self._marks)

    def caught_up(self, told: frozenset[str]) -> None:
        """Take it that all news so far were told; those of `told` stand as they were."""
        if self._live is not None:
            self._live.catch_up(told)

    def cut(self, as_of_ns: int, step_ns: int = _STEP_NS) -> Market:
        """Return the market as it stands; what did not change is shared with the last.

        Parameters
        ----------
        step_ns
            The clock of a quiet underlying may stand still for so long.
        """
        live, views = self._live, self._views
        if live is None:
            return self.market
        views.named()
        again = self._raw.folded_again()
        if again.size:
            views.taken_back(live.day, again)
        views.gathered(live.day)
        version, moved = self.market.version + 1, self._raw.touched()
        at = At(as_of_ns, version, self._since_ns, self.feeds)
        turned = live.day.span.start_ns != self._date_ns
        self._date_ns = live.day.span.start_ns
        for one in views.watched:
            name = self._names.get(one.symbol)
            dirty = turned or one.code in self._dirty or one.symbol in moved
            if name is None or dirty or self._aged(one, name, as_of_ns):
                self._names[one.symbol] = views.cut(one, live.day, at)
            elif as_of_ns - name.as_of_ns > step_ns:
                self._names[one.symbol] = name.later(as_of_ns, version, self.feeds)
        self._dirty.clear()
        self.market = self._market(version, as_of_ns)
        return self.market

    def _take_prints(self, batch: PrintBatch) -> None:
        if self._live is None:
            batch = self._of_the_date(batch)
        if not batch.rows:
            return
        live = self._live = self._live or self._begin(batch)
        live.push(batch)
        codes = self._source.contracts.underlyings(batch.contract)
        present: list[int] = np.unique(codes).tolist()
        self._dirty.update(present)
        names = self._source.contracts.underlying_names()
        index = np.isin(codes, [code for code in present if names[code] in INDICES])
        self._heard(
            flow=batch.ts_event,
            equity_options=batch.ts_event[~index],
            index_options=batch.ts_event[index],
        )

    def _of_the_date(self, batch: PrintBatch) -> PrintBatch:
        """Return a batch without prints of days that were over before any came."""
        early = batch.ts_event < day_of(self._source.date).start_ns
        if not early.any():
            return batch
        self._raw.earlier(batch.take(early))
        return batch.take(~early)

    def _begin(self, batch: PrintBatch) -> Live:
        self._since_ns = int(batch.ts_event[0])
        date = trade_date(self._since_ns)
        self.oi_date = self.oi_date or date
        self._settled_on(date)
        return Live(
            self._source.contracts,
            Beginning(self._interest),
            self._method.flow,
            self._raw,
            self.oi_date,
        )

    def _take_stock(self, batch: StockBatch) -> None:
        self._raw.stocks(batch)
        self._heard(equity=batch.ts_event)

    def _take_chain(self, chain: Chain) -> None:
        self._raw.quality.chain(chain)
        chain = self._with_interest(chain)
        method = self._method
        made = SettledChain(chain, method.chain, method.levels)
        self._waiting[chain.underlying, chain.as_of] = made
        kind = "index" if chain.underlying in INDICES else "equity"
        self._heard(**{f"{kind}_options": np.array([chain.as_of])})

    def _take_solved(self, solved: Solved) -> None:
        symbol, as_of_ns = solved
        chain = self._waiting[symbol, as_of_ns]
        for key in [*self._waiting]:
            if key[0] == symbol and key[1] <= as_of_ns:
                del self._waiting[key]
        self._settled[symbol] = chain
        self._views.settled[symbol] = chain

    def _take_interest(self, settled: OpenInterest) -> None:
        self._raw.quality.settle(settled)
        self._interest = settled
        if self._live is not None:
            after = trade_date(int(self._live.day.span.end_ns))
            self._live.settle(settled, after)
            self.oi_date = after
            self._settled_on(after)

    def _settled_on(self, date: dt.date) -> None:
        """Note that the open interest of a date's morning is of the session before."""
        before = session_before(date)
        if self._interest is not None and before is not None:
            self._heard(open_interest=np.array([before.end_ns]))

    def _with_interest(self, chain: Chain) -> Chain:
        """Return a chain with the morning's open interest where it carries none."""
        if self._interest is None:
            return chain
        unknown = chain.open_interest == UNKNOWN_COUNT
        if not unknown.any():
            return chain
        known = self._interest.of(self._source.contracts)[chain.contract]
        known = np.where(known == UNKNOWN_OI, UNKNOWN_COUNT, known)
        return chain._replace(open_interest=np.where(unknown, known, chain.open_interest))

    def _marks(self, contracts: NDArray[np.int32]) -> ChainMarks:
        """Return what the chains that count say of contracts; only theirs are solved."""
        table = self._source.contracts
        places = np.unique(contracts)
        codes, names = table.underlyings(places), table.underlying_names()
        present: list[int] = np.unique(codes).tolist()
        found = (
            chain.marks.of(places[codes == code])
            for code in present
            if (chain := self._settled.get(names[code]))
        )
        parts = zip(ChainMarks.none(), *found, strict=True)
        return ChainMarks._make(map(np.concatenate, parts))

    def _aged(self, one: Watched, name: Name, now_ns: int) -> bool:
        """Return whether its chain is not the one that its view shows."""
        chain = self._settled.get(one.symbol)
        return fresh(chain, now_ns, self._options.chain_age_s) is not name.standing_chain

    def _market(self, version: int, as_of_ns: int) -> Market:
        method, source, tape = self._method, self._source, None
        if self._live is not None:
            parts = tuple(part.batch for part in self._live.day.folded)
            tape = DayTape(source.contracts, parts, self._interest, source.name)
        return Market(
            names=dict(self._names),
            version=version,
            as_of_ns=as_of_ns,
            feeds=self.feeds,
            options=method.flow,
            chain_options=method.chain,
            level_options=method.levels,
            tape=tape,
            quality=self._raw.quality.view(),
        )

    def _heard(self, **times: NDArray[np.int64]) -> None:
        """Note the newest of the instants that each kind of fact told of."""
        newest = {
            kind: max(int(ts.max()), getattr(self.feeds, kind) or 0)
            for kind, ts in times.items()
            if ts.size
        }
        self.feeds = msgspec.structs.replace(self.feeds, **newest)
