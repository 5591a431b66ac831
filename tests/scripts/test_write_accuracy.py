"""The page of accuracy holds the figures of an audit, and explains every one."""

import re
import runpy
from pathlib import Path

import pytest

import market_folders
from opentape.desk.audit.measures import MEASURES
from source_tree import REPO

SCRIPT = runpy.run_path(str(REPO / "scripts" / "write_accuracy.py"))
PAGE = (REPO / "docs" / "explain" / "accuracy.md").read_text(encoding="utf-8")


@pytest.mark.long
def test_figures_stand_between_the_markers_and_nothing_else_changes(tmp_path: Path) -> None:
    market_folders.make(tmp_path / "market", 1)
    page = tmp_path / "page.md"
    page.write_text(PAGE, encoding="utf-8")
    asked = [str(tmp_path / "market"), "--page", str(page), "--made", "made by hand"]
    for _ in range(2):
        SCRIPT["main"](asked)
    written = page.read_text(encoding="utf-8")
    before, _, after = outside(written)
    assert (before, after) == (outside(PAGE)[0], outside(PAGE)[2])
    assert "made by hand" in written
    answer = SCRIPT["audit"](tmp_path / "market")
    figures = [line for line in outside(written)[1].splitlines() if line.startswith("| ")]
    heads = len({row["section"] for row in answer["rows"]})
    assert len(figures) == len(answer["rows"]) + heads
    assert all(f"| {row['n']:,} {row['counted']} |" in written for row in answer["rows"])


def outside(page: str) -> tuple[str, str, str]:
    before, rest = page.split(SCRIPT["BEGIN"])
    inside, after = rest.split(SCRIPT["END"])
    return before, inside, after


def test_every_measure_is_explained() -> None:
    told = re.findall(r"`([a-z_]+)`(?=[^|]*\|)", outside(PAGE)[0])
    assert sorted(set(MEASURES) - set(told)) == []


def test_the_page_holds_figures() -> None:
    inside = outside(PAGE)[1]
    assert all(f"| {measure.title} |" in inside for measure in MEASURES.values())
