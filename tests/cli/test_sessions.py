"""`opentape sessions` and `replay --session`: what was kept, listed, read like a tape."""

import datetime as dt
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow.parquet as pq
import pytest

import markets
from opentape.desk.journal.ports import Delivered, Entry, Recorded, Settled
from opentape.desk.journal.spelling import spell_beside, spell_method
from opentape.desk.options import Method
from opentape.desk.state.beside import Beside
from opentape.store.sessions import SessionFolder
from opentape.wiring import build

DATE = dt.date(2026, 5, 21)
SETTLED = Settled(spell_method(Method()), spell_beside(Beside()))
FAULTS = "gap=0.05,crossed-nbbo=0.01,duplicate=0.01"


class Broken(NamedTuple):
    """A simulated tape with faults, and what the log says of them."""

    tape: Path
    oi: Path
    faults: list[dict]

    def of(self, kind):
        return sorted(one["sequence"] for one in self.faults if one["kind"] == kind)

    @property
    def runs(self):
        """Gaps that something came before and behind."""
        lost = np.array(self.of("gap"))
        last = pq.read_table(self.tape, columns=["sequence"])["sequence"].to_numpy().max()
        runs = np.split(lost, np.flatnonzero(np.diff(lost) > 1) + 1)
        return [run for run in runs if run[0] > 1 and run[-1] < last - 8]


@pytest.fixture(scope="module")
def broken(tmp_path_factory) -> Broken:
    folder = markets.folder(tmp_path_factory.mktemp("broken"), 3_000, faults=FAULTS)
    faults = pq.read_table(folder / "truth" / "faults.parquet").to_pylist()
    return Broken(folder / "tape.parquet", folder / "oi.parquet", faults)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SessionFolder:
    monkeypatch.setenv("OPENTAPE_STORE_FOLDER", str(tmp_path / "kept"))
    monkeypatch.chdir(tmp_path)
    return SessionFolder(tmp_path / "kept")


def take(sessions, day, date=DATE, most=10**9, settings=()):
    """Keep a tape as a session that took it."""
    tape = build.open_tape([day.tape])
    journal = sessions.journal(date, "a file")
    facts = [*settings, build.read_open_interest(day.oi, journal.contracts)[0]]
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
        (["sessions", "2026-05-21"], "no session of 2026-05-21 is kept"),
        (["sessions", "--quality"], "no session is kept"),
        (["sessions", "2026-05-21", "--quality"], "no session of 2026-05-21 is kept"),
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


def test_gaps_are_listed_before_and_after_compaction(kept, broken, run) -> None:
    take(kept, broken, settings=[SETTLED])
    (before,) = listed(run)
    assert before["gaps"] == len(broken.runs) > 2
    assert before["missing"] == sum(run.size for run in broken.runs)
    kept.compact(DATE)
    (after,) = listed(run)
    assert after["state"] == "lake"
    assert [after["gaps"], after["missing"]] == [before["gaps"], before["missing"]]
    head, line = run("sessions", DATE).stdout.splitlines()
    told = dict(zip(head.split(), line.replace("a file", "file").split(), strict=True))
    assert told["gaps"] == f"{before['gaps']:,}"
    assert told["missing"] == f"{before['missing']:,}"


def test_gaps_are_unknown_where_settings_are_not_kept(kept, day, run) -> None:
    take(kept, day, most=500)
    for _ in range(2):
        (row,) = listed(run)
        assert (row["gaps"], row["missing"]) == (None, None)
        kept.compact(DATE)


def test_sessions_that_are_not_kept_are_named(kept, day, run) -> None:
    for date in (DATE, DATE + dt.timedelta(days=6)):
        take(kept, day, date, 500)
    # Friday and Tuesday; Monday is a holiday
    said = "2 sessions between them are not kept: 2026-05-22, 2026-05-26."
    assert run("sessions").stderr.splitlines() == [said]
    assert run("sessions", DATE).stderr == ""


def test_the_ledger_of_a_session(kept, broken, run) -> None:
    take(kept, broken, settings=[SETTLED])
    take(kept, broken, DATE - dt.timedelta(days=1), 500, settings=[SETTLED])
    result = run("sessions", "--quality", "--format", "json", "--limit", 1_000)
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    counts = {one["kind"]: one["count"] for one in found["totals"]}
    assert found["date"] == "2026-05-21"
    assert counts["crossed_nbbo"] == len(broken.of("crossed_nbbo")) > 5
    assert counts["duplicate"] == len(broken.of("duplicate")) > 5
    assert counts["gap"] == sum(run.size for run in broken.runs)
    starts = {one["sequence"] for one in found["incidents"] if one["kind"] == "gap"}
    assert starts == {int(run[0]) for run in broken.runs}
    kept.compact(DATE)
    again = run("sessions", DATE, "--quality", "--format", "json", "--limit", 1_000)
    assert json.loads(again.stdout) == found
    other = run("sessions", "2026-05-20", "--quality", "--format", "json")
    assert json.loads(other.stdout)["rows"] == 500


def test_the_ledger_for_reading(kept, broken, run) -> None:
    take(kept, broken, settings=[SETTLED])
    result = run("sessions", "--quality", "--limit", 2)
    assert result.exit_code == 0, result.output
    first, *lines = result.stdout.splitlines()
    assert first.startswith("2026-05-21, up to ")
    (gap,) = (line.split() for line in lines if line.startswith("gap "))
    missing = sum(run.size for run in broken.runs)
    assert gap[:3] == ["gap", f"{missing:,}", str(len(broken.runs))]
    assert lines[-1].endswith("older incidents are not shown.")
    at = lines.index(next(line for line in lines if line.startswith("time ")))
    assert len(lines[at + 1 : -1]) == 2


def test_a_feed_without_a_flaw(kept, day, run) -> None:
    take(kept, day, most=0, settings=[SETTLED])
    lines = run("sessions", "--quality").stdout.splitlines()
    assert lines[-1] == "Nothing was wrong."
