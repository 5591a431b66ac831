"""`opentape chain`, as a user runs it."""

import csv
import gzip
import io
import json
import runpy
import subprocess
import sys
import tarfile
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from opentape.desk.chain.reply import ChainReply, ContractRow, Levels

REPO = Path(__file__).resolve().parents[2]
MAKER = runpy.run_path(str(REPO / "scripts" / "make_chain.py"))
DATA = REPO.parent / "shared" / "data" / "chains"


@pytest.fixture(scope="module")
def table() -> pa.Table:
    """A chain of a few expiries, near the money."""
    whole = MAKER["make_chain"](7)
    near = pc.and_(
        pc.less(pc.abs(pc.subtract(whole["strike"], 652.4)), 30.0),
        pc.less(whole["expiry"], pa.scalar("2026-10-17").cast(pa.date32())),
    )
    return whole.filter(near)


@pytest.fixture(scope="module")
def chain(table: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("chain") / "chain.parquet"
    pq.write_table(table, path)
    return path


@pytest.fixture(scope="module")
def body(run, chain: Path) -> dict:
    result = run("chain", chain, "--format", "json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def refused(result, *words):
    """One sentence on standard error, nothing on standard output, exit code 2."""
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    *_, line = result.stderr.splitlines()
    assert line.startswith("Error: ")
    assert [word for word in words if word not in line] == []


def test_json_is_the_whole_answer(body, table):
    assert list(body) == list(ChainReply.__struct_encode_fields__)
    assert list(body["levels"]) == list(Levels.__struct_encode_fields__)
    assert (body["symbol"], body["spot"]) == ("SPY", 652.4)
    assert body["as_of"] == "2026-09-16T19:30:00.000000Z"
    assert len(body["contracts"]) == table.num_rows
    assert sum(body["quotes"].values()) == sum(body["ivs"].values()) == table.num_rows
    assert len(body["expiries"]) == len(set(table["expiry"].to_pylist()))
    solved = [row for row in body["contracts"] if row["iv_status"] == "solved"]
    assert len(solved) > 0.7 * table.num_rows
    assert all(0.05 < row["iv"] < 3 for row in solved)


def test_the_table_tells_what_json_tells(run, chain, body):
    result = run("chain", chain, columns=80)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in result.stdout
    assert lines[0].startswith("SPY  652.40  16Sep26 15:30:00 New York  american")
    levels = body["levels"]
    (wall,) = [line for line in lines if line.startswith("  put wall")]
    assert wall.split()[2] == f"{levels['put_wall']:g}"
    (flip,) = [line for line in lines if line.startswith("  gamma flip")]
    told = levels["gamma_flip"]
    shown = flip.split()[2]
    assert shown == "none" if told is None else float(shown) == told
    for row in body["expiries"]:
        assert any(f" {row['dte']} " in line and "Sep26" in line for line in lines) or (
            row["dte"] > 13
        )


def test_the_summary_goes_to_standard_error(run, chain, body, table):
    result = run("chain", chain, "--format", "csv")
    told = {line[:10].strip(): line[11:] for line in result.stderr.splitlines()}
    assert told["chain"] == f"opentape chain columns, {table.num_rows:,} contracts read"
    assert told["as of"] == "2026-09-16 15:30:00 New York, spot 652.40"
    assert f"two sided {body['quotes']['two_sided']:,}" in told["quotes"]
    assert told["vols"] == f"solved {body['ivs']['solved']:,}"
    assert f"one sided {body['ivs']['one_sided']:,}" in told["no vol"]
    assert told["skipped"] == "0 rows"
    assert run("chain", chain, "--format", "csv", "-q").stderr == ""


def test_csv_has_a_line_a_contract(run, chain, body):
    result = run("chain", chain, "--format", "csv", "-q")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert list(rows[0]) == list(ContractRow.__struct_encode_fields__)
    assert len(rows) == len(body["contracts"])
    for row, contract in zip(rows, body["contracts"], strict=True):
        told = {name: value or None for name, value in row.items()}
        for name in ("root", "expiry", "right", "quote", "iv_status"):
            assert told[name] == contract[name]
        for name in ("strike", "bid", "iv", "theta", "vega"):
            value = None if told[name] is None else float(told[name])
            assert value == contract[name]


def test_one_expiry_alone(run, chain, body):
    result = run("chain", chain, "--expiry", "2026-09-18", "--format", "json")
    alone = json.loads(result.stdout)
    assert {row["expiry"] for row in alone["contracts"]} == {"2026-09-18"}
    (whole,) = [row for row in body["expiries"] if row["expiry"] == "2026-09-18"]
    assert alone["levels"]["net_gex"] == pytest.approx(whole["net_gex"])


def test_what_is_given_goes_before_what_the_file_says(run, chain):
    given = ("--spot", 650, "--rate", 0.03, "--carry", 0.01, "--style", "european")
    result = run("chain", chain, *given, "--as-of", "15:00", "--format", "json")
    body = json.loads(result.stdout)
    assert (body["spot"], body["style"]) == (650.0, "european")
    assert body["as_of"] == "2026-09-16T19:00:00.000000Z"
    assert {row["rate"] for row in body["expiries"]} == {0.03}
    assert {(row["carry"], row["carry_from"]) for row in body["expiries"]} == {
        (0.01, "given")
    }
    zoned = ("--as-of", "2026-09-16T15:00:00-04:00", "--format", "json")
    assert json.loads(run("chain", chain, *given, *zoned).stdout) == body


def test_settings_are_heard(run, chain, tmp_path):
    config = tmp_path / "c.toml"
    config.write_text("[chain]\nrate = 0.02\n[levels.flip]\nfewest_solved = 100000\n")
    result = run("chain", chain, "--config", config, "--format", "json")
    told = json.loads(result.stdout)
    assert {row["rate"] for row in told["expiries"]} == {0.02}
    assert told["levels"]["gamma_flip_status"] == "insufficient_quote_quality"
    config.write_text("[chain]\nrates = 5\n")
    refused(run("chain", chain, "--config", config), "chain.rates", "c.toml")


def test_open_interest_of_another_file(run, chain, tmp_path):
    oi = tmp_path / "oi.csv"
    rows = [
        "root,expiry,strike,right,open_interest",
        "SPY,2026-09-18,650,C,100000",
        "SPY,2026-09-18,640,P,50000",
        "SPY,2026-09-18,many,P,50000",
    ]
    oi.write_text("\n".join(rows) + "\n")
    result = run("chain", chain, "--oi", oi, "--format", "json")
    told = json.loads(result.stdout)
    assert (told["levels"]["call_wall"], told["levels"]["put_wall"]) == (650, 640)
    known = [row for row in told["contracts"] if row["open_interest"] is not None]
    assert len(known) == 2
    assert "1 row" in result.stderr
    assert "oi.csv:row" in result.stderr


def test_a_file_without_open_interest_has_no_levels(run, table, tmp_path):
    bare = tmp_path / "bare.parquet"
    pq.write_table(table.drop_columns(["open_interest", "volume"]), bare)
    result = run("chain", bare)
    assert result.exit_code == 0
    assert "no open interest is known" in result.stdout
    body = json.loads(run("chain", bare, "--format", "json").stdout)
    assert body["levels"]["call_wall"] is None
    assert body["levels"]["max_pain"] is None
    assert {row["open_interest"] for row in body["contracts"]} == {None}


def test_csv_packed_with_gzip_reads_the_same(run, table, tmp_path, body):
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(table.column_names)
    for row in table.to_pylist():
        as_of = row["as_of"].isoformat()
        writer.writerow([*(row[n] for n in table.column_names if n != "as_of"), as_of])
    packed = tmp_path / "chain.csv.gz"
    packed.write_bytes(gzip.compress(lines.getvalue().encode()))
    assert json.loads(run("chain", packed, "--format", "json").stdout) == body


def test_a_plot_is_drawn(run, chain, tmp_path):
    plot = tmp_path / "chain.png"
    result = run("chain", chain, "--plot", plot)
    assert (result.exit_code, result.stdout) == (0, "")
    assert f"drawn      {plot}" in result.stderr
    assert plot.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert plot.stat().st_size > 50_000
    result = run("chain", chain, "--plot", plot, "--format", "table", "-q")
    assert "gamma by strike" in result.stdout
    assert list(tmp_path.iterdir()) == [plot]


def test_a_table_costs_no_import_of_matplotlib(chain):
    code = (
        "import sys\nfrom opentape.cli.main import main\n"
        f"main(['chain', {str(chain)!r}, '-q'], standalone_mode=False)\n"
        "print('modules:', *sys.modules)"
    )
    told = subprocess.check_output([sys.executable, "-c", code], text=True)  # noqa: S603
    shown, _, loaded = told.partition("modules:")
    assert "gamma by strike" in shown
    assert "matplotlib" not in loaded.split()


@pytest.mark.parametrize("value", ["0", "-5", "nan", "inf", "lots", ""])
def test_a_spot_that_is_none(run, chain, value):
    refused(run("chain", chain, "--spot", value), "'--spot'", "above 0", repr(value))


@pytest.mark.parametrize("option", ["--rate", "--carry"])
@pytest.mark.parametrize("value", ["4.5", "-1.5", "nan", "-inf", "x"])
def test_rates_are_fractions(run, chain, option, value):
    refused(run("chain", chain, option, value), f"'{option}'", "from -1 to 1", value)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--style", "bermudan"], ["'--style'", "bermudan"]),
        (["--format", "ndjson"], ["'--format'", "ndjson"]),
        (["--as-of", "yesterday"], ["'--as-of'", "yesterday"]),
        (["--as-of", "25:00"], ["'--as-of'", "25:00"]),
        (["--as-of", "1889-01-01"], ["as of", "1990"]),
        (["--expiry", "2026-13-01"], ["'--expiry'", "2026-13-01"]),
        (["--expiry", "Friday"], ["'--expiry'", "Friday"]),
        (["--expiry", "2026-09-19"], ["an expiry must be one of 2026-09-16", "2026-09-19"]),
        (["--symbol", "QQQ"], ["QQQ", "SPY"]),
        (["--symbol", "S/PY"], ["symbol", "S/PY"]),
        (["--oi", "nowhere.csv"], ["nowhere.csv"]),
        (["--config", "nowhere.toml"], ["nowhere.toml"]),
        (["--plot", "no/such/folder.png"], ["folder that exists"]),
        (["--plot", "."], ["must be a file"]),
    ],
)
def test_options_that_cannot_be(run, chain, arguments, words):
    refused(run("chain", chain, *arguments), *words)


def test_a_plot_does_not_replace_what_is_read(run, chain):
    before = chain.read_bytes()
    refused(run("chain", chain, "--plot", chain), "is read")
    assert chain.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"Dear Sir,\nplease find attached\n", "chain.csv"),
        (b"ts_event,symbol,price,size\n", "chain.csv"),
        (b"root,expiry,strike,right,bid,ask\n", "chain.csv"),
        (b"root,expiry,strike,right,bid,ask\nSPY,2026-09-18,650,C,1,2\n", "--"),
        (gzip.compress(b"root,expiry,strike,right,bid,ask\n" * 999)[:-40], "chain.csv"),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "chain.csv"),
    ],
)
def test_a_file_that_is_no_good_chain(run, tmp_path, content, word):
    path = tmp_path / "chain.csv"
    path.write_bytes(content)
    refused(run("chain", path), word)


def test_no_such_file(run, tmp_path):
    refused(run("chain", tmp_path / "nowhere.csv"), "there is no file", "nowhere.csv")


def test_bad_rows_are_skipped_and_told(run, tmp_path):
    lines = ["root,expiry,strike,right,bid,ask,open_interest"]
    for strike in range(600, 700, 5):
        call, put = max(650 - strike, 0) + 9, max(strike - 650, 0) + 8
        lines.append(f"SPY,2026-10-16,{strike},C,{call},{call + 0.1},500")
        lines.append(f"SPY,2026-10-16,{strike},P,{put},{put + 0.1},700")
    lines.insert(4, "SPY,someday,650,C,1,2,3")
    path = tmp_path / "chain.csv"
    path.write_text("\n".join(lines) + "\n")
    asked = ("--spot", 650.5, "--as-of", "2026-09-16T15:30")
    result = run("chain", path, *asked)
    assert result.exit_code == 0, result.output
    assert "skipped    1 row" in result.stderr
    assert "chain.csv:5" in result.stderr


needs_data = pytest.mark.skipif(
    not DATA.exists(), reason="needs ../shared/data, recorded vendor files"
)


@pytest.mark.realdata
@needs_data
@pytest.mark.parametrize(
    ("name", "spot", "rows"),
    [("spy_2025-05-16.csv", 590.0, 3_000), ("spy_2025-09-25.csv", 658.05, 3_716)],
)
def test_recorded_quotes_of_an_etf(run, tmp_path, name, spot, rows):
    file, plot = DATA / "cboe_quotedata" / name, tmp_path / "plot.png"
    result = run("chain", file, "--format", "json", "--plot", plot)
    assert result.exit_code == 0, result.output
    body = json.loads(result.stdout)
    assert body["symbol"] == "SPY"
    assert body["spot"] == pytest.approx(spot, rel=0.02)
    assert len(body["contracts"]) >= rows
    live = len(body["contracts"]) - body["expired"]
    assert body["ivs"]["solved"] > 0.6 * live
    levels = body["levels"]
    for level in ("call_wall", "put_wall", "max_pain"):
        assert abs(levels[level] / body["spot"] - 1) < 0.15
    assert (levels["gamma_flip"] is None) == (levels["gamma_flip_status"] != "available")
    assert plot.stat().st_size > 50_000
    assert "skipped    0 rows" in result.stderr


@pytest.mark.realdata
@needs_data
def test_a_recorded_universe_without_quotes(run, tmp_path):
    """Lean's files tell vols and greeks, but no bids and asks."""
    with tarfile.open(DATA / "lean_universes.tar.gz") as archive:
        member = archive.extractfile("lean_universes/goog/20151224.csv")
        assert member is not None
        file = tmp_path / "20151224.csv"
        file.write_bytes(member.read())
    result = run("chain", file, "--symbol", "GOOG", "--format", "json")
    assert result.exit_code == 0, result.output
    body = json.loads(result.stdout)
    assert body["symbol"] == "GOOG"
    assert set(body["quotes"]) == {"missing"}
    assert body["ivs"]["vendor"] > 0.5 * len(body["contracts"])
    assert run("chain", file, "--symbol", "GOOG", columns=80).exit_code == 0
