"""`opentape simulate`: a market on disk, the same for the same command, and played."""

import json
import signal
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

SMALL = ("--symbols", "SPY,SPX,NVDA", "--prints", 3000)


def content(folder: Path) -> dict[str, bytes]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def market(run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("market") / "made"
    result = run("simulate", "--out", folder, *SMALL)
    assert result.exit_code == 0, result.output
    assert f"{folder}, 1 session from 2026-05-21" in result.stderr
    return folder


def refused(run, *arguments):
    result = run("simulate", *arguments)
    assert result.exit_code == 2, result.output
    (line,) = result.stderr.strip().splitlines()
    assert "Traceback" not in result.stderr
    return line


def test_the_same_command_makes_the_same_bytes(run, market, tmp_path):
    expected = content(market)
    for _ in range(2):  # into a new folder, then into the same one
        assert run("simulate", "--out", tmp_path / "x", *SMALL).exit_code == 0
        assert content(tmp_path / "x") == expected
    assert run("simulate", "--out", tmp_path / "x", *SMALL, "--seed", 8).exit_code == 0
    assert content(tmp_path / "x")["tape.parquet"] != expected["tape.parquet"]


def test_a_market_replays(run, market):
    result = run(
        "replay", market / "tape.parquet", "--oi", market / "oi.parquet",
        "--chain", market / "chain" / "1600.parquet", "--format", "ndjson",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    signals = [json.loads(line) for line in result.stdout.splitlines()]
    assert {one["symbol"] for one in signals} == {"SPY", "SPX", "NVDA"}
    assert any(one["open_interest"] for one in signals)


def test_several_days_stand_in_folders_by_date(run, tmp_path):
    result = run("simulate", "--out", tmp_path, "--days", 2, "--date", "2026-05-22", *SMALL)
    assert result.exit_code == 0, result.output
    days = sorted(path.name for path in tmp_path.iterdir())
    assert days == ["2026-05-22", "2026-05-26"]
    after = pq.read_table(tmp_path / days[0] / "oi_next.parquet").to_pylist()
    before = pq.read_table(tmp_path / days[1] / "oi.parquet").to_pylist()
    held = [
        {row["symbol"]: row["open_interest"] for row in rows if row["open_interest"]}
        for rows in (after, before)
    ]
    assert held[0] == held[1]


def test_so_many_names(run, tmp_path):
    result = run("simulate", "--out", tmp_path, "--names", 20, "--prints", 2000)
    assert result.exit_code == 0, result.output
    told = json.loads((tmp_path / "market.json").read_text())
    assert len(told["symbols"]) == 20
    assert told["symbols"][12] == "ZAAA"


@pytest.mark.long
def test_snapshots_may_come_more_often(run, market, tmp_path):
    result = run("simulate", "--out", tmp_path, *SMALL, "--snapshot-minutes", 5)
    assert result.exit_code == 0, result.output
    told = json.loads((tmp_path / "market.json").read_text())
    assert told["snapshot_minutes"] == 5
    assert "snapshot_minutes" not in json.loads((market / "market.json").read_text())
    seen = sorted(path.stem for path in (tmp_path / "chain").iterdir())
    assert seen[:3] == ["0930", "0935", "0940"]
    assert seen[-1] == "1600"
    assert len(seen) == 79


def test_an_edge_is_told_where_there_is_one(run, market, tmp_path):
    result = run("simulate", "--out", tmp_path, *SMALL, "--edge", 0.5)
    assert result.exit_code == 0, result.output
    assert json.loads((tmp_path / "market.json").read_text())["edge"] == 0.5
    assert "edge" not in json.loads((market / "market.json").read_text())


def test_symbols_may_be_given_again_and_in_small_letters(run, tmp_path):
    result = run(
        "simulate", "--out", tmp_path, "-s", "spy,gme", "-s", "VIX", "--prints", 500
    )
    assert result.exit_code == 0, result.output
    told = json.loads((tmp_path / "market.json").read_text())
    assert told["symbols"] == ["SPY", "GME", "VIX"]


def test_faults_are_in_the_truth(run, market, tmp_path):
    rates = "gap=0.01,duplicate=0.02,missing-nbbo=0.01"
    result = run("simulate", "--out", tmp_path, *SMALL, "--faults", rates)
    assert result.exit_code == 0, result.output
    told = json.loads((tmp_path / "market.json").read_text())
    assert told["faults"] == {"gap": 0.01, "duplicate": 0.02, "missing_nbbo": 0.01}
    hit = pq.read_table(tmp_path / "truth" / "faults.parquet")["kind"].to_pylist()
    assert set(hit) == {"gap", "duplicate", "missing_nbbo"}
    # what is true does not change with what the feed breaks
    for name in ("prints", "book"):
        path = Path("truth") / f"{name}.parquet"
        assert (tmp_path / path).read_bytes() == (market / path).read_bytes()


@pytest.mark.parametrize("form", ["cboe", "thetadata", "massive", "dbn"])
def test_the_tape_may_be_written_as_a_vendor_does(run, tmp_path, form):
    result = run("simulate", "--out", tmp_path, *SMALL, "--also", form)
    assert result.exit_code == 0, result.output
    files = sorted((tmp_path / "formats").iterdir())
    tape = next(path for path in files if "quotes" not in path.name)
    quotes = [path for path in files if "quotes" in path.name]
    asked = ("--quotes", quotes[0]) if quotes else ()
    replayed = run("replay", tape, *asked, "--format", "ndjson")
    assert replayed.exit_code == 0, replayed.output
    assert replayed.stdout.count("\n") > 5


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--date", "2026-05-24"), "session of 1993 to 2094, was 2026-05-24"),
        (("--prints", 0), "prints must be 1 to 100,000,000, was 0"),
        (("--names", 0), "names must be 1 to 5,000, was 0"),
        (("--names", 3, "--symbols", "SPY"), "must not be given together"),
        (("--symbols", "SPXW"), "SPXW is a root of SPX"),
        (("--symbols", ""), "one to five capitals and digits, was ''"),
        (("--snapshot-minutes", 0), "snapshots must be 1 to 390, was 0"),
        (("--faults", "hail=0.1"), "hail"),
        (("--faults", "gap=2"), "gap"),
        (("--speed", 5), "--speed is of --serve"),
    ],
)
def test_what_cannot_be_is_one_sentence(run, tmp_path, arguments, sentence):
    assert sentence in refused(run, "--out", tmp_path / "x", *arguments)
    assert not (tmp_path / "x").exists()


def test_a_market_needs_a_place_of_its_own(run, tmp_path):
    assert "needs --out DIR" in refused(run)
    (tmp_path / "notes.txt").write_text("mine")
    line = refused(run, "--out", tmp_path, *SMALL)
    assert "must be empty or hold a simulated market" in line
    assert "must be written to a folder" in refused(run, "--out", tmp_path / "notes.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    assert "--report must stand alone" in refused(
        run, "--out", tmp_path, "--report", tmp_path
    )


def test_quiet_says_nothing(run, tmp_path):
    result = run("simulate", "--out", tmp_path, *SMALL, "--quiet")
    assert (result.exit_code, result.output) == (0, "")


def test_ctrl_c_leaves_no_market(command, tmp_path):
    folder = tmp_path / "x"
    process = command(
        "simulate", "--out", folder, "--symbols", "SPY", "--prints", 30_000_000
    )
    until = time.monotonic() + 60
    while not list(folder.glob("chain/0930.parquet")) and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in told
    assert not list(folder.glob("*.part"))
    assert not {"market.json", "tape.parquet"} & {path.name for path in folder.iterdir()}


def test_a_played_day_tells_the_signals_of_a_replay(run, market, tmp_path):
    replayed = run(
        "replay",
        market / "tape.parquet",
        "--oi",
        market / "oi.parquet",
        "--format",
        "ndjson",
    )
    assert replayed.exit_code == 0, replayed.output
    replayed = replayed.stdout.splitlines()
    assert len(replayed) > 20
    folder = tmp_path / "x"
    result = run("simulate", "--out", folder, *SMALL, "--serve", "--speed", 100_000)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    cancelled = pq.read_table(market / "tape.parquet")["cancels"].to_pylist()
    busts = sum(one is not None for one in cancelled)
    assert abs(len(lines) - len(replayed)) <= busts
    assert "100000 times as fast as it was" in result.stderr
    clocks = [line.split()[0] for line in lines]
    # within a batch of prints they come in order of time
    later = sum(one >= other for one, other in zip(clocks[1:], clocks, strict=False))
    assert later / len(lines) > 0.8
