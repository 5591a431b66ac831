"""What cannot be read ends in one clear sentence and exit code 2; what can be, goes on."""

import gzip
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

HEADER = "ts_event,symbol,price,size,bid,ask"
GOOD = "2026-05-21T14:30:00Z,SPY260529C00650000,1.50,150,1.40,1.50"
CSV = f"{HEADER}\n{GOOD}\n"
LONG = CSV + f"{GOOD}\n" * 20_000


def bad_tape(folder: Path, kind: str) -> Path:
    path = folder / "tape.csv"
    contents = {
        "empty": b"",
        "blank": b"\n\n",
        "prose": b"Dear Sir,\nplease find attached\n",
        "pixels": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(200),
        "unknown columns": b"a,b,c\n1,2,3\n",
        "missing column": CSV.replace(",size", ",amount").encode(),
        "no prints": f"{HEADER}\n".encode(),
        "only bad rows": f"{HEADER}\n{GOOD.replace('1.50', 'n/a')}\n".encode(),
        "truncated gzip": gzip.compress(LONG.encode())[:-60],
        "damaged gzip": b"\x1f\x8b\x08\0" + bytes(40),
        "truncated zstandard": zstandard.compress(LONG.encode())[:-60],
        "truncated Parquet": b"PAR1" + bytes(80),
        "truncated DBN": b"DBN\x02",
        "UTF-16": CSV.encode("utf-16"),
    }
    path.write_bytes(contents[kind])
    return path


KINDS = {
    "empty": "is empty",
    "blank": "",
    "prose": "Dear Sir",
    "pixels": "with the header",
    "unknown columns": "a,b,c",
    "missing column": "'size'",
    "no prints": "holds no prints",
    "only bad rows": ":2 for bad_price, was 'n/a'",
    "truncated gzip": "cut short",
    "damaged gzip": "gzip",
    "truncated zstandard": "cut short",
    "truncated Parquet": "",
    "truncated DBN": "",
    "UTF-16": "UTF-8",
}


def refused(result, *words):
    """One sentence on standard error, nothing on standard output, exit code 2."""
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("Error: ")
    for word in words:
        assert word in lines[0]


@pytest.mark.parametrize("verb", ["replay", "explain", "convert"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_no_good_tape(run, tmp_path, verb, kind):
    tape = bad_tape(tmp_path, kind)
    out = tmp_path / "out.parquet"
    last = {
        "replay": ["--out", out],
        "explain": ["SPY-1-20260529-650000C-buy-150-XCBO-1"],
        "convert": [out],
    }[verb]
    refused(run(verb, tape, *last), "tape.csv", KINDS[kind])
    assert list(tmp_path.iterdir()) == [tape]


def test_a_good_file_beside_a_bad_one_does_not_help(run, day, tmp_path):
    refused(run("replay", day.tape, bad_tape(tmp_path, "prose")), "tape.csv")


@pytest.mark.parametrize("verb", ["replay", "convert"])
def test_no_such_file(run, tmp_path, verb):
    asked = [tmp_path / "nowhere.csv", *([tmp_path / "o.parquet"] * (verb == "convert"))]
    refused(run(verb, *asked), "there is no file", "nowhere.csv")


def test_a_folder_is_no_tape(run, tmp_path):
    refused(run("replay", tmp_path), str(tmp_path))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "no file"),
        ("", "is empty"),
        ("Dear Sir,\n", "open_interest"),
        ("symbol,volume\nSPY260529C00650000,5\n", "open_interest"),
        ("root,expiry,strike,open_interest\nSPY,2026-05-29,650,5\n", "right"),
        ("symbol,open_interest\nSPY260529C00650000,many\n", "holds no open interest"),
        (CSV, "open_interest"),
    ],
)
def test_a_wrong_open_interest(run, day, tmp_path, content, words):
    oi = tmp_path / "oi.csv"
    if content is not None:
        oi.write_text(content)
    refused(run("replay", day.tape, "--oi", oi), "oi.csv", words)


def test_quotes_that_no_print_waits_for(run, day):
    refused(run("replay", day.tape, "--quotes", day.oi), "quotes")


@pytest.mark.parametrize(
    "text",
    [None, "nonsense", "[flow.gather]\ngap_ms = -1\n", "[flow.gather]\nno_such = 1\n"],
)
def test_wrong_settings(run, day, tmp_path, text):
    config = tmp_path / "opentape.toml"
    if text is not None:
        config.write_text(text)
    refused(run("replay", day.tape, "--config", config))


def test_an_id_that_is_not_on_the_tape(run, day):
    known = day.signals[0]["id"]
    for unknown in ("nonsense", known + "0", known.replace("-", "_")):
        refused(run("explain", day.tape, unknown), unknown)


@pytest.mark.parametrize("verb", ["replay", "convert"])
def test_outputs_that_cannot_be(run, day, tmp_path, verb):
    def asked(out):
        return run(verb, day.tape, *(["--out", out] if verb == "replay" else [out]))

    before = day.tape.read_bytes()
    refused(asked(tmp_path / "nowhere" / "out.parquet"), "folder")
    refused(asked(tmp_path), "folder")
    refused(asked(day.tape), "must not be a file that is read")
    assert day.tape.read_bytes() == before


@pytest.mark.parametrize(
    ("verb", "option"),
    [
        ("replay", "--oi"),
        ("replay", "--quotes"),
        ("replay", "--config"),
        ("convert", "--quotes"),
    ],
)
def test_no_output_takes_the_place_of_a_file_that_is_read(run, day, tmp_path, verb, option):
    read = tmp_path / "read.parquet"
    read.write_text("what is read")
    out = tmp_path / "." / "link.parquet"
    out.symlink_to(read)
    last = ["--out", out] if verb == "replay" else [out]
    refused(run(verb, day.tape, option, read, *last), "must not be a file that is read")
    assert read.read_text() == "what is read"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--nonsense"],
        ["--min-score", "101"],
        ["--min-score", "-1"],
        ["--structure", "single"],
        ["--intent", "up"],
        ["--limit", "0"],
        ["--format", "xml"],
        ["--from", "noon"],
        ["--to", "2026-13-01"],
        ["--to", "25:00"],
    ],
    ids=" ".join,
)
def test_options_that_cannot_be(run, day, arguments):
    result = run("replay", day.tape, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Error: " in result.stderr
    assert arguments[0] in result.stderr


def test_malformed_rows_are_counted_and_shown_and_the_run_goes_on(run, tmp_path):
    tape = tmp_path / "tape.csv"
    bad = {
        4: GOOD.replace("1.50", "n/a", 1),
        5: GOOD.replace("SPY260529C00650000", "SPIDER"),
        7: GOOD.replace("150", "many", 1).replace("1.many", "1.50"),
        8: GOOD.replace("2026-05-21T14:30:00Z", "yesterday"),
        9: "only,two",
        11: GOOD.replace("1.50", "n/a", 1),
        12: GOOD.replace("1.50", "-", 1),
        13: GOOD.replace("1.50", "n/a", 1),
    }
    lines = [HEADER, *(bad.get(number, GOOD) for number in range(2, 15))]
    tape.write_text("\n".join(lines) + "\n")
    result = run("replay", tape, "--format", "ndjson")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 1
    told = result.stderr
    assert "skipped    8 rows" in told
    assert f"{tape}:4  bad_price  n/a" in told
    assert f"{tape}:5  bad_contract  SPIDER" in told
    assert f"{tape}:8  bad_time  yesterday" in told
    assert f"{tape}:9" in told
    assert f"{tape}:12  bad_price" in told
    assert f"{tape}:13" not in told  # three of a reason are shown, all are counted
    assert "bad_price            4" in told


def test_rows_of_open_interest_that_tell_none_are_counted(run, day, tmp_path):
    oi = tmp_path / "oi.csv"
    oi.write_text("symbol,open_interest\nSPY260529C00650000,5\nSPIDER,7\n")
    result = run("replay", day.tape, "--oi", oi, "--limit", 1)
    assert result.exit_code == 0
    assert "SPIDER" in result.stderr


needs_proc = pytest.mark.skipif(
    not Path("/proc/self/fd").is_dir(), reason="sees what a process reads through /proc"
)


def wait_until_reading(process: subprocess.Popen[str], tape: Path) -> None:
    """Return once a process has the tape open."""
    folder = Path(f"/proc/{process.pid}/fd")
    for _ in range(6_000):
        assert process.poll() is None, process.communicate()
        links = [link.resolve() for link in folder.iterdir() if link.exists()]
        if tape.resolve() in links:
            return
        time.sleep(0.01)
    pytest.fail("the tape was never opened")


def interrupted(process):
    """Press Ctrl-C, and again where it fell into a callback, which swallows it."""
    for _ in range(5):
        process.send_signal(signal.SIGINT)
        try:
            return process.communicate(timeout=2)
        except subprocess.TimeoutExpired:
            continue
    return process.communicate(timeout=60)


@needs_proc
@pytest.mark.parametrize(
    ("verb", "before"), [("replay", None), ("convert", "what was there before")]
)
def test_ctrl_c_leaves_no_half_written_output(command, long_tape, tmp_path, verb, before):
    out = tmp_path / "out.parquet"
    if before is not None:
        out.write_text(before)
    last = ["--out", out] if verb == "replay" else [out]
    process = command(verb, *[long_tape] * 30, *last)
    wait_until_reading(process, long_tape)
    time.sleep(0.5)
    stdout, stderr = interrupted(process)
    assert process.returncode == 130, stderr
    assert stderr.splitlines()[-1] == "Interrupted; nothing was written."
    assert stdout == ""
    assert "Traceback" not in stderr
    assert [path.read_text() for path in tmp_path.iterdir()] == [before] * (
        before is not None
    )


def test_a_reader_that_leaves_is_no_error(command, day, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    for form in ("ndjson", "table"):
        process = command("replay", day.tape, "--format", form)
        process.stdout.readline()
        process.stdout.close()
        stderr = process.stderr.read()
        process.stderr.close()
        assert process.wait(timeout=60) in {0, 1}
        assert "Traceback" not in stderr
        assert "BrokenPipe" not in stderr


def test_a_closed_output_is_one_sentence(day, tmp_path):
    def asked(*arguments):
        shell = ["/bin/sh", "-c", '"$0" -m opentape "$@" >&-', sys.executable]
        return subprocess.run(  # noqa: S603
            [*shell, *map(str, arguments)], stderr=subprocess.PIPE, text=True, check=False
        )

    for verb in (["replay", day.tape], ["explain", day.tape, day.signals[0]["id"]]):
        done = asked(*verb)
        assert (done.returncode, done.stderr) == (
            2,
            "Error: standard output must be open, was closed\n",
        )
    assert asked("replay", day.tape, "--out", tmp_path / "out.parquet").returncode == 0


def test_a_full_disk_is_one_sentence(day):
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "opentape", "replay", str(day.tape), "--format", "csv"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("Error: ")


def test_a_wrong_type_in_a_column_is_one_sentence(run, tmp_path):
    tape = tmp_path / "tape.parquet"
    table = pa.table({name: [[1]] for name in HEADER.split(",")})
    pq.write_table(table, tape)
    refused(run("replay", tape), "tape.parquet")


def test_codes_in_no_table_are_named(run, tmp_path):
    tape = tmp_path / "tape.csv"
    tape.write_text(f"{HEADER},condition\n{GOOD},999\n{GOOD},S\n{GOOD},999\n")
    result = run("replay", tape)
    assert result.exit_code == 0
    assert "in no table, taken as regular: '999' 2" in result.stderr
    assert "regular 66.7 %, iso 33.3 %" in result.stderr
