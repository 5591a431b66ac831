"""The engine: facts in, views and pushed rows out, on one thread of its own.

Whoever asks reads `Engine.market`, a view that is replaced and never changed. Rows are
pushed as soon as their parent closes; views follow at a pace that leaves the fold most of
the processor.
"""

import datetime as dt
import threading
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec
import numpy as np
import structlog

from opentape.desk.clock import Clock
from opentape.desk.engine.chains import Chains
from opentape.desk.engine.late import Late
from opentape.desk.engine.log import StreamLog
from opentape.desk.engine.meters import Meters
from opentape.desk.engine.options import EngineOptions, Method
from opentape.desk.engine.raw import Raw
from opentape.desk.engine.rows import flow_row, frames
from opentape.desk.engine.views import Views, Watched, fresh
from opentape.desk.live import Live
from opentape.desk.ports import Fact, Feed, Tick
from opentape.desk.replay import Settled
from opentape.desk.state.beside import Beside
from opentape.desk.state.market import Feeds, Market
from opentape.desk.state.name import Name
from opentape.desk.state.tape import DayTape
from opentape.flow.judge.enrich import ChainMarks
from opentape.flow.records import Clock as Counter
from opentape.flow.signal import Signal
from opentape.market.calendar import session_before, trade_date
from opentape.market.chain import UNKNOWN_COUNT, Chain
from opentape.market.columns import PrintBatch, StockBatch
from opentape.market.open_interest import UNKNOWN_OI, OpenInterest
from opentape.market.roots import INDICES

_log = structlog.get_logger(__name__)
_MS: Final = 1_000_000
_LEAST_SHARE: Final = 4
"""Publishing takes at most one part in so many and one of the engine's time."""
_STEP_NS: Final = 1_000_000_000
"""The clock of a quiet underlying moves on at least so often."""


class Engine:
    """Folds a feed.

    Parameters
    ----------
    beside
        What is known beside the feed.
    run
        Names this run in the cursors of its stream.
    """

    def __init__(
        self,
        feed: Feed,
        method: Method,
        options: EngineOptions,
        beside: Beside,
        clock: Clock,
        run: str,
    ) -> None:
        self._feed, self._method, self._options = feed, method, options
        self._clock, self._beside = clock, beside
        self.meters = Meters()
        self.log = StreamLog(run, options.stream_held)
        self.late = Late(options.late_minutes)
        self.feeds = Feeds(macro=beside.macro_ns)
        self.failure: Exception | None = None
        """What ended the engine, if it was an error."""
        self._chains = Chains(method, self.meters)
        self._raw = Raw(feed.contracts, feed.stocks)
        self._views = Views(feed.contracts, method.flow, beside, self._raw, options)
        self._live: Live | None = None
        self.market = self._market({}, 0, 0)
        self._interest: OpenInterest | None = None
        self._marks: dict[str, ChainMarks] = {}
        self._dirty: set[int] = set()
        self._names: dict[str, Name] = {}
        self._since_ns = 0
        self._due_ns = 0
        self._waiting_ns: int | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    @property
    def ready(self) -> bool:
        """Whether a first view was published."""
        return self._ready.is_set()

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin to fold."""
        self._thread.start()

    def wait_ready(self, seconds: float) -> bool:
        """Wait for the first view; return whether it came in time."""
        return self._ready.wait(seconds)

    def stop(self) -> None:
        """End the feed, fold what it has delivered, publish once more."""
        self._feed.stop()
        if self._thread.ident is not None:
            self._thread.join()
        self._chains.stop()

    def _run(self) -> None:
        try:
            for fact in self._feed.facts():
                self._take(fact)
                if self._clock.now_ns() >= self._due_ns:
                    self._publish()
            self._chains.wait()
            self._publish()
            _log.info("the feed is over", prints=self.meters.prints)
        except Exception as error:  # noqa: BLE001
            # the supervisor of the live path: views stay up, readiness says what happened
            self.failure = error
            _log.exception("the engine stopped")

    def _take(self, fact: Fact) -> None:
        match fact:
            case PrintBatch():
                self._take_prints(fact)
            case StockBatch():
                self._take_stock(fact)
            case Chain():
                self._chains.give(self._settled(fact))
                self._note(chain=fact)
            case OpenInterest():
                self._take_interest(fact)
            case Tick():
                if self._live is not None:
                    self._push(self._live.tick(fact.now_ns))

    def _take_prints(self, batch: PrintBatch) -> None:
        if not batch.rows:
            return
        came = self._clock.now_ns()
        self._waiting_ns = self._waiting_ns or came
        if self._live is None:
            self._since_ns = int(batch.ts_event[0])
            self._settled_on(trade_date(self._since_ns))
            settled = Settled(self._interest)
            method = self._method.flow
            self._live = Live(self._feed.contracts, settled, method, self._raw)
        self._push(self._live.take(batch))
        self.meters.prints += batch.rows
        self.meters.batches += 1
        self.meters.to_push.add(self._clock.now_ns() - came)
        codes = np.unique(self._feed.contracts.underlyings(batch.contract))
        self._dirty.update(codes.tolist())
        self._note(prints=(int(batch.ts_event[-1]), codes.tolist()))

    def _take_stock(self, batch: StockBatch) -> None:
        self.meters.stock_prints += batch.rows
        self._raw.stock.add(batch)
        if batch.rows:
            self._heard(equity=int(batch.ts_event[-1]))

    def _take_interest(self, settled: OpenInterest) -> None:
        self._interest = settled
        if self._live is not None:
            after = trade_date(int(self._live.day.span.end_ns))
            self._live.settle(settled, after)
            self._settled_on(after)

    def _settled_on(self, date: dt.date) -> None:
        """Note that the open interest of a date's morning is of the session before."""
        before = session_before(date)
        if self._interest is not None and before is not None:
            self._heard(open_interest=before.end_ns)

    def _settled(self, chain: Chain) -> Chain:
        """Return a chain with the morning's open interest where it carries none."""
        if self._interest is None:
            return chain
        unknown = chain.open_interest == UNKNOWN_COUNT
        if not unknown.any():
            return chain
        known = self._interest.of(self._feed.contracts)[chain.contract]
        known = np.where(known == UNKNOWN_OI, UNKNOWN_COUNT, known)
        return chain._replace(open_interest=np.where(unknown, known, chain.open_interest))

    def _push(self, signals: Iterable[Signal]) -> None:
        rows = [flow_row(one, self._beside.sector(one.symbol)) for one in signals]
        if rows:
            self.meters.signals += len(rows)
            self.log.append([*frames(rows, self.log.end, self.log.cursor)])

    def _publish(self) -> None:
        if self._live is None:
            return
        began = self._clock.now_ns()
        self._take_solved()
        day, views = self._live.day, self._views
        views.named()
        again = self._raw.folded_again()
        if again.size:
            views.taken_back(day, again)
        views.gathered(day)
        version = self.market.version + 1
        now = int(day.clock[Counter.NOW])
        moved = self._raw.touched()
        for one in views.watched:
            name = self._names.get(one.symbol)
            dirty = one.code in self._dirty or one.symbol in moved
            if name is None or dirty or self._aged(one, name, now):
                cut = views.cut(one, day, version=version, since_ns=self._since_ns)
                self._names[one.symbol] = cut
            elif now - name.as_of_ns > _STEP_NS:
                self._names[one.symbol] = name.later(now, version)
        self._dirty.clear()
        self.market = self._market(dict(self._names), version, now)
        self.late.keep(self.market)
        self._ready.set()
        self._paced(began)

    def _market(self, names: Mapping[str, Name], version: int, now: int) -> Market:
        method, tape = self._method, None
        if self._live is not None:
            parts = tuple(part.batch for part in self._live.day.folded)
            contracts = self._feed.contracts
            tape = DayTape(contracts, parts, self._interest, self._feed.name)
        return Market(
            names=names,
            version=version,
            as_of_ns=now,
            feeds=self.feeds,
            options=method.flow,
            chain_options=method.chain,
            level_options=method.levels,
            tape=tape,
        )

    def _paced(self, began: int) -> None:
        """Decide when to publish next: publishing must not crowd out the fold."""
        ended = self._clock.now_ns()
        self.meters.views += 1
        if self._waiting_ns is not None:
            self.meters.to_view.add(ended - self._waiting_ns)
            self._waiting_ns = None
        pause = max(self._options.publish_ms * _MS, _LEAST_SHARE * (ended - began))
        self._due_ns = ended + pause

    def _aged(self, one: Watched, name: Name, now: int) -> bool:
        """Return whether its chain is not the one that its view shows."""
        return fresh(one.chain, now, self._options.chain_age_s) is not name.standing_chain

    def _take_solved(self) -> None:
        solved = self._chains.take()
        if not solved or self._live is None:
            return
        by_symbol = {one.symbol: one for one in self._views.watched}
        for symbol, chain in solved.items():
            self._marks[symbol] = chain.marks
            if symbol in by_symbol:
                by_symbol[symbol].chain = chain
        self._live.mark(_joined(self._marks))

    def _note(
        self,
        *,
        prints: tuple[int, list[int]] | None = None,
        chain: Chain | None = None,
    ) -> None:
        """Keep in mind when each kind of feed last delivered."""
        if chain is not None:
            kind = "index" if chain.underlying in INDICES else "equity"
            self._heard(**{f"{kind}_options": chain.as_of})
        if prints is not None:
            ts, codes = prints
            names = self._feed.contracts.underlying_names()
            kinds = {"index" if names[code] in INDICES else "equity" for code in codes}
            self._heard(flow=ts, **{f"{kind}_options": ts for kind in kinds})

    def _heard(self, **times: int) -> None:
        self.feeds = msgspec.structs.replace(self.feeds, **times)


def _joined(marks: Mapping[str, ChainMarks]) -> ChainMarks:
    """Return the marks of several underlyings as one table, by contract."""
    every = ChainMarks._make(
        np.concatenate(columns) for columns in zip(*marks.values(), strict=True)
    )
    order = np.argsort(every.contract, kind="stable")
    return ChainMarks._make(column[order] for column in every)
