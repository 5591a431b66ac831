"""The reference of a simulated market's folder lists every column of every file."""

import re
from collections.abc import Iterable

import pytest

from opentape.simulation.faults.kinds import FaultKind
from opentape.simulation.records import INTENTS, STYLES
from opentape.simulation.world.macro import Macro
from opentape.store.market import chains, days, stock, tables, tape, truth
from opentape.store.market.folder import About
from source_tree import REPO

PAGE = (REPO / "docs" / "reference" / "market-folder.md").read_text(encoding="utf-8")
SECTIONS = {
    title: text
    for title, _, text in (section.partition("\n") for section in PAGE.split("\n## ")[1:])
}


def listed(title: str) -> list[str]:
    """Names in the first column of a section's table."""
    first = SECTIONS[title].split("\n\n| kind |")[0]
    cells = re.findall(r"^\| (`.*?`) \|", first, re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]


@pytest.mark.parametrize(
    ("title", "columns"),
    [
        ("tape.parquet", tape.SCHEMA.names),
        ("stock.parquet", stock.SCHEMA.names),
        ("chain/HHMM.parquet", chains.CHAIN_SCHEMA.names),
        ("oi.parquet and oi_next.parquet", chains.INTEREST_SCHEMA.names),
        ("daily.parquet", tables.DAILY.names),
        ("macro.csv", ["date", "series", "value"]),
        ("market.json", About.__struct_fields__),
        ("truth/prints.parquet", truth.PRINTS_SCHEMA.names),
        ("truth/book.parquet", truth.BOOK_SCHEMA.names),
        ("truth/faults.parquet", truth.FAULTS_SCHEMA.names),
    ],
)
def test_every_column_is_listed_and_no_other(title: str, columns: Iterable[str]) -> None:
    assert sorted(listed(title)) == sorted(columns)


def test_every_file_has_a_line() -> None:
    names = [days.TAPE, days.STOCK, days.INTEREST, days.NEXT_INTEREST, days.DAILY]
    names += [days.MACRO, days.EARNINGS, days.SECTORS, days.ABOUT, f"{days.CHAINS}/HHMM"]
    names += [f"{truth.FOLDER}/{name}" for name in (truth.PRINTS, truth.BOOK, truth.FAULTS)]
    assert [name for name in names if f"`{name}" not in PAGE] == []


def test_every_word_is_listed() -> None:
    words = [*INTENTS, *STYLES, *truth.SIDES, *truth.DIRECTIONS]
    prints = SECTIONS["truth/prints.parquet"]
    assert [word for word in words if f"`{word}`" not in prints] == []
    series = [name for name in Macro._fields if name != "day"]
    assert [name for name in series if f"`{name}`" not in SECTIONS["macro.csv"]] == []
    kinds = SECTIONS["truth/faults.parquet"]
    assert [kind for kind in FaultKind if f"`{kind}`" not in kinds] == []
