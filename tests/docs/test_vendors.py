"""The page on vendors' formats says what the code says: each format, all it cannot tell."""

import re

from opentape.cli.convert import FORMATS as CHOICES
from opentape.store.vendors.formats import FORMATS
from opentape.store.vendors.missing import MISSING, Missing
from opentape.wiring.build import OWN_FORMAT
from source_tree import REPO

PAGE = (REPO / "docs" / "how-to" / "write-a-vendors-format.md").read_text(encoding="utf-8")
LOST = PAGE.split("## What a format has no place for", 1)[1]
HEAD, _, *ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in LOST.splitlines()
    if line.startswith("|")
]


def test_the_formats_are_those_of_the_command_line() -> None:
    assert list(CHOICES) == [OWN_FORMAT, *FORMATS]
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE) == list(FORMATS)


def test_what_is_lost_is_told_row_by_row() -> None:
    assert [cell.replace("`", "") for cell in HEAD[1:]] == list(MISSING)
    assert [row[0] for row in ROWS] == list(Missing)
    for at, (form, missing) in enumerate(MISSING.items(), start=1):
        told = {row[0] for row in ROWS if row[at] == "lost"}
        assert told == set(missing), form


def test_a_cell_says_lost_or_nothing() -> None:
    assert {cell for row in ROWS for cell in row[1:]} == {"lost", ""}
