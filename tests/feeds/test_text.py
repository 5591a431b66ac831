"""Lines to columns, and which line each row was."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.samples import write
from opentape.feeds.raw import inflate, text
from opentape.feeds.raw.inflate import Inflated
from opentape.feeds.raw.text import CsvTable
from opentape.market.errors import BadFile

NAMES = ("a", "b", "c")


def cut(path: Path, *, ragged: bool = False, names=NAMES):
    """Rows by line number as tuples, and the refused as (reason, line, found)."""
    table = CsvTable(Inflated(path), names, ragged=ragged)
    refused: list[tuple[str, int, str]] = []

    def refuse(reason: str, row: int, found: str) -> None:
        refused.append((reason, int(table.place_of(row)[1:]), found))

    rows = {}
    for block in table.blocks(names, refuse):
        columns = [block.columns[name].to_pylist() for name in names]
        for row, *cells in zip(block.rows.tolist(), *columns, strict=True):
            rows[int(table.place_of(row)[1:])] = tuple(cells)
    return rows, refused


def test_lines_are_numbered_as_an_editor_numbers_them(tmp_path: Path) -> None:
    path = write(tmp_path / "t", "a,b,c", "1,2,3", "", "4,5,6", "x", "7,8,9")
    rows, refused = cut(path)
    assert rows == {2: ("1", "2", "3"), 4: ("4", "5", "6"), 6: ("7", "8", "9")}
    assert refused == [("wrong_column_count", 5, "x")]


def test_empty_cells_are_null(tmp_path: Path) -> None:
    rows, _ = cut(write(tmp_path / "t", "a,b,c", ",2,", '"",,3'))
    assert rows == {2: (None, "2", None), 3: (None, None, "3")}


def test_line_ends_of_either_kind_and_none_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "t"
    path.write_bytes(b"a,b,c\r\n1,2,3\r\n\r\n4,5,\r\n7,8,9")
    rows, refused = cut(path)
    assert rows == {2: ("1", "2", "3"), 4: ("4", "5", None), 5: ("7", "8", "9")}
    assert refused == []


def test_quotes_are_taken_off_and_hide_commas(tmp_path: Path) -> None:
    path = write(tmp_path / "t", "a,b,c", '"1","2,2",3', '1,"2",3', '"1,2"', '"open,2,3')
    rows, refused = cut(path)
    assert rows == {2: ("1", "2,2", "3"), 3: ("1", "2", "3")}
    assert [(reason, line) for reason, line, _ in refused] == [
        ("wrong_column_count", 4),
        ("wrong_column_count", 5),
    ]


def test_ragged_rows_keep_the_named_columns(tmp_path: Path) -> None:
    path = write(tmp_path / "t", "a,b,c,{d}", "1,2,3", "1,2,3,4,5", "1,2", end="\r\n")
    rows, refused = cut(path, ragged=True)
    assert rows == {2: ("1", "2", "3"), 3: ("1", "2", "3")}
    assert refused == [("wrong_column_count", 4, "1,2")]


def test_text_that_is_not_utf8_is_refused_by_line(tmp_path: Path) -> None:
    path = tmp_path / "t"
    path.write_bytes("a,b,c\n1,2,3\n1,é,3\n".encode() + b"1,\xff\xfe,3\n" + b"4,5,6\n")
    rows, refused = cut(path)
    assert rows == {2: ("1", "2", "3"), 3: ("1", "é", "3"), 5: ("4", "5", "6")}
    assert refused == [("bad_encoding", 4, "1,\\xff\\xfe,3")]


def test_a_long_line_is_shown_in_part(tmp_path: Path) -> None:
    _, refused = cut(write(tmp_path / "t", "a,b,c", "9" * 10_000_000, "1,2,3"))
    assert refused == [("wrong_column_count", 2, "9" * 80)]


def test_a_file_without_lines_is_refused(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(text, "_LONGEST", 1 << 20)
    with pytest.raises(BadFile, match="must be lines of text"):
        cut(write(tmp_path / "t", "9" * 3_000_000))


CELL = st.text(
    st.characters(codec="utf-8", exclude_characters='\n\r",\0'), max_size=5
) | st.text("12,3", max_size=4)
ROW = st.lists(CELL, min_size=1, max_size=5)


@given(
    rows=st.lists(ROW, max_size=30),
    end=st.sampled_from(["\n", "\r\n"]),
    block=st.integers(1, 64),
)
def test_rows_are_those_of_the_csv_module(tmp_path_factory, rows, end, block) -> None:
    """Whatever the block size, cells and lines are what a slow reader finds."""
    path = tmp_path_factory.mktemp("csv") / "t"
    out = io.StringIO()
    csv.writer(out, lineterminator=end).writerows([NAMES, *rows])
    path.write_bytes(out.getvalue().encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inflate, "_CHUNK", 7)
        patch.setattr(text, "_BLOCK", block)
        found, refused = cut(path)
    expected = {
        line: tuple(cell or None for cell in row)
        for line, row in enumerate(rows, 2)
        if len(row) == len(NAMES)
    }
    assert found == expected
    assert {line for _, line, _ in refused} == set(range(2, len(rows) + 2)) - set(found)
