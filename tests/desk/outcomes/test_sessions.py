"""A session that is played, and the same one kept, tell the same outcomes."""

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

import markets
from opentape.desk.engine.record import pushed
from opentape.desk.journal.ports import Delivered, Entry, Recorded
from opentape.desk.live import Event, Live
from opentape.desk.outcomes import kept
from opentape.desk.outcomes.columns import Watched
from opentape.desk.outcomes.moves import follow
from opentape.desk.outcomes.outcomes import outcomes
from opentape.desk.outcomes.played import STEP_NS
from opentape.desk.outcomes.record import Record
from opentape.desk.ports import Fact, Tape, Tick
from opentape.desk.replay import Settled, replay
from opentape.feeds.market.stock import StockFile
from opentape.flow.options import FlowOptions
from opentape.market.contract import Contracts
from opentape.market.errors import BadFile, Damaged
from opentape.wiring import build
from opentape.wiring.simulated.market import played

OPTIONS = FlowOptions()


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("market") / "market"
    return markets.folder(folder, 8_000, snapshot_minutes=390)


def opened(market: Path) -> Tape:
    return build.open_tape([market / "tape.parquet"])


@pytest.fixture(scope="module")
def session(market: Path) -> Watched:
    (files,) = build.market_days(market)
    return played(files, opened(market), OPTIONS)


def test_every_signal_is_told_once_and_never_too_early(
    session: Watched, market: Path
) -> None:
    answer = replay(opened(market))
    ends = np.sort(answer.signals.parents["last_ts"])
    told = session.told
    assert session.date == markets.DATE
    assert told.rows == pytest.approx(ends.size, rel=0.05)
    assert (np.diff(told.ts_ns) >= 0).all()
    assert set(told.ts_ns % STEP_NS) == {0}
    for instant in np.unique(told.ts_ns).tolist():
        assert (told.ts_ns <= instant).sum() <= (ends <= instant).sum() + 0.05 * ends.size
    assert (told.parts.sum(axis=1) == told.score).all()
    assert (told.tags[:, :2].sum(axis=1) == 1).all()
    assert set(np.unique(told.direction)) == {-1, 0, 1}


def test_every_underlying_has_prices(session: Watched) -> None:
    assert set(session.paths) == set(markets.SYMBOLS)
    for path in session.paths.values():
        assert (np.diff(path.ts_ns) >= 0).all()
        assert path.price.std() < 0.1 * path.price.mean()


class KeptSession:
    """A tape as a journal would keep it; fills `Session`."""

    date = markets.DATE
    run = feed = "test"

    def __init__(self, market: Path) -> None:
        tape = opened(market)
        self.contracts: Contracts = tape.contracts
        stock = StockFile(market / "stock.parquet")
        facts: list[tuple[int, Fact]] = [
            (int(batch.ts_event[0]), batch) for batch in stock.batches()
        ]
        self.stocks: Sequence[str] = stock.symbols
        self.records: list[Recorded] = []
        interest, _ = build.read_open_interest(market / "oi.parquet", tape.contracts)
        live = Live(tape.contracts, Settled(interest), OPTIONS)
        for batch in tape.batches():
            step = batch.ts_event // STEP_NS
            for at in np.unique(step).tolist():
                part, ends_ns = batch.take(step == at), (at + 1) * STEP_NS
                facts += [(int(part.ts_event[0]), part), (ends_ns, Tick(ends_ns))]
                live.push(part)
                live.tick(ends_ns)
                self.records += [
                    Recorded(
                        ends_ns,
                        news.signal.symbol if news.signal else "",
                        pushed(news, None, "", lambda _: None).body,
                    )
                    for news in live.news()
                ]
        self._entries = [
            Entry(number, ts_ns, 0, Delivered(), fact)
            for number, (ts_ns, fact) in enumerate(sorted(facts, key=lambda one: one[0]))
        ]
        places = {
            one.instant_ns: one.number
            for one in self._entries
            if isinstance(one.fact, Tick)
        }
        self.records = [one._replace(entry=places[one.entry]) for one in self.records]

    @property
    def end(self) -> int:
        return len(self._entries)

    def entries(self, first: int = 0, until_ns: int | None = None) -> Iterator[Entry]:
        """Yield all, which is what is asked for here."""
        assert (first, until_ns) == (0, None)
        yield from self._entries

    def recorded(self, symbols: Collection[str] | None = None) -> Iterator[Recorded]:
        """Yield all, which is what is asked for here."""
        assert symbols is None
        yield from self.records


def test_a_session_that_was_kept_tells_the_same(session: Watched, market: Path) -> None:
    again = kept.watched(KeptSession(market))
    # what is still open at the end of the tape nobody was told
    rows = again.told.rows
    assert session.told.rows - 5 <= rows <= session.told.rows
    for mine, its in zip(again.told, session.told, strict=True):
        assert mine.tolist() == its[:rows].tolist()
    assert again.paths.keys() == session.paths.keys()
    for symbol, path in again.paths.items():
        assert path.price[-1] == pytest.approx(session.paths[symbol].price[-1], rel=1e-3)


class KeptSessions:
    """Sessions by their date; fills `record.Kept`."""

    def __init__(self, **sessions: KeptSession | Exception) -> None:
        self._sessions = {dt.date.fromisoformat(f"2026-05-{at[1:]}"): one
                          for at, one in sessions.items()}  # fmt: skip
        self.reads = 0

    def dates(self) -> Sequence[dt.date]:
        return sorted(self._sessions)

    def stored(self, date: dt.date) -> KeptSession:
        self.reads += 1
        found = self._sessions[date]
        if isinstance(found, Exception):
            raise found
        return found


def test_sessions_are_followed_once_and_those_left_out_that_cannot_be_read(
    market: Path,
) -> None:
    session = KeptSession(market)
    holiday = KeptSession(market)
    holiday.date = dt.date(2026, 5, 25)
    sessions = KeptSessions(
        d19=session, d20=Damaged("no"), d21=session, d25=holiday, d26=session
    )
    record = Record(sessions)
    found = record.before(dt.date(2026, 5, 26), 4)
    assert [one.date for one in found.sessions] == [markets.DATE] * 2
    assert found.left_out == (dt.date(2026, 5, 20), dt.date(2026, 5, 25))
    session.entries = None
    again = record.before(dt.date(2026, 5, 26), 3)
    assert again.sessions[0] is found.sessions[1]
    assert record.before(dt.date(2026, 5, 19), 4) == ([], ())


def test_where_nothing_was_told_nothing_came_after(market: Path) -> None:
    empty = KeptSession(market)
    empty.records = [one for one in empty.records if Event.NEW not in str(one.body)]
    assert kept.watched(empty).told.rows == 0
    assert outcomes([follow(kept.watched(empty))], OPTIONS.score).sessions == 0


def test_a_tape_of_two_sessions_is_refused(tmp_path: Path) -> None:
    both = markets.folder(tmp_path / "m", 500, days=2, snapshot_minutes=390)
    files = build.market_days(both)
    tape = build.open_tape([one.tape for one in files])
    with pytest.raises(BadFile, match="one session to tell outcomes, begins on 2026-05-21"):
        played(files[0], tape, OPTIONS)
