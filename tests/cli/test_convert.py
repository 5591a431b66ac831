"""`opentape convert`: the same tape in our own columns."""

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq


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
