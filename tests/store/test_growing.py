"""A Parquet file that grows: groups that no cut shows in, and whole or not there."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentape.store import growing
from opentape.store.growing import Growing

SCHEMA = pa.schema([("row", pa.int64())])


class Rows(NamedTuple):
    row: np.ndarray

    @property
    def rows(self):
        return self.row.size

    def take(self, places):
        return Rows(self.row[places])


def grown(path):
    return Growing(
        path,
        SCHEMA,
        lambda rows: pa.table([pa.array(rows.row)], schema=SCHEMA),
        lambda parts: Rows(np.concatenate([part.row for part in parts])),
    )


@given(st.lists(st.integers(0, 9), max_size=8), st.integers(1, 12))
def test_groups_do_not_show_the_cuts(tmp_path_factory, sizes, group):
    path = tmp_path_factory.mktemp("grown") / "grown.parquet"
    before, growing.ROW_GROUP = growing.ROW_GROUP, group
    try:
        with grown(path) as file:
            for at, size in enumerate(sizes):
                start = sum(sizes[:at])
                file.write(Rows(np.arange(start, start + size)))
            assert not path.exists()
    finally:
        growing.ROW_GROUP = before
    found = pq.ParquetFile(path)
    assert found.read()["row"].to_pylist() == list(range(sum(sizes)))
    groups = [found.metadata.row_group(at).num_rows for at in range(found.num_row_groups)]
    assert all(rows == group for rows in groups[:-1])
    assert len(groups) == -(-sum(sizes) // group)


def test_nothing_written_is_a_file_without_rows(tmp_path):
    with grown(tmp_path / "grown.parquet"):
        pass
    assert pq.read_table(tmp_path / "grown.parquet").num_rows == 0


def test_what_ends_it_early_leaves_nothing(tmp_path):
    def broken_off():
        with grown(tmp_path / "grown.parquet") as file:
            file.write(Rows(np.arange(3)))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_off()
    assert list(tmp_path.iterdir()) == []
