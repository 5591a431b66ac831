"""The engine: facts in, views and pushed rows out, on one thread of its own.

Whoever asks reads `Engine.market`, a view that is replaced and never changed. A fact is
kept in the journal before anything shows it. Rows are pushed as soon as their parent
closes; views follow at a pace that leaves the fold most of the processor.
"""

import datetime as dt
import threading
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final

import structlog

from opentape.desk.clock import Clock
from opentape.desk.engine.chains import Chains
from opentape.desk.engine.intake import Intake
from opentape.desk.engine.late import Late
from opentape.desk.engine.log import StreamLog
from opentape.desk.engine.meters import Meters
from opentape.desk.engine.pushing import Pushing
from opentape.desk.engine.record import Link
from opentape.desk.fold.again import fold_again
from opentape.desk.fold.begun import fold_of
from opentape.desk.fold.market_fold import MarketFold, Source
from opentape.desk.journal.ports import Entry, Sessions, Settled, Solved
from opentape.desk.journal.spelling import spell_beside, spell_method
from opentape.desk.options import EngineOptions, Method
from opentape.desk.past.recent import Recent
from opentape.desk.ports import Fact, Feed, Tick
from opentape.desk.state.beside import Beside
from opentape.desk.state.market import Market
from opentape.market.chain import Chain
from opentape.market.columns import PrintBatch, StockBatch
from opentape.market.errors import StoreFailed

_log = structlog.get_logger(__name__)
_MS: Final = 1_000_000
_SAID_EVERY_NS: Final = 2_000 * _MS
_LEAST_SHARE: Final = 4
"""Publishing takes at most one part in so many and one of the engine's time."""


class Engine:
    """Folds a feed.

    Parameters
    ----------
    beside
        What is known beside the feed.
    sessions
        Where facts are kept; without it a restart begins with nothing.

    Raises
    ------
    BadFile
        If another process takes the same session, or it was taken from another feed.
    Damaged
        If what was kept of the session is.
    """

    def __init__(
        self,
        feed: Feed,
        method: Method,
        options: EngineOptions,
        beside: Beside,
        clock: Clock,
        sessions: Sessions | None = None,
    ) -> None:
        self._feed, self._method, self._options = feed, method, options
        self._clock, self._beside = clock, beside
        self.meters = Meters()
        self.late, self.recent = Late(options.late_minutes), Recent()
        self.failure: Exception | None = None
        """What ended the engine, if it was an error."""
        self._intake = Intake(feed, sessions)
        self._chains = Chains(self.meters)
        self.run = self._intake.journal.run
        """Names the session that the engine began with; a restart has the same."""
        self.log = StreamLog(self.run, options.stream_held)
        self._pushing = Pushing(self.log, beside)
        self._fold = self._folding()
        self.market = self._fold.market
        self._published: Callable[[Market], None] = lambda _: None
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

    @property
    def date(self) -> dt.date:
        """The trade date of the session under way."""
        return self._intake.journal.date

    def listen(
        self,
        told: Callable[[Sequence[Link]], None],
        published: Callable[[Market], None] = lambda _: None,
    ) -> None:
        """Call `told` with all that is told of signals, in order, `published` with views.

        To be said before the start: what an earlier run recorded of the session is told
        again, under the numbers that it had. Both are called on the engine's thread.
        """
        self._pushing.on_told, self._published = told, published

    def start(self) -> None:
        """Fold what an earlier run took, then begin to take what comes.

        Raises
        ------
        Damaged
            If what was kept is not what was written.
        StoreFailed
            If nothing can be kept.
        """
        try:
            self._recover()
        except BaseException:
            self._close()
            self._chains.stop()
            raise
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
            for fact in self._intake.facts():
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
        finally:
            self._close()

    def _close(self) -> None:
        try:
            self._intake.journal.close(self._pushing.unkept())
        except StoreFailed as error:
            # what was told last is told again by the next run
            self.failure = self.failure or error
            _log.warning("the record could not be ended", why=str(error))

    def _recover(self) -> None:
        """Fold what an earlier run took of the session, and go on behind it."""
        journal = self._intake.journal
        if not journal.end:
            self._keep(self._settled())
            return
        self._fold = self._begun()
        told = self._pushing.restore(journal.recorded())
        entries = self._intake.kept()
        # what the last entry brought may not have been recorded: it is told again
        before = islice(entries, max(told + 1, journal.end - 1))
        fold_again(self._fold, before, self._progress())
        self._fold.caught_up(self._pushing.standing)
        for last in entries:
            self._fold.tick(last.ticked_ns)
            self._fold.take(last.fact)
            self._push(last.number)
        self._publish()
        self._solve()
        _log.info("went on with a session", date=str(journal.date), entries=journal.end)

    def _progress(self) -> Callable[[int], None]:
        """Return what tells of a long recovery every few seconds."""
        said_ns, prints = self._clock.now_ns(), 0

        def folded(rows: int) -> None:
            nonlocal said_ns, prints
            prints += rows
            if self._clock.now_ns() - said_ns > _SAID_EVERY_NS:
                said_ns = self._clock.now_ns()
                _log.info("folding what was kept of the session", prints=prints)

        return folded

    def _begun(self) -> MarketFold:
        """Return the fold of the session that was begun, by the settings it began with."""
        journal = self._intake.journal
        first = next(journal.entries()).fact
        if isinstance(first, Settled) and first.method != spell_method(self._method):
            _log.warning("settings have changed: they count from the next session on")
        return fold_of(journal, first, self._options, self._feed.name)

    def _solve(self) -> None:
        """Have the newest chain of each underlying solved, before it is asked for."""
        for chain in self._fold.chains():
            self._chains.give(chain)

    def _settled(self, handed: int = 0, oi_date: dt.date | None = None) -> Settled:
        method, beside = spell_method(self._method), spell_beside(self._beside)
        return Settled(method, beside, oi_date, handed)

    def _folding(self, oi_date: dt.date | None = None) -> MarketFold:
        journal = self._intake.journal
        names = journal.contracts, journal.stocks
        source = Source(*names, self._feed.name, journal.date)
        return MarketFold(source, self._method, self._options, self._beside, oi_date)

    def _take(self, fact: Fact) -> None:
        if self._intake.ends_before(fact):
            self._turn(fact)
        if isinstance(fact, Tick):
            self._tick(fact)
            return
        came = self._clock.now_ns()
        entry = self._keep(fact)
        match entry.fact:
            case PrintBatch():
                self._push(entry.number)
                self.meters.prints += entry.fact.rows
                self.meters.batches += 1
                self.meters.to_push.add(self._clock.now_ns() - came)
                self._waiting_ns = self._waiting_ns or came
            case StockBatch():
                self.meters.stock_prints += entry.fact.rows
            case Chain():
                self._chains.give(self._fold.waiting(entry.fact))
            case _:
                pass

    def _tick(self, tick: Tick) -> None:
        if self._fold.tick(tick.now_ns):
            # a window closed: what is told of it must be told again after a restart
            entry = self._intake.keep(tick, self._pushing.unkept())
            self._pushing.kept()
            self._push(entry.number)
        self._intake.tick(tick.now_ns)

    def _keep(self, fact: Fact | Solved | Settled) -> Entry:
        entry = self._intake.keep(fact, self._pushing.unkept())
        self._pushing.kept()
        self._fold.take(entry.fact)
        return entry

    def _push(self, entry: int) -> None:
        self.meters.signals += self._pushing.push(self._fold.news(), entry)

    def _turn(self, fact: Fact) -> None:
        """End the session, and hand what it knew to the next."""
        # chains that came in it count in it, however long they take
        self._chains.wait()
        self._take_solved()
        self._tick(Tick(self._intake.ends_ns - 1))
        self._publish()
        before = self._fold
        places = self._intake.turn(self._pushing.unkept(), fact)
        self._pushing.turn(self._intake.journal.run)
        self._fold = self._folding(before.oi_date)
        known = [*before.known()]
        self._intake.hand_on(self._settled(len(known), before.oi_date))
        for one in known:
            mine = one if isinstance(one, Solved) else places.put(one)
            self._fold.take(self._intake.hand_on(mine).fact)
        self._solve()

    def _publish(self) -> None:
        began = self._clock.now_ns()
        self._take_solved()
        if not self._fold.begun:
            return
        self.market = self._fold.cut(self._intake.instant_ns)
        self.late.keep(self.market)
        self.recent.keep(self.market)
        self._published(self.market)
        self._ready.set()
        self._paced(began)

    def _paced(self, began: int) -> None:
        """Decide when to publish next: publishing must not crowd out the fold."""
        ended = self._clock.now_ns()
        self.meters.views += 1
        if self._waiting_ns is not None:
            self.meters.to_view.add(ended - self._waiting_ns)
            self._waiting_ns = None
        pause = max(self._options.publish_ms * _MS, _LEAST_SHARE * (ended - began))
        self._due_ns = ended + pause

    def _take_solved(self) -> None:
        for solved in self._chains.take():
            chain = solved.chain
            if self._fold.waits(solved):
                self._keep(Solved(chain.underlying, chain.as_of))
