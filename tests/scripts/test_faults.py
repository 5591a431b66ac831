"""The page of faults holds the rows that tests note, and nothing else of it changes."""

import runpy

from faults.table import Row
from source_tree import REPO

SCRIPT = runpy.run_path(str(REPO / "scripts" / "faults.py"))
PAGE = (REPO / "docs" / "explain" / "faults.md").read_text(encoding="utf-8")


def test_rows_stand_between_the_markers_and_nothing_else_changes() -> None:
    rows = [
        Row("a | fault", 1_000, "nothing", 0, 0, 0),
        Row("another", 2, "told in a sentence"),
    ]
    page = PAGE
    for _ in range(2):
        page = SCRIPT["with_rows"](page, rows)
    assert outside(page) == outside(PAGE)
    assert "| a \\| fault | 1,000 | nothing | 0 | 0 | 0 |" in page
    assert "| another | 2 | told in a sentence |  |  |  |" in page


def test_the_page_holds_a_run_in_which_nothing_was_lost() -> None:
    inside = PAGE.split(SCRIPT["BEGIN"])[1].split(SCRIPT["END"])[0]
    lines = inside.strip().splitlines()
    assert tuple(lines[:2]) == SCRIPT["HEAD"]
    kills = next(line for line in lines if line.startswith("| kill -9 while"))
    assert int(kills.split("|")[2].replace(",", "")) >= 1_000
    assert kills.endswith("| 0 | 0 | 0 |")


def outside(page: str) -> tuple[str, str]:
    before, rest = page.split(SCRIPT["BEGIN"])
    return before, rest.split(SCRIPT["END"])[1]
