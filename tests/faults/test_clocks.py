"""Clocks that go back, dates that end early or elsewhere, prints of a day that is over."""

import datetime as dt
import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

import markets
from faults import kills, playing
from faults.pressed import Held, Pressed, Told, held
from faults.table import Row
from opentape.desk.clock import SystemClock
from opentape.desk.engine.engine import Engine
from opentape.desk.ports import NOTHING_YET, Delivered, Fact, Tick
from opentape.desk.state.beside import Beside
from opentape.feeds.market.pace import AsNow
from opentape.feeds.market.play import PlayedMarket
from opentape.market.calendar import at_new_york, instant_ns, session_of, trade_date
from opentape.market.chain import Chain
from opentape.market.columns import PrintBatch
from opentape.store.sessions import SessionFolder
from opentape.wiring.feed import market_files

HOUR_NS = 3_600 * 10**9
HALF_DAY = dt.date(2026, 11, 27)
WHOLE = "one session, gone on with and whole"


class Jumping:
    """A clock that runs fast, and whose date goes back by an hour; fills `Clock`."""

    def __init__(self, wall_ns: int, jumps_ns: int, speed: float = 5_000.0) -> None:
        self._wall_ns, self._jumps_ns, self._speed = wall_ns, jumps_ns, speed
        self._now_ns = 0
        self.jumped = False

    def now_ns(self) -> int:
        return self._now_ns

    def wall_ns(self) -> int:
        return self._wall_ns

    def wait_s(self, seconds: float) -> None:
        passed = round(seconds * 10**9 * self._speed)
        self._now_ns += passed
        self._wall_ns += passed
        if not self.jumped and self._wall_ns > self._jumps_ns:
            self._wall_ns -= HOUR_NS
            self.jumped = True


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A half day of one underlying."""
    return markets.folder(
        tmp_path_factory.mktemp("half"),
        1_500,
        date=HALF_DAY,
        symbols=("SPY",),
        snapshot_minutes=60,
    )


@pytest.fixture(scope="module")
def half(folder) -> Held:
    return held(folder)


def moved(market: Held, by_ns: int) -> Held:
    """Return a market that was so much later."""

    def later(told: Told) -> Told:
        ts_ns, fact = told.ts_ns, told.fact
        if isinstance(fact, Chain):
            quoted = fact.ts_quote + by_ns
            fact = fact._replace(as_of=fact.as_of + by_ns, ts_quote=quoted)
            ts_ns += by_ns
        return Told(ts_ns, fact)

    return market._replace(
        told=[later(one) for one in market.told],
        prints=market.prints._replace(ts_event=market.prints.ts_event + by_ns),
        stocks=market.stocks._replace(ts_event=market.stocks.ts_event + by_ns),
    )


def survives(market: Held, tmp_path: Path, from_ns: int) -> kills.Clean:
    """Die behind an instant, go on, and find what a run finds that did not."""
    told = kills.clean(market, tmp_path / "clean")
    running, copy = tmp_path / "running", tmp_path / "copy"
    running.mkdir()

    def taken(_: int) -> None:
        if copy.exists() or not engines:
            return
        if engines[0]._intake.instant_ns > from_ns:
            shutil.copytree(running, copy)

    engines: list[Engine] = []
    engines.append(playing.started(Pressed(market, kills.RATE, 3), running, market, taken))
    while engines[0].alive:
        engines[0]._thread.join(0.1)
    engines[0].stop()
    again = playing.play(market, copy, playing.Way(kills.AT_ONCE, 4))
    outcome = kills.checked(market, told, copy, [again])
    assert (outcome[2:5], outcome.told) == ((0, 0, 0), [])
    assert SessionFolder(copy).dates() == [trade_date(market.last_ns)]
    return told


def test_a_half_day(half, tmp_path, note) -> None:
    session = session_of(HALF_DAY)
    assert session.end_ns == at_new_york(HALF_DAY, dt.time(13))
    survives(half, tmp_path, at_new_york(HALF_DAY, dt.time(12)))
    note(Row("died on a half day", 1, WHOLE, 0, 0, 0))


@pytest.mark.long
def test_a_session_that_crosses_midnight_in_greenwich(half, tmp_path, note) -> None:
    """It is one session still: New York's date counts."""
    late = moved(half, 7 * HOUR_NS)
    midnight_ns = instant_ns(dt.datetime(2026, 11, 28, tzinfo=dt.UTC))
    first, last = late.prints.ts_event[[0, -1]].tolist()
    assert first < midnight_ns < last
    survives(late, tmp_path, midnight_ns)
    note(Row("died behind midnight UTC, in a session that crosses it", 1, WHOLE, 0, 0, 0))


def test_the_date_of_the_machine_goes_back(folder, half, tmp_path, note) -> None:
    """Nothing is lost, nothing comes twice, and no answer is older than one before."""
    opens_ns = session_of(HALF_DAY).start_ns
    for begins_ns, jumps_ns in (
        (opens_ns, opens_ns + HOUR_NS),
        # started again by someone who had set it back
        (opens_ns, opens_ns + 2 * HOUR_NS),
    ):
        clock, seen = Jumping(begins_ns, jumps_ns), list[int]()
        feed = PlayedMarket(market_files(folder), AsNow(clock))
        engine = Engine(
            feed, playing.METHOD, playing.OPTIONS, Beside(), clock, SessionFolder(tmp_path)
        )
        engine.start()
        while engine.alive and not (clock.jumped and engine._intake.instant_ns > jumps_ns):
            seen.append(engine.market.as_of_ns)
            engine._thread.join(0.01)
        engine.stop()
        assert engine.failure is None
        assert seen == sorted(seen)
    entries = list(SessionFolder(tmp_path).stored(HALF_DAY).entries())
    instants = [entry.instant_ns for entry in entries]
    assert instants == sorted(set(instants))
    rows = np.concatenate([e.fact.row for e in entries if isinstance(e.fact, PrintBatch)])
    assert rows.tolist() == half.prints.row[: rows.size].tolist()
    assert rows.size > half.prints.rows / 2
    note(Row("the clock goes back by an hour", 2, "no instant twice or earlier", 0, 0, 0))


class Listed:
    """Facts as they are written down; fills `Feed`."""

    name = "a list"

    def __init__(self, market: Held, facts: Sequence[Fact]) -> None:
        self._facts = facts
        self.contracts, self.stocks = market.contracts, market.symbols
        self.identity = "a list"
        self.date = HALF_DAY

    def facts(self, after: Delivered = NOTHING_YET) -> Iterator[Fact]:
        came = 0
        for fact in self._facts:
            if isinstance(fact, PrintBatch):
                skipped = max(0, min(after.prints - came, fact.rows))
                came += fact.rows
                if skipped < fact.rows:
                    yield fact.take(slice(skipped, fact.rows))
            elif not after.prints or isinstance(fact, Tick):
                yield fact

    def stop(self) -> None:
        pass


@pytest.fixture
def yesterday(half) -> PrintBatch:
    """Prints of a day that is over, as they come today."""
    old = half.prints.take(slice(0, 3))
    return old._replace(
        ts_event=old.ts_event - 24 * HOUR_NS,
        row=old.row + half.prints.rows,
        sequence=old.row,
    )


@pytest.mark.parametrize("place", ["behind", "among", "before"])
def test_a_print_for_yesterday(half, yesterday, place, tmp_path, note) -> None:
    """It is kept, as all that comes, and counted, and changes nothing else."""
    prints, old = half.prints, yesterday
    middle = prints.rows // 2
    interest = next(one.fact for one in half.told if not isinstance(one.fact, Chain))
    first, second = prints.take(slice(0, middle)), prints.take(slice(middle, prints.rows))
    over = Tick(half.last_ns + 2 * 10**9)
    facts = {
        "behind": [interest, first, old, second, over],
        "among": [interest, PrintBatch.joined([first, old, second]), over],
        "before": [interest, old, first, second, over],
    }[place]
    clean = listed(half, tmp_path / "clean", [interest, first, second, over])
    *ask, ledger = sorted(
        playing.questions(clean.market), key=lambda one: one.route.path == "/v1/quality"
    )
    expected = [*playing.answered(clean.market, ask)]
    for _ in ("whole", "again"):
        market = listed(half, tmp_path / place, facts).market
        assert [*playing.answered(market, ask)] == expected
        (told,) = json.loads(playing.asked(market, ledger))["totals"]
        assert (told["kind"], told["count"]) == ("earlier_date", old.rows)
    sessions = SessionFolder(tmp_path / place)
    assert sessions.dates() == [HALF_DAY]
    kept = [entry.fact for entry in sessions.stored(HALF_DAY).entries()]
    rows = sum(fact.rows for fact in kept if isinstance(fact, PrintBatch))
    assert rows == prints.rows + old.rows
    told = f"{place} those of today: kept, counted, and nothing else changes"
    note(Row("prints for yesterday", old.rows, told, 0, 0, 0))


def listed(market: Held, folder: Path, facts: Sequence[Fact]) -> Engine:
    """Take facts, and return the engine that did."""
    engine = Engine(
        Listed(market, facts),
        playing.METHOD,
        playing.OPTIONS,
        Beside(),
        SystemClock(),
        SessionFolder(folder),
    )
    engine.start()
    engine._thread.join()
    engine.stop()
    assert engine.failure is None
    return engine
