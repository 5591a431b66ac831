"""`opentape verify`: one byte that is another one is found, and so is a score made up."""

import json
import re
import shutil
import sqlite3

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import recorded
from opentape.desk.engine.record import Told
from opentape.desk.live import Event
from opentape.store.sessions import SessionFolder
from recorded import DATE, rewritten, taken

LAKE = ("prints.parquet", "facts.db", "manifest.json")
FLIPS = 8
"""Flips a file."""
WRITE = {
    "body": "UPDATE recorded SET body = ? WHERE number = ?",
    "hash": "UPDATE recorded SET hash = ? WHERE number = ?",
}


@pytest.fixture(scope="module")
def journal(tmp_path_factory):
    """A session as it was taken."""
    folder = tmp_path_factory.mktemp("taken")
    taken(folder)
    return folder / "kept"


@pytest.fixture(scope="module")
def lake(journal, tmp_path_factory):
    """The same session in the lake."""
    folder = tmp_path_factory.mktemp("lake") / "kept"
    shutil.copytree(journal, folder)
    SessionFolder(folder).compact(DATE)
    return folder


@pytest.fixture
def verify(run, monkeypatch):
    def verify_here(folder, *arguments):
        monkeypatch.setenv("OPENTAPE_STORE_FOLDER", str(folder))
        monkeypatch.chdir(folder)
        result = run("verify", "--format", "json", *arguments)
        assert result.exit_code in (0, 1), result.output
        (session,) = json.loads(result.stdout)["sessions"]
        assert result.exit_code == bool(session["flaws"])
        return session

    return verify_here


def copied(folder, tmp_path):
    shutil.rmtree(tmp_path / "copy", ignore_errors=True)
    return shutil.copytree(folder, tmp_path / "copy")


def signals(folder):
    return [
        msgspec.json.decode(link.body, type=Told)
        for link in SessionFolder(folder).stored(DATE).recorded()
    ]


@pytest.mark.parametrize("form", ["journal", "lake"])
def test_a_session_as_it_was_written(request, verify, form) -> None:
    folder = request.getfixturevalue(form)
    told = signals(folder)
    events = {one.event for one in told}
    assert events == set(Event)
    found = verify(folder, DATE, "--scores")
    assert found["flaws"] == []
    assert (found["state"], found["signals"]) == (form, len(told))
    assert found["scores"] == sum(one.signal is not None for one in told)
    assert found["without_prints"] <= 2
    assert verify(folder)["scores"] is None


def test_lines_for_people(run, verify, lake) -> None:
    verify(lake)
    result = run("verify", "--scores")
    assert result.exit_code == 0
    assert re.fullmatch(
        r"2026-05-21 lake: as it was written; [\d,]+ prints, \d+ entries, \d+ signals, "
        r"\d+ scores worked out again\n",
        result.stdout,
    )


@pytest.mark.parametrize("name", LAKE)
def test_a_byte_of_the_lake(lake, tmp_path_factory, name) -> None:
    """Whichever it is, its file and the bytes it is among are named."""
    path = copied(lake, tmp_path_factory.mktemp(name)) / "sessions" / str(DATE) / name
    body = path.read_bytes()
    sessions = SessionFolder(path.parents[2])

    @settings(max_examples=FLIPS)
    @given(st.integers(0, len(body) - 1), st.integers(1, 255))
    def flipped(at, mask):
        path.write_bytes(body[:at] + bytes([body[at] ^ mask]) + body[at + 1 :])
        found = [one for one in sessions.verify(DATE) if one.file == name]
        assert found
        if name != "manifest.json":
            spans = [re.findall(r"bytes ([\d,]+) to ([\d,]+)", one.place) for one in found]
            (span,) = [span for each in spans for span in each]
            first, last = (int(number.replace(",", "")) for number in span)
            assert first <= at <= last

    flipped()


def test_a_byte_of_the_record(journal, tmp_path_factory) -> None:
    """Whichever it is, the signal and its cursor are named."""
    folder = copied(journal, tmp_path_factory.mktemp("record"))
    sessions = SessionFolder(folder)
    run, count = sessions.stored(DATE).run, len(signals(journal))
    path = folder / "sessions" / str(DATE) / "journal.db"

    @settings(max_examples=20)
    @given(st.integers(0, count - 1), st.data())
    def flipped(number, data):
        base = sqlite3.connect(path)
        sql = "SELECT body, hash FROM recorded WHERE number = ?"
        kept = base.execute(sql, [number]).fetchone()
        column = data.draw(st.sampled_from([*WRITE]))
        bits = bytearray(kept[column == "hash"])
        at = data.draw(st.integers(0, len(bits) - 1))
        bits[at] ^= data.draw(st.integers(1, 255))
        write = WRITE[column]
        base.execute(write, (bytes(bits), number))
        base.commit()
        (found,) = sessions.verify(DATE)
        assert found.file == "journal.db"
        assert found.place == f"record, number {number:,}, cursor {run}.{number}"
        assert "does not follow" in found.what
        base.execute(write, (kept[column == "hash"], number))
        base.commit()
        base.close()

    flipped()
    assert list(sessions.verify(DATE)) == []


def changed(text, *paths):
    """Change what stands at some paths of a signal as it was told."""

    def change(body):
        told = msgspec.json.decode(body)
        for path in paths:
            *names, last = path.split(".")
            place = told
            for name in names:
                place = place[name]
            place[last] = text(place[last])
        return msgspec.json.encode(told)

    return change


CHANGES = {
    "score": changed(lambda n: n + 3, "signal.score", "signal.score_breakdown.premium"),
    "premium": changed(lambda n: n + 50_000, "signal.premium", "signal.radar.premium"),
    "side": changed(lambda s: "sell" if s == "buy" else "buy", "signal.side"),
    "aggressor": changed(
        lambda s: "above_ask" if s != "above_ask" else "mid", "signal.aggressor"
    ),
    "dte": changed(lambda n: n + 1, "signal.dte", "signal.radar.dte"),
    "radar": changed(lambda n: n + 1, "signal.radar.score", "signal.radar.scoreParts.dte"),
    "tag": changed(lambda tags: [*tags, "whale", "whale"], "signal.tags"),
    "bias": changed(
        lambda s: "closing_bias" if s != "closing_bias" else "unknown",
        "signal.open_close_bias",
    ),
    "interest": changed(lambda n: (n or 0) + 7, "signal.open_interest"),
    "series": changed(lambda n: n + 5, "signal.strike"),
    "row": changed(lambda n: n + 1, "row.score"),
    "state": changed(lambda rest: [*rest[:4], 10**6, rest[5]], "state"),
    "prints": changed(lambda rest: [*rest[:5], [0, *rest[5][1:]]], "state"),
    "name": changed(lambda s: s + "0", "id"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_signal_made_up_with_its_chain(verify, journal, tmp_path, what) -> None:
    """The chain holds; what the signal says does not follow from its evidence."""
    folder = copied(journal, tmp_path)
    told = signals(journal)
    number = next(
        at
        for at, one in enumerate(told)
        if at >= 5 and one.event is Event.NEW and one.signal.open_interest != 10**6
    )
    rewritten(folder / "sessions", number, CHANGES[what])
    assert verify(folder)["flaws"] == []
    found = verify(folder, "--scores")["flaws"]
    run = SessionFolder(folder).stored(DATE).run
    assert found
    assert all(
        one["place"].startswith(f"signal {number}, cursor {run}.{number}, entry ")
        for one in found[:1]
    )
    if what == "score":
        assert re.search(
            r"score is \d+ \(.*\), its evidence gives \d+ \(", found[0]["what"]
        )


def test_a_retraction_made_up(verify, journal, tmp_path) -> None:
    folder = copied(journal, tmp_path)
    told = signals(journal)
    number = next(at for at, one in enumerate(told) if one.event is Event.RETRACTED)
    rewritten(folder / "sessions", number, changed(lambda s: s + "1", "id"))
    assert verify(folder)["flaws"] == []
    (found,) = verify(folder, "--scores")["flaws"]
    assert "which did not stand" in found["what"]
    rewritten(folder / "sessions", number, lambda _: b"{}")
    (found,) = verify(folder, "--scores")["flaws"]
    assert found["what"] == "it is no signal"


def test_other_settings_are_judged_by(tmp_path, verify) -> None:
    """The numbers of the method are those that were kept with the session."""
    options = msgspec.convert(
        {
            "gather": {"sweep_strict": True, "unsigned_open_seconds": 1_800},
            "score": {"graded_sweep": True, "at_quote": 0.5},
            "interest": {"bounds": False, "opening_share": 0.3},
        },
        recorded.FlowOptions,
    )
    taken(tmp_path, options, 2_500)
    found = verify(tmp_path / "kept", "--scores")
    assert (found["flaws"], found["scores"] > 10) == ([], True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["2026-05-22"], "no session of 2026-05-22 is kept"),
        (["yesterday"], "does not match the format"),
    ],
)
def test_what_cannot_be(run, verify, journal, arguments, said) -> None:
    verify(journal)
    result = run("verify", *arguments)
    assert (result.exit_code, said in result.stderr) == (2, True), result.stderr


def test_a_session_under_way_is_left_out(run, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("OPENTAPE_STORE_FOLDER", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert "No session that is over is kept" in run("verify").stderr
    writing = SessionFolder(tmp_path).journal(DATE, "live")
    result = run("verify")
    assert (result.exit_code, "is under way" in result.stderr) == (0, True)
    result = run("verify", DATE)
    assert (result.exit_code, "must be over" in result.stderr) == (2, True)
    writing.close()


def test_a_session_of_which_nothing_can_be_told(verify, journal, tmp_path) -> None:
    folder = copied(journal, tmp_path)
    path = folder / "sessions" / str(DATE) / "journal.db"
    path.write_bytes(b"no database" + path.read_bytes()[11:])
    (found,) = verify(folder, "--scores")["flaws"]
    assert "journal.db is damaged" in found["what"]
