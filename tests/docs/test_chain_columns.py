"""The reference of chains says all: every column, every layout, what is needed."""

import re

from opentape.feeds.chains.own import EITHER, LAYOUT, NEEDED
from opentape.feeds.chains.recognise import LAYOUTS
from opentape.feeds.chains.sift import COLUMNS
from source_tree import REPO

PAGE = (REPO / "docs" / "reference" / "chain-columns.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(\w+)` \|[^|]*\|[^|]*\| ([^|]*) \|", PAGE, re.MULTILINE)


def test_every_column_is_listed_and_no_other() -> None:
    assert sorted(name for name, _ in ROWS) == sorted(COLUMNS)


def test_what_is_required_is_told() -> None:
    told = {name for name, required in ROWS if required != "no"}
    assert told == {*NEEDED, *(name for group in EITHER for name in group)}


def test_every_layout_has_a_section() -> None:
    sections = re.findall(r"^## (.*)$", PAGE, re.MULTILINE)
    vendors = [layout.title for layout in LAYOUTS if layout is not LAYOUT]
    assert sorted(sections) == sorted(vendors)
