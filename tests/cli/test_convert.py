"""`opentape convert`: the same tape in our own columns, or in a vendor's format."""

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest


def signals(run, *arguments):
    result = run("replay", *arguments, "--format", "ndjson", "--quiet")
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


def test_a_converted_tape_gives_the_same_signals(run, day, tmp_path):
    out = tmp_path / "out.parquet"
    result = run("convert", day.tape, out)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "written" in result.stderr
    assert signals(run, out, "--oi", day.oi) == signals(run, day.tape, "--oi", day.oi)
    assert list(tmp_path.iterdir()) == [out]


def test_it_is_in_the_order_of_the_fold(run, day, tmp_path):
    """Also when it comes from text, in any order."""
    table = pq.read_table(day.tape)
    plain = pa.table({n: table[n].cast(pa.string()) if pa.types.is_dictionary(table[n].type)
                      else table[n] for n in table.column_names})  # fmt: skip
    tape, out = tmp_path / "tape.csv", tmp_path / "out.parquet"
    pa.csv.write_csv(plain.take(list(range(plain.num_rows - 1, -1, -1))), tape)
    assert run("convert", tape, out, "--quiet").exit_code == 0
    stamps = pq.read_table(out)["ts_event"].cast(pa.int64()).to_pylist()
    assert stamps == sorted(stamps)
    assert signals(run, out, "--oi", day.oi) == signals(run, day.tape, "--oi", day.oi)


def test_quiet_says_nothing(run, day, tmp_path):
    result = run("convert", day.tape, tmp_path / "out.parquet", "-q")
    assert (result.exit_code, result.output) == (0, "")


def test_rows_that_are_skipped_are_shown(run, tmp_path):
    tape = tmp_path / "tape.csv"
    tape.write_text(
        "ts_event,symbol,price,size\n"
        "2026-05-21T14:30:00Z,SPY260529C00650000,1.50,150\n"
        "2026-05-21T14:30:00Z,SPIDER,1.50,150\n"
    )
    result = run("convert", tape, tmp_path / "out.parquet")
    assert f"{tape}:3  bad_contract  SPIDER" in result.stderr
    assert "1 row to" in result.stderr


@pytest.mark.parametrize(
    ("form", "name", "told"),
    [
        ("cboe", "out.csv.gz", "Cboe DataShop option trades"),
        ("thetadata", "out.csv", "ThetaData trade and quote (v3)"),
        ("massive", "out.csv.gz", "Massive option trades"),
        ("dbn", "out.dbn.zst", "Databento DBN v3 tcbbo"),
    ],
)
def test_a_vendors_file_is_told_as_its_vendors(run, day, tmp_path, form, name, told):
    out = tmp_path / name
    result = run("convert", day.tape, out, "--to", form)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "left out   " in result.stderr
    assert f"to {out}" in result.stderr
    assert told in run("replay", out).stderr
    assert list(tmp_path.iterdir()) == [out]


def test_what_is_left_out_is_listed_with_its_rows(run, day, tmp_path):
    """DBN knows no cancels: the rows that are some are not written."""
    conditions = pq.read_table(day.tape)["condition"].to_pylist()
    cancels = sum(letter in set("ACEGO") for letter in conditions)
    assert cancels > 0
    result = run("convert", day.tape, tmp_path / "out.dbn", "--to", "dbn")
    what, listed = {}, result.stderr[result.stderr.index("left out") + len("left out") :]
    for line in listed.splitlines():
        label, _, rows = line.strip().partition(": ")
        what[label] = rows.split(" ")[0]
    assert what["sequence numbers"] == f"{len(conditions):,}"
    assert what["cancels"] == f"{cancels:,}"
    assert f"written    {len(conditions) - cancels:,} rows to" in result.stderr


def test_massive_keeps_quotes_in_a_file_of_their_own(run, day, tmp_path):
    out, quotes = tmp_path / "out.csv", tmp_path / "quotes.csv"
    result = run("convert", day.tape, out, "--to", "massive", "--quotes-out", quotes)
    assert f"rows to {out}, quotes to {quotes}" in result.stderr
    assert "quotes: " not in result.stderr
    with_quotes = signals(run, out, "--quotes", quotes)
    assert len(with_quotes) == len(signals(run, day.tape))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("out.csv",), "written as Parquet, to a name ending in .parquet, was"),
        (("out.parquet", "--to", "dbn"), "a name ending in .dbn or .dbn.zst, was"),
        (("out.csv.zst", "--to", "cboe"), "a name ending in .csv or .csv.gz, was"),
        (("out.csv", "--to", "cboe", "--quotes-out", "q.csv"), "only massive keeps quotes"),
        (("out.parquet", "--quotes-out", "q.csv"), "only massive keeps quotes"),
        (("out.csv", "--to", "massive", "--quotes-out", "q.txt"), ".csv.gz, was q.txt"),
        (
            ("o.csv", "--to", "massive", "--quotes-out", "o.csv"),
            "need a file each, was o.csv",
        ),
        (("o.csv", "--to", "massive", "--quotes-out", "no/q.csv"), "a folder that exists"),
    ],
)
def test_what_cannot_be_written_is_refused_at_once(
    run, day, tmp_path, monkeypatch, arguments, said
):
    monkeypatch.chdir(tmp_path)
    result = run("convert", day.tape, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert list(tmp_path.iterdir()) == []
