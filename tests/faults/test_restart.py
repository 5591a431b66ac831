"""An engine that is stopped, or dies, between any two facts goes on as if it had not."""

import datetime as dt
import shutil
from pathlib import Path

import pytest

from faults import kills, playing
from faults.pressed import Pressed
from opentape.desk.engine.record import read_told
from opentape.desk.journal.ports import Solved
from opentape.desk.options import Method
from opentape.desk.past.past import Past
from opentape.desk.ports import NOTHING_YET, Tick
from opentape.flow.options import FlowOptions, GatherOptions
from opentape.market.chain import Chain
from opentape.store.sessions import SessionFolder


def stopped(market, folder: Path, entries: int) -> int:
    """Take so many entries more, and end in peace; return how many there are."""
    ends: list[int] = []
    engine = playing.started(
        Pressed(market, kills.RATE, entries), folder, market, ends.append
    )
    while engine.alive and len(ends) < entries:
        engine._thread.join(0.001)
    engine.stop()
    assert engine.failure is None
    return engine._intake.journal.end


@pytest.mark.long
def test_stopped_in_peace_again_and_again(market, clean, tmp_path) -> None:
    """What the last entry brought was recorded then, and is not told twice."""
    before = 0
    for entries in (30, 7, 11, 2, 19, 5):
        end = stopped(market, tmp_path, entries)
        assert end >= before
        before = end
    engine = playing.play(market, tmp_path, playing.Way(kills.AT_ONCE, 1))
    outcome = kills.checked(market, clean, tmp_path, [engine])
    assert (outcome[2:5], outcome.told) == ((0, 0, 0), [])


@pytest.mark.long
def test_died_between_any_two_entries(market, clean, tmp_path) -> None:
    """Frames that were seen and not recorded are pushed again, the same to the byte."""
    running, copies = tmp_path / "running", list[Path]()
    running.mkdir()

    def copy(_: int) -> None:
        copies.append(tmp_path / f"died-{len(copies)}")
        shutil.copytree(running, copies[-1])

    playing.play(market, running, playing.Way(kills.AT_ONCE, 2, taken=copy))
    some = clean._replace(ask=clean.ask[::20], answers=clean.answers[::20])
    assert len(copies) > 12
    for one in copies[3::6]:
        engine = playing.play(market, one, playing.Way(kills.AT_ONCE, 3))
        outcome = kills.checked(market, some, one, [engine])
        assert (outcome[2:5], outcome.told) == ((0, 0, 0), []), one


def test_a_chain_that_waited_counts_after_a_restart(market, tmp_path) -> None:
    """It had come and was not solved when the process died: it is solved then."""
    running, copy = tmp_path / "running", tmp_path / "copy"
    running.mkdir()
    engines = []

    def taken(_: int) -> None:
        waiting = engines and [*engines[0]._fold._waiting.values()]
        if waiting and engines[0]._fold.begun and not copy.exists():
            shutil.copytree(running, copy)

    engines.append(
        playing.started(Pressed(market, kills.AT_ONCE, 4), running, market, taken)
    )
    while engines[0].alive:
        engines[0]._thread.join(0.1)
    engines[0].stop()
    before = newest_chains(copy)
    assert before[Chain] != before[Solved]
    stopped_after_solving(market, copy)
    after = newest_chains(copy)
    assert after[Solved] == before[Chain] == after[Chain]


def test_other_settings_count_from_the_next_session_on(
    market, clean, undisturbed, tmp_path, monkeypatch
) -> None:
    stopped(market, tmp_path, 6)
    large = FlowOptions(gather=GatherOptions(block_min_contracts=200))
    monkeypatch.setattr(playing, "METHOD", Method(flow=large))
    playing.play(market, tmp_path, playing.Way(kills.AT_ONCE))
    first, second = SessionFolder(tmp_path).dates()
    assert clean.answers
    assert sizes(tmp_path, first) == sizes(undisturbed, first)
    assert 0 < min(sizes(undisturbed, second)) < 200 <= min(sizes(tmp_path, second))


def sizes(folder: Path, date: dt.date) -> list[int]:
    """Return the sizes of the signals that were told of a session."""
    told = [read_told(link.body) for link in SessionFolder(folder).stored(date).recorded()]
    return sorted(one.signal.size for one in told if one.signal is not None)


def newest_chains(folder: Path) -> dict[type, dict[str, int]]:
    """Return the newest chain that came of each underlying, and the newest that counts."""
    sessions = SessionFolder(folder)
    found: dict[type, dict[str, int]] = {Chain: {}, Solved: {}}
    for entry in sessions.stored(sessions.dates()[-1]).entries():
        match entry.fact:
            case Chain() as chain:
                found[Chain][chain.underlying] = chain.as_of
            case Solved(underlying, as_of_ns):
                found[Solved][underlying] = as_of_ns
    return found


def test_an_instant_is_answered_alike_whatever_was_asked_before(clean, undisturbed) -> None:
    """Also of an underlying in which nothing happened since."""
    sessions, ask = SessionFolder(undisturbed), clean.ask[::7]
    date = sessions.dates()[0]
    *_, last = sessions.stored(date).entries()
    asked = Past(sessions, playing.OPTIONS, Pressed.name)
    for after_ms in (0, 40, 80, 2_000, 2_300):
        at_ns = last.instant_ns + after_ms * 1_000_000
        alone = Past(sessions, playing.OPTIONS, Pressed.name).until(at_ns)
        found = asked.until(at_ns)
        assert {name.as_of_ns for name in found.names.values()} == {at_ns}
        answers = [*playing.answered(found, ask)]
        assert answers == [*playing.answered(alone, ask)]


class Silent(Pressed):
    """A feed that says nothing more until its chains are solved."""

    def facts(self, after=NOTHING_YET):
        del after
        while not self.quiet():
            yield Tick(0)
        yield Tick(0)


def stopped_after_solving(market, folder):
    engine = playing.started(Silent(market, kills.AT_ONCE), folder, market, lambda _: None)
    while engine.alive:
        engine._thread.join(0.1)
    engine.stop()
    assert engine.failure is None
