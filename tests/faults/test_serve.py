"""`opentape serve` itself: killed, started twice, started on a journal that is damaged."""

import datetime as dt
import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import httpx
import msgspec
import pytest

import markets
from faults.pressed import FAULTS
from faults.table import Row
from opentape.api.app import routed
from opentape.api.route import Route, in_path
from opentape.desk.engine.record import Told
from opentape.desk.journal.ports import Entry
from opentape.market.errors import Damaged
from opentape.store.market.days import days_of
from opentape.store.sessions import SessionFolder

SPEED = 30
STEP_MIN = 10
"""Each server begins so many minutes later."""
ASKED = 12
"""Questions that each server answers before it is killed, if that is looked at."""
PATIENCE_S = 300.0
OK = 200
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


class Asked(NamedTuple):
    """A question that was asked live, and its answer."""

    path: str
    query: dict[str, str]
    at: str
    """The instant that the answer says it is of."""
    body: bytes


class Lived(NamedTuple):
    """What a client saw of servers that were killed one after the other."""

    kills: int
    rows: list[tuple[str, str]]
    """Cursors and bodies."""
    asked: list[Asked]
    store: Path
    killed: Path
    """A copy of the store as the last of them left it."""


@pytest.fixture(scope="module")
def days(tmp_path_factory) -> tuple[Path, Path]:
    """The folders of two days."""
    folder = markets.folder(
        tmp_path_factory.mktemp("served"),
        80_000,
        days=2,
        symbols=("SPY", "NVDA"),
        snapshot_minutes=120,
        faults=FAULTS,
    )
    first, second = (day.folder for day in days_of(folder))
    return first, second


@pytest.fixture(scope="module")
def lived(days, tmp_path_factory, request) -> Lived:
    kills = max(2, request.config.getoption("--kills") // 50)
    enough = ASKED if request.config.getoption("--long") else 2
    store, copy = (tmp_path_factory.mktemp(name) for name in ("store", "copy"))
    chance, seen, asked = random.Random(41), list[tuple[str, str]](), list[Asked]()
    for kill in range(kills):
        with served(days[0], store, began=kill) as (_, client):
            before = len(asked)
            for row in rows(client, seen[-1][0] if seen else None):
                seen.append(row)
                asked += one_asked(client, chance)
                if len(asked) - before >= enough:
                    break
    shutil.copytree(store, copy, dirs_exist_ok=True)
    return Lived(kills, seen, asked, store, copy)


@contextmanager
def started(market: Path, store: Path, began: int = 0) -> Iterator[subprocess.Popen]:
    """Run `opentape serve` in a process of its own, and kill it in the end."""
    begin = dt.time(12 + began * STEP_MIN // 60, began * STEP_MIN % 60)
    told = ("--port", "0", "--speed", str(SPEED), "--from", begin.isoformat("minutes"))
    command = [sys.executable, "-m", "opentape", "serve", str(market), *told]
    changed = {
        "OPENTAPE_STORE_FOLDER": str(store),
        # more signals than usual
        "OPENTAPE_FLOW_GATHER_BLOCK_MIN_CONTRACTS": "20",
    }
    with subprocess.Popen(  # noqa: S603
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | changed,  # noqa: TID251
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def served(
    market: Path, store: Path, began: int = 0
) -> Iterator[tuple[subprocess.Popen, httpx.Client]]:
    """Yield a server that answers, and a client of it."""
    with (
        started(market, store, began) as process,
        httpx.Client(base_url=address(process), timeout=PATIENCE_S) as client,
    ):
        while client.get("/ready").status_code != OK:
            time.sleep(0.05)
        yield process, client


def address(process: subprocess.Popen) -> str:
    """Return where a server listens, once it does."""
    assert process.stdout is not None
    for line in process.stdout:
        if found := ADDRESS.search(line):
            return found[0]
    raise AssertionError(process.stderr.read())


def rows(client: httpx.Client, cursor: str | None) -> Iterator[tuple[str, str]]:
    """Yield the rows of a stream behind a cursor, each with its own, while it lasts."""
    query = {"unknownOI": "true"} | ({"cursor": cursor} if cursor else {})
    with client.stream("GET", "/v1/stream/sse", params=query) as events:
        name = ""
        for line in events.iter_lines():
            if line.startswith("id: "):
                name = line.removeprefix("id: ")
            elif line.startswith("data: "):
                yield name, line.removeprefix("data: ")


def one_asked(client: httpx.Client, chance: random.Random) -> Iterator[Asked]:
    """Ask something; yield it if the answer says which instant it is of."""
    symbol = chance.choice(("SPY", "NVDA"))
    signals = client.get(f"/v1/flow/signals/{symbol}", params={"limit": 1}).json()
    route = chance.choice([one for one in routed() if one.past])
    if not signals["signals"]:
        return
    known = known_of(signals["signals"][0])
    path = route.path.format_map({part: known[part] for part in in_path(route.path)})
    query = {name: known[name] for name in required(route)}
    body = client.get(path, params=query).content
    told = msgspec.json.decode(body)
    if isinstance(told, dict) and "as_of" in told:
        yield Asked(path, query, told["as_of"], body)


def known_of(signal: dict[str, Any]) -> dict[str, str]:
    """Return something for every parameter that a question may need."""
    return {
        "symbol": signal["symbol"],
        "ticker": signal["symbol"],
        "signal_id": signal["id"],
        "strike": str(signal["strike"]),
        "type": signal["right"],
        "expiry": signal["expiry"],
        "expiration": signal["expiry"],
        "resolution": "1m",
    }


def required(route: Route) -> list[str]:
    fields = msgspec.structs.fields(route.query) if route.query else ()
    return [field.encode_name for field in fields if field.required]


def test_a_stream_goes_on_where_a_killed_server_left_it(lived, note) -> None:
    """Whatever a client had seen stands, and it misses nothing and gets nothing twice."""
    seen, sessions = lived.rows, SessionFolder(lived.killed)
    session = sessions.stored(sessions.dates()[-1])
    first = int(seen[0][0].rpartition(".")[2])
    expected = [f"{session.run}.{number}" for number in range(first, first + len(seen))]
    assert [cursor for cursor, _ in seen] == expected
    assert len(seen) > lived.kills
    # frames of the last entry may have been seen and not been recorded
    links = islice(session.recorded(), first, None)
    for (_, body), link in zip(seen, links, strict=False):
        told = msgspec.json.decode(link.body, type=Told)
        frame = json.loads(body)
        assert frame["id"] == told.id
        row = msgspec.json.decode(told.row)
        shown = frame["data"] if "event" in frame else frame
        assert {key: shown[key] for key in row} == row
    note(
        Row(
            "kill -9 of `opentape serve` while a client streams",
            lived.kills,
            f"{len(seen):,} frames, resumed by cursor: none missing, none twice",
            0,
            0,
            0,
        )
    )


@pytest.mark.long
def test_what_was_answered_is_answered_again(days, lived, note) -> None:
    """After the server was killed, and once the session is in the lake."""
    assert len(lived.asked) >= ASKED * lived.kills
    assert len({one.at for one in lived.asked}) > ASKED
    with served(days[0], lived.store, lived.kills) as (_, client):
        differing = again(client, lived.asked)
        with started(days[0], lived.store) as second:
            said = refused(second)
        assert "must be written by one process alone" in said
        assert client.get("/health").status_code == OK
        note(Row("two processes on one data folder", 1, f"the second says: {said[7:]}"))
    sessions = SessionFolder(lived.store)
    (date,) = sessions.dates()
    assert sessions.compact(date)
    with served(days[1], lived.store) as (_, client):
        differing += again(client, lived.asked)
    assert differing == []
    note(
        Row(
            "questions asked live, and again with `at`",
            len(lived.asked),
            "the same bytes after the server was killed, and the same from the lake",
            differing=len(differing),
        )
    )


def again(client: httpx.Client, asked: list[Asked]) -> list[str]:
    """Return the questions that are answered otherwise now."""
    return [
        f"{one.path}?{urlencode(one.query)} at {one.at}"
        for one in asked
        if client.get(one.path, params={**one.query, "at": one.at}).content != one.body
    ]


def refused(process: subprocess.Popen) -> str:
    """Return the one sentence that a server refuses to begin with."""
    said = process.communicate(timeout=PATIENCE_S)[1].strip().splitlines()
    assert process.returncode == 2
    lines = [line for line in said if line.startswith("Error: ")]
    assert len(lines) == 1, said
    assert "Traceback" not in "\n".join(said)
    return lines[0]


@pytest.mark.long
def test_a_damaged_journal_is_told(days, lived, tmp_path, note) -> None:
    shutil.copytree(lived.killed, tmp_path, dirs_exist_ok=True)
    (journal,) = tmp_path.rglob("journal.db")
    (date,) = SessionFolder(tmp_path).dates()
    entries = list(SessionFolder(tmp_path).stored(date).entries())
    with closing(sqlite3.connect(journal)) as base:
        # what stands in the log of the file would hide the damage
        base.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    with journal.open("r+b") as file:
        size = file.seek(0, 2)
        file.seek(size // 2)
        file.write(b"\xff" * 64)
    with started(days[0], tmp_path) as process:
        said = refused(process)
    found = re.search(r"is damaged at entry ([\d,]+): .*; the ([\d,]+) before it are", said)
    assert found, said
    whole = int(found[1].replace(",", ""))
    assert 0 < whole < len(entries)
    assert len(list(read_to_the_damage(tmp_path, date))) == whole
    note(
        Row(
            "bits flipped in a journal, engine started on it",
            1,
            "refused in one sentence that names the entry; all before it can be read",
        )
    )


def read_to_the_damage(folder: Path, date: dt.date) -> Iterator[Entry]:
    with pytest.raises(Damaged):
        yield from SessionFolder(folder).stored(date).entries()
