"""Rows that are searched for are those that were at hand."""

import numpy as np
import pytest

import markets
from opentape.desk.members import rows_of
from opentape.feeds.tape import open_tape
from opentape.flow.fold import Fold
from opentape.flow.records import NO_ROW
from opentape.market.columns import PrintBatch


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """A date of which every print is at hand."""
    folder = markets.folder(tmp_path_factory.mktemp("members"), 4_000)
    tape = open_tape([folder / "tape.parquet"])
    fold = Fold(tape.contracts)
    fold.push(PrintBatch.joined(list(tape.batches())))
    fold.finish(whole=False)
    return fold.day


def test_a_parent_that_a_cancel_made_anew(day) -> None:
    parents = day.book().parents
    legs = set()
    for parent in parents:
        at_hand = rows_of(day, parent)
        assert at_hand is not None
        sought = parent.copy()
        sought["tail"] = NO_ROW
        assert rows_of(day, sought) == at_hand
        legs.add(min(len(at_hand), 3))
    assert legs == {1, 2, 3}


def test_what_is_not_clear_is_not_told(day) -> None:
    parent = day.book().parents[0].copy()
    parent["tail"] = NO_ROW
    parent["size"] += 1
    assert rows_of(day, parent) is None


def test_prints_that_others_have_overwritten(day) -> None:
    parents = day.book().parents
    rows = [rows_of(day, parent) for parent in parents]
    recent = day.recent
    try:
        day.recent = recent[:1]
        assert [rows_of(day, parent) for parent in parents] == rows
    finally:
        day.recent = recent
    assert np.unique(np.concatenate(rows)).size == sum(map(len, rows))
