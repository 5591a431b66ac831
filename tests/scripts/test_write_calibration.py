"""The script that writes a calibration into the documents."""

import runpy

import pytest

from opentape.desk.calibrate.measure import calibrated
from opentape.desk.calibrate.reply import Calibration, row
from source_tree import REPO

SCRIPT = runpy.run_path(str(REPO / "scripts" / "write_calibration.py"))
BEGIN, END, PAGE = SCRIPT["BEGIN"], SCRIPT["END"], SCRIPT["PAGE"]
rewritten = SCRIPT["rewritten"]


def day() -> Calibration:
    rows = [row("mean_size", 7.0), row("size_p90", 9.0), row("oi_share", 0.7)]
    return Calibration(
        date="2026-05-21", prints=10, contracts=70, symbols=2, faults={}, rows=rows
    )


def test_each_figure_is_a_row_and_each_note_a_line() -> None:
    lines = SCRIPT["day_text"](day()).splitlines()
    assert lines[0] == "2026-05-21: 10 prints, 70 contracts, 2 names."
    assert any(
        line.startswith("| contracts a print | 7 | 5.80 to 9.70 | inside |")
        for line in lines
    )
    assert any("| explained |" in line and "[1]" in line for line in lines)
    assert any("| outside |" in line and "\\|change of OI\\|" in line for line in lines)
    assert lines[-2].startswith("1. 58 million")


def test_what_stands_between_the_markers_is_replaced() -> None:
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    new = rewritten(page, SCRIPT["text_of"](calibrated([day()])))
    assert new.startswith(f"before\n{BEGIN}\n2026-05-21")
    assert new.endswith(f"{END}\nafter\n")
    assert "old" not in new
    assert rewritten(new, "x").count(BEGIN) == 1


def test_a_page_without_markers_is_refused() -> None:
    with pytest.raises(SystemExit, match="must hold"):
        rewritten("nothing", "x")


def test_the_page_has_its_markers() -> None:
    assert rewritten(PAGE.read_text(encoding="utf-8"), "x")
