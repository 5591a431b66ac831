"""`opentape sessions` and `replay --session`: what was kept, listed, read like a tape."""

import datetime as dt
import json
from pathlib import Path

import pytest

from opentape.desk.journal.ports import Delivered, Entry, Recorded
from opentape.store.sessions import SessionFolder
from opentape.wiring import build

DATE = dt.date(2026, 5, 21)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SessionFolder:
    monkeypatch.setenv("OPENTAPE_STORE_FOLDER", str(tmp_path / "kept"))
    monkeypatch.chdir(tmp_path)
    return SessionFolder(tmp_path / "kept")


def take(sessions, day, date=DATE, most=10**9):
    """Keep a tape as a session that took it."""
    tape = build.open_tape([day.tape])
    journal = sessions.journal(date, "a file")
    facts = [build.read_open_interest(day.oi, journal.contracts)[0]]
    for batch in tape.batches():
        places = journal.contracts.intern(
            [tape.contracts[at].symbol for at in range(len(tape.contracts))]
        )
        whole = batch._replace(contract=places[batch.contract])
        cuts = range(0, min(whole.rows, most), 500)
        facts += [whole.take(slice(cut, cut + 500)) for cut in cuts]
    for number, fact in enumerate(facts):
        journal.append(Entry(number, 1000 * number + 1000, 0, Delivered(), fact))
    journal.close([Recorded(1, "SPY", b"{}")])


def listed(run):
    return json.loads(run("sessions", "--format", "json").stdout)


def test_what_is_kept(kept, day, run) -> None:
    take(kept, day)
    take(kept, day, DATE + dt.timedelta(days=1), 500)
    one, two = listed(run)
    assert (one["date"], one["state"], one["feed"]) == ("2026-05-21", "journal", "a file")
    assert (one["signals"], one["chains"], one["stock_prints"]) == (1, 0, 0)
    assert one["prints"] > two["prints"] == 500
    assert one["content"] is None
    lines = run("sessions").stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["date", "state"], ["2026-05-21", "journal"], ["2026-05-22", "journal"]
    ]  # fmt: skip
    assert f"{one['prints']:,}" in lines[1]
    assert one["record"][:12] in lines[1]


def test_a_session_is_compacted(kept, day, run) -> None:
    take(kept, day)
    before = listed(run)[0]
    result = run("sessions", "--compact", DATE)
    assert "is in the lake" in result.stderr
    (after,) = listed(run)
    assert (after["state"], len(after["content"])) == ("lake", 64)
    assert after["bytes"] < before["bytes"]
    assert "already" in run("sessions", "--compact", DATE).stderr


def test_a_session_replays_like_its_tape(kept, day, run) -> None:
    take(kept, day)
    for _ in range(2):
        result = run("replay", "--session", DATE, "--format", "ndjson")
        assert result.exit_code == 0, result.output
        assert [json.loads(line) for line in result.stdout.splitlines()] == day.signals
        assert "session of 2026-05-21, taken from a file" in result.stderr
        kept.compact(DATE)
    told = run("replay", "--session", DATE, "--limit", 1).stderr
    assert f"opentape explain {day.signals[0]['id']} --session 2026-05-21" in told
    result = run("explain", day.signals[0]["id"], "--session", DATE, "--format", "json")
    assert json.loads(result.stdout)["signal"]["id"] == day.signals[0]["id"]


def test_what_is_damaged_is_said_beside_the_others(kept, day, run) -> None:
    take(kept, day)
    take(kept, day, DATE + dt.timedelta(days=1), 500)
    path = next(Path("kept/sessions").glob("2026-05-21/journal.db"))
    path.write_bytes(b"no database" + path.read_bytes()[11:])
    result = run("sessions", "--format", "json")
    assert [row["date"] for row in json.loads(result.stdout)] == ["2026-05-22"]
    assert "2026-05-21/journal.db is damaged" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sessions", "--compact", "2026-05-21"], "no session of 2026-05-21 is kept"),
        (["replay", "--session", "2026-05-21"], "no session of 2026-05-21 is kept"),
        (["replay", "--session", "2026-05-21", "a.parquet"], "either TAPE... or"),
        (["replay"], "either TAPE... or"),
        (["explain", "ID"], "either TAPE... or"),
        (["sessions", "--compact", "today"], "does not match the format"),
    ],
)
@pytest.mark.usefixtures("kept")
def test_what_cannot_be(run, arguments, said) -> None:
    result = run(*arguments)
    assert (result.exit_code, said in result.stderr) == (2, True), result.stderr


@pytest.mark.usefixtures("kept")
def test_nothing_is_kept(run) -> None:
    assert run("sessions").stderr.startswith("No session is kept")
    assert listed(run) == []


def test_a_session_under_way_is_not_compacted(kept, run) -> None:
    journal = kept.journal(DATE, "live")
    result = run("sessions", "--compact", DATE)
    assert (result.exit_code, "must be over" in result.stderr) == (2, True)
    assert listed(run)[0]["state"] == "running"
    journal.close()
