"""A day that is played, the same taken, and the same kept, tell the same outcomes."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import markets
from opentape.desk.backtest.taken import Played
from opentape.desk.backtest.walked import Ears, Moment, walked
from opentape.desk.options import EngineOptions
from opentape.desk.outcomes.columns import Watched
from opentape.desk.outcomes.played import STEP_NS
from opentape.market.errors import NoCoverage
from opentape.store.sessions import SessionFolder
from opentape.wiring import build
from opentape.wiring.feed import open_in_steps, read_beside
from opentape.wiring.sessions import method_of, taken_session
from opentape.wiring.settings import Settings
from opentape.wiring.simulated.market import played

OPTIONS = EngineOptions()


class Heard:
    """Notes what a walk says, and asks how all stood."""

    def __init__(self) -> None:
        self.moments: list[tuple[int, tuple[str, ...], int]] = []
        self.rows = 0

    def hear(self, moment: Moment) -> None:
        market = moment.market()
        assert market.as_of_ns == moment.instant_ns
        signals = sum(market.names[symbol].judged.rows for symbol in moment.symbols)
        self.moments.append((moment.instant_ns, moment.symbols, signals))

    def count(self, rows: int) -> None:
        self.rows += rows

    @property
    def ears(self) -> Ears:
        return Ears(self.hear, self.count)


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("market") / "market"
    return markets.folder(folder, 2_500, snapshot_minutes=390)


@pytest.fixture(scope="module")
def kept(market: Path, tmp_path_factory: pytest.TempPathFactory) -> SessionFolder:
    """The day as a journal and, for the same, in the lake."""
    sessions = SessionFolder(tmp_path_factory.mktemp("kept"))
    feed = open_in_steps(market, STEP_NS)
    for _ in Played(
        feed, method_of(Settings()), read_beside(market).beside, sessions
    ).entries():
        pass
    return sessions


def test_it_tells_what_a_played_day_tells(market: Path) -> None:
    heard = Heard()
    again = walked(
        taken_session(build.market_days(market)[0], Settings()), OPTIONS, heard.ears
    )
    (files,) = build.market_days(market)
    tape = build.open_tape([files.tape])
    session = played(files, tape, Settings().flow)
    assert heard.rows == tape.rows_total
    assert again is not None
    same_prices(again, session)
    told, (mine, its) = again.told, map(named, (again, session))
    assert told.rows > 10
    # what was open at the end nobody was told
    assert mine.keys() <= its.keys()
    assert len(its) - 5 <= len(mine) == told.rows
    # here at the last print of a step, or at its end as there
    assert all(0 <= its[name] - ts_ns < STEP_NS for name, ts_ns in mine.items())
    instants = [instant for instant, _, _ in heard.moments]
    assert instants == sorted(set(told.ts_ns.tolist()))
    # whoever asks then finds what was told
    assert all(signals > 0 for _, _, signals in heard.moments)


@pytest.mark.long
def test_a_session_that_was_kept_tells_the_same(market: Path, kept: SessionFolder) -> None:
    one, two, three = Heard(), Heard(), Heard()
    taken = walked(
        taken_session(build.market_days(market)[0], Settings()), OPTIONS, one.ears
    )
    journal = walked(kept.stored(markets.DATE), OPTIONS, two.ears)
    assert kept.compact(markets.DATE)
    lake = walked(kept.stored(markets.DATE), OPTIONS, three.ears)
    assert one.moments == two.moments == three.moments
    assert one.rows == two.rows == three.rows
    assert taken is not None
    assert journal is not None
    assert lake is not None
    same(taken, journal)
    same(taken, lake)


def named(session: Watched) -> dict[tuple[object, ...], int]:
    """When each signal was told, by all else that is known of it."""
    told = session.told
    rows = zip(*(column.tolist() for column in told[1:]), strict=True)
    names = [(*row[:4], *map(tuple, row[4:])) for row in rows]
    counts = Counter[object]()
    found = dict[tuple[object, ...], int]()
    for name, ts_ns in zip(names, told.ts_ns.tolist(), strict=True):
        counts[name] += 1
        found[*name, counts[name]] = ts_ns
    return found


def same(one: Watched, other: Watched) -> None:
    for mine, its in zip(one.told, other.told, strict=True):
        assert mine.tolist() == its.tolist()
    same_prices(one, other)


def same_prices(one: Watched, other: Watched) -> None:
    assert one.paths.keys() == other.paths.keys() == set(markets.SYMBOLS)
    for symbol, path in one.paths.items():
        assert (np.diff(path.ts_ns) >= 0).all()
        assert path.price[-1] == pytest.approx(other.paths[symbol].price[-1], rel=1e-3)


class Bare:
    """A session without its settings, or without anything; fills `Taken`."""

    def __init__(self, whole, entries) -> None:
        self.date, self.contracts, self.stocks = whole.date, whole.contracts, whole.stocks
        self._entries = entries

    def entries(self, first: int = 0, until_ns: int | None = None):
        del first, until_ns
        return iter(self._entries)


def test_where_nothing_was_told_there_is_nothing(market: Path) -> None:
    session = taken_session(build.market_days(market)[0], Settings())
    first, interest, *_ = entries = list(session.entries())
    assert walked(Bare(session, []), OPTIONS, Heard().ears) is None
    assert walked(Bare(session, [first, interest]), OPTIONS, Heard().ears) is None
    with pytest.raises(NoCoverage, match="does not begin with its settings"):
        walked(Bare(session, entries[1:3]), OPTIONS, Heard().ears)
