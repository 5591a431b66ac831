"""A simulated day beside its anchors, as a table and as JSON."""

import io
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import click
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

import market_folders
from opentape.cli.market.report import anchor_text, draw, figure_text, mark_of, report
from opentape.desk.calibrate.anchors import ANCHORS
from opentape.desk.calibrate.measure import calibrated
from opentape.desk.calibrate.reply import Calibration, row

Report = Callable[..., Result]


@pytest.fixture
def told() -> Report:
    """Run a report as the verb does."""

    @click.command
    @click.argument("folder", type=click.Path(path_type=Path))
    @click.option("--format", "form", default="table")
    def verb(folder: Path, form: str) -> None:
        report(folder, form=form, quiet=True)

    def run_here(*arguments: object) -> Result:
        return CliRunner().invoke(verb, [str(one) for one in arguments])

    return run_here


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    market_folders.make(tmp_path, 1)
    # nothing moved overnight
    pq.write_table(pq.read_table(tmp_path / "oi.parquet"), tmp_path / "oi_next.parquet")
    return tmp_path


def test_json_has_every_figure_that_the_folder_tells(told: Report, folder: Path) -> None:
    result = told(folder, "--format", "json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    (day,) = answer["days"]
    tape = pq.read_table(folder / "tape.parquet").to_pylist()
    prints = [one for one in tape if one["cancels"] is None]
    rows = {one["what"]: one for one in day["rows"]}
    assert day["prints"] == rows["prints that day"]["figure"] == len(prints)
    assert day["contracts"] == sum(one["size"] for one in prints)
    whats = [anchor.what for key, anchor in ANCHORS.items() if not key.startswith("width")]
    assert list(rows) == whats
    assert answer["assumptions"]


def test_the_table_shows_the_same(told: Report, folder: Path) -> None:
    result = told(folder)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0].startswith("2026-05-21  ")
    answer = json.loads(told(folder, "--format", "json").stdout)
    for one in answer["days"][0]["rows"]:
        line = next(line for line in lines if line.startswith(one["what"]))
        assert figure_text(one["figure"], one["unit"]) in line
    assert "Assumptions" in lines


def test_faults_are_told(told: Report, tmp_path: Path) -> None:
    made = market_folders.make(tmp_path, 1, faults=True)
    pq.write_table(pq.read_table(tmp_path / "oi.parquet"), tmp_path / "oi_next.parquet")
    assert "with faults" in told(tmp_path).stdout.splitlines()[1]
    (day,) = json.loads(told(tmp_path, "--format", "json").stdout)["days"]
    assert day["faults"] == Counter(fault["kind"] for fault in made.faults)


def test_a_folder_without_the_next_morning_is_refused(told: Report, folder: Path) -> None:
    (folder / "oi_next.parquet").unlink()
    result = told(folder)
    assert "oi_next.parquet" in str(result.exception)


@pytest.mark.parametrize(
    ("key", "figure", "mark", "anchor"),
    [
        ("mean_size", 7.0, "inside", "5.80 to 9.70"),
        ("mean_size", 70.0, "outside", "5.80 to 9.70"),
        ("size_p90", 9.0, "explained", "100 to 250"),
        ("sweep_share", 0.2, "", ""),
        ("sweep_median", 11.0, "inside", "8 to 14 ms"),
        ("multi_leg", 0.31, "inside", "30.0 to 45.0 %"),
        ("contracts", 58e6, "inside", "46.0 to 78.0 M"),
        ("oi_violations", 0.0, "inside", "0"),
        ("mean_size", float("nan"), "", "5.80 to 9.70"),
    ],
)
def test_a_figure_is_marked(key: str, figure: float, mark: str, anchor: str) -> None:
    found = row(key, figure)
    assert mark_of(found) == mark
    assert anchor_text(found) == anchor


def test_what_is_explained_says_why() -> None:
    day = Calibration(
        date="2026-05-21",
        prints=1,
        contracts=1,
        symbols=1,
        faults={},
        rows=[row("size_p90", 9.0)],
    )
    sink = io.StringIO()
    draw(calibrated([day, day]), sink)
    assert sink.getvalue().count("explained") == 2
    assert "no whole market has 100" in sink.getvalue()
