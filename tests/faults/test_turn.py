"""A session ends under a running engine, and the next begins with what it knew."""

import shutil
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest

from faults import kills, playing
from faults.table import Row
from opentape.desk.engine.record import Told
from opentape.desk.journal.ports import Entry, Settled, Solved
from opentape.market.calendar import day_of
from opentape.market.chain import Chain
from opentape.market.columns import PrintBatch, StockBatch
from opentape.market.open_interest import OpenInterest
from opentape.store.sessions import SessionFolder


@pytest.mark.usefixtures("clean")
def test_each_date_has_a_session_that_begins_with_what_was_known(undisturbed) -> None:
    sessions = SessionFolder(undisturbed)
    first, second = map(sessions.stored, sessions.dates())
    for session in (first, second):
        begins_ns, ends_ns = day_of(session.date)
        for entry in session.entries():
            assert begins_ns < entry.instant_ns < ends_ns
            if isinstance(entry.fact, PrintBatch | StockBatch):
                assert begins_ns <= entry.fact.ts_event.min()
                assert entry.fact.ts_event.max() < ends_ns
    *_, last = first.entries()
    begins = next(second.entries()).fact
    assert isinstance(begins, Settled)
    known = [entry for entry in second.entries(1) if entry.number <= begins.handed]
    assert len(known) == begins.handed
    assert {entry.delivered for entry in known} == {last.delivered}
    assert isinstance(known[0].fact, OpenInterest)
    assert begins.oi_date == second.date
    assert newest(known) == newest(first.entries())
    handed = [(one.fact.underlying, one.fact.as_of) for one in known if is_chain(one)]
    solved = [tuple(one.fact) for one in known if isinstance(one.fact, Solved)]
    assert len(known) == 1 + len(handed) + len(solved)
    assert set(solved) <= set(handed)


def is_chain(entry: Entry) -> bool:
    return isinstance(entry.fact, Chain)


def newest(entries: Iterable[Entry]) -> dict[str, int]:
    """Return the instant of the newest chain of each underlying."""
    return {one.fact.underlying: one.fact.as_of for one in entries if is_chain(one)}


@pytest.mark.long
def test_a_process_may_die_at_any_point_of_the_turn(market, clean, tmp_path, note) -> None:
    """Whatever the next session had been handed by then, it has all of it in the end."""
    running, copies = tmp_path / "running", list[Path]()
    running.mkdir()
    first = 5

    def copy(end: int) -> None:
        dates = SessionFolder(running).dates()
        if len(dates) == 2 and end < first:
            copies.append(tmp_path / f"{len(copies)}-{end}")
            shutil.copytree(running, copies[-1])

    playing.play(market, running, playing.Way(kills.AT_ONCE, 5, taken=copy))
    # as it was made, and with each of the first entries that were handed on
    assert [int(one.name.split("-")[1]) for one in copies] == list(range(first))
    some = clean._replace(ask=clean.ask[::9], answers=clean.answers[::9])
    for one in copies:
        engine = playing.play(market, one, playing.Way(kills.AT_ONCE, 6))
        outcome = kills.checked(market, some, one, [engine])
        assert outcome[2:5] == (0, 0, 0), (one, outcome)
        assert outcome.told == []
    told = "the next session begins with all that the one before knew"
    note(Row("died while a session was handed on", len(copies), told, 0, 0, 0))


def test_views_and_streams_go_on_over_the_turn(market, tmp_path) -> None:
    names: list[frozenset[str]] = []
    runs: list[str] = []

    def look(_: int) -> None:
        if engines and engines[0].ready:
            names.append(frozenset(engines[0].market.names))
            runs.append(engines[0].log.run)

    engines: list = []
    feed = playing.Pressed(market, kills.AT_ONCE, 7)
    engines.append(playing.started(feed, tmp_path, market, look))
    engine = engines[0]
    while engine.alive:
        assert engine.wait_ready(60)
        engine._thread.join(0.1)
    engine.stop()
    assert engine.failure is None
    assert set(names) == {frozenset({"SPY", "NVDA"})}
    first, second = dict.fromkeys(runs)
    _, frames = engine.log.read(0, 1 << 30)
    counts = [sum(one.cursor.startswith(run) for one in frames) for run in (first, second)]
    assert min(counts) > 0
    assert [one.cursor for one in frames] == [
        f"{run}.{number}"
        for run, count in zip((first, second), counts, strict=True)
        for number in range(count)
    ]
    # who had seen the last frame of yesterday goes on with the first of today
    assert engine.log.after(f"{first}.{counts[0] - 1}") == counts[0]
    sessions = SessionFolder(tmp_path)
    for date, count in zip(sessions.dates(), counts, strict=True):
        links = [one.body for one in sessions.stored(date).recorded()]
        assert len(links) == count
        dated = {
            told.signal.ts[:10]
            for told in (msgspec.json.decode(body, type=Told) for body in links)
            if told.signal is not None
        }
        assert dated == {date.isoformat()}
