"""Sessions whose process is killed again and again, against one that was left alone.

A process that runs no other thread forks the ones that are killed: what they import, and
the machine code they run, is there already.
"""

import datetime as dt
import json
import os
import random
import select
import shutil
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from faults import playing
from faults.playing import WITNESSED, Question, Way
from faults.pressed import Held, held
from faults.witness import Seen, digest, seen
from opentape.desk.engine import record
from opentape.desk.engine.engine import Engine
from opentape.desk.journal.ports import Session
from opentape.desk.past.past import Past
from opentape.market.columns import PrintBatch
from opentape.store.sessions import SessionFolder

RATE = 20_000.0
"""Prints a second."""
AT_ONCE = 1e9
LIVES_S = 0.2
"""The longest that a process goes on."""
BEGINNING = 0.3
"""How many are killed while they begin."""
PAST = 12
"""Questions of the past that are asked of each session again."""


class Outcome(NamedTuple):
    """What became of sessions that were killed."""

    kills: int
    sessions: int
    lost: int
    """Prints that were acknowledged and are not there, or once more."""
    doubled: int
    differing: int
    """Answers that are not those of the clean run, frames and past answers included."""
    compared: int
    """Answers, frames and past answers that were compared."""
    told: list[str]
    """What was wrong, in words."""


class Clean(NamedTuple):
    """A run that nobody disturbed."""

    ask: list[Question]
    answers: list[str]
    standing: dict[dt.date, frozenset[str]]
    """Ids of the signals that stand at the end of each session."""


def clean(market: Held, folder: Path) -> Clean:
    """Take a market in one go."""
    folder.mkdir()
    engine = playing.play(market, folder, Way(AT_ONCE))
    if engine.failure is not None:
        raise engine.failure
    ask = playing.questions(engine.market)
    answers = [digest(body) for body in playing.answered(engine.market, ask)]
    return Clean(ask, answers, standing(SessionFolder(folder)))


def standing(sessions: SessionFolder) -> dict[dt.date, frozenset[str]]:
    """Return the ids of the signals that stand at the end of each session."""
    return {date: _standing(sessions.stored(date)) for date in sessions.dates()}


def _standing(session: Session) -> frozenset[str]:
    found: set[str] = set()
    for link in session.recorded():
        told = msgspec.json.decode(link.body, type=record.Told)
        if told.signal is None:
            found.remove(told.id)
            continue
        if told.replaces is not None:
            found.remove(told.replaces)
        assert told.id not in found
        found.add(told.id)
    return frozenset(found)


class Victims:
    """Processes that live for a random moment each."""

    def __init__(self, market: Held, told: Clean, seed: int) -> None:
        self._market, self._told = market, told
        self._chance = random.Random(seed)
        self._begins_s = 0.1

    def killed(self, folder: Path) -> bool:
        """Have one go on with a session; return whether it had to be killed."""
        going, told = os.pipe()
        way = Way(RATE, self._chance.randrange(1 << 30), self._told.ask, _once(told))
        pid = _forked(lambda: playing.play(self._market, folder, way))
        os.close(told)
        self._let_live(going)
        os.close(going)
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        return os.WIFSIGNALED(status)

    def _let_live(self, going: int) -> None:
        """Return at a random instant, before it goes on or after."""
        if self._chance.random() < BEGINNING:
            time.sleep(self._chance.random() * self._begins_s)
            return
        began = time.monotonic()
        select.select([going], [], [])
        self._begins_s = time.monotonic() - began
        time.sleep(self._chance.random() * LIVES_S)


def _once(told: int) -> Callable[[int], None]:
    """Return what tells, once, that a process goes on: its journal has one entry more."""
    ends: list[int] = []

    def taken(end: int) -> None:
        ends.append(end)
        if len(ends) == 2:
            os.write(told, b".")

    return taken


def ended(market: Held, told: Clean, folder: Path) -> Outcome:
    """Play the rest of a session in peace, and say what was found of it."""
    pid = _forked(lambda: _ended(market, told, folder))
    _, status = os.waitpid(pid, 0)
    found = folder / "outcome"
    if status or not found.exists():
        raise RuntimeError(f"a session could not be checked: {status}")
    return Outcome(*json.loads(found.read_text()))


def _forked(role: Callable[[], object]) -> int:
    pid = os.fork()
    if not pid:
        try:
            role()
        except BaseException:  # noqa: BLE001 - nothing may run on as its parent
            os._exit(1)
        os._exit(0)
    return pid


def _ended(market: Held, told: Clean, folder: Path) -> None:
    """Play the rest in peace, and write what was found."""
    seed = random.Random(str(folder)).randrange(1 << 30)
    engine = playing.play(market, folder, Way(AT_ONCE, seed))
    again = playing.play(market, folder, Way(AT_ONCE, seed))
    outcome = checked(market, told, folder, (engine, again))
    (folder / "outcome").write_text(json.dumps(outcome))


def checked(market: Held, told: Clean, folder: Path, engines: Sequence[Engine]) -> Outcome:
    """Compare what a folder holds, and engines that went on with it, with a clean run."""
    said = seen(folder / WITNESSED)
    lost, doubled, wrong = _prints(market, folder, said)
    differing = 0
    for name, bad in (
        *(("answers", _answers(told, engine)) for engine in engines),
        *(("frames", _frames(told, engine, folder, said)) for engine in engines),
        ("past answers", list(_past(told, folder, said))),
    ):
        differing += len(bad)
        wrong += [f"{name}: {one}" for one in bad[:5]]
    compared = len(engines) * (len(told.answers) + engines[0].log.end) + PAST
    return Outcome(0, 1, lost, doubled, differing, compared, said.wrong + wrong)


def _prints(market: Held, folder: Path, said: Seen) -> tuple[int, int, list[str]]:
    """Return how many prints were lost and how many doubled, and what else is wrong."""
    sessions = SessionFolder(folder)
    wrong: list[str] = []
    batches: list[PrintBatch] = []
    for date in sessions.dates():
        for entry in sessions.stored(date).entries():
            told = said.entries.get((date.isoformat(), entry.number))
            # one whose process died between the disk and the witness was never acknowledged
            if told is not None and told != (*entry[1:3], *entry.delivered):
                wrong.append(f"entry {entry.number} is not the one that was acknowledged")
            if isinstance(entry.fact, PrintBatch):
                batches.append(entry.fact)
    rows = PrintBatch.joined([PrintBatch.empty(0), *batches]).row
    wanted = market.prints.row
    lost = wanted.size - len(set(wanted.tolist()) & set(rows.tolist()))
    doubled = rows.size - len(set(rows.tolist()))
    return lost, doubled, wrong


def _answers(told: Clean, engine: Engine) -> list[str]:
    bodies = playing.answered(engine.market, told.ask)
    return [
        f"{one.route.path} {one.path}"
        for one, answer, body in zip(told.ask, told.answers, bodies, strict=True)
        if digest(body) != answer
    ]


def _frames(told: Clean, engine: Engine, folder: Path, said: Seen) -> list[str]:
    """Return what is wrong with the stream: every frame that was seen is there, once."""
    sessions = SessionFolder(folder)
    _, frames = engine.log.read(0, 1 << 30)
    numbers = defaultdict[str, list[int]](list)
    for cursor in dict.fromkeys([*said.frames, *(frame.cursor for frame in frames)]):
        run, _, number = cursor.rpartition(".")
        numbers[run].append(int(number))
    wrong = [
        f"{frame.cursor} was never seen so"
        for frame in frames
        if said.frames.get(frame.cursor) != digest(frame.body)
    ]
    for session in map(sessions.stored, sessions.dates()):
        count = sum(1 for _ in session.recorded())
        if sorted(numbers.pop(session.run, [])) != list(range(count)):
            wrong.append(f"the frames of {session.date} are not the {count} recorded")
    wrong += [f"the session {run} is gone" for run in numbers]
    return wrong + [
        f"{date}: {one} stands or not"
        for date, ids in standing(sessions).items()
        for one in ids ^ told.standing[date]
    ]


def _past(told: Clean, folder: Path, said: Seen) -> Iterator[str]:
    sessions = SessionFolder(folder)
    past = Past(sessions, playing.OPTIONS, "a market under pressure")
    chance = random.Random(len(said.views))
    some = chance.sample(said.views, min(PAST, len(said.views)))
    for at_ns, question, body in sorted(some):
        one = told.ask[question]
        if digest(playing.asked(past.until(at_ns), one)) != body:
            yield f"{one.route.path} {one.path} at {at_ns}"


def run(market: Path, folder: Path, kills: int, seed: int) -> Iterator[Outcome]:
    """Yield what became of session after session until there were so many kills."""
    everything = held(market)
    told = clean(everything, folder / "clean")
    victims, left = Victims(everything, told, seed), kills
    while left > 0:
        here = folder / f"killed-{left}"
        here.mkdir()
        done = 0
        while done < left and victims.killed(here):
            done += 1
        yield ended(everything, told, here)._replace(kills=done)
        shutil.rmtree(here)
        left -= done


def main() -> None:
    """Kill as the command line asks for, and write a line of JSON for each session."""
    market, folder, kills, seed = sys.argv[1:]
    told = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    # what is logged goes elsewhere
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for outcome in run(Path(market), Path(folder), int(kills), int(seed)):
        print(json.dumps(outcome), file=told, flush=True)
