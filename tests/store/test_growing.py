"""A Parquet file that grows: a row group a table, and whole or not there."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from opentape.store.growing import Growing

SCHEMA = pa.schema([("row", pa.int64())])


def rows(*values):
    return pa.table([pa.array(values, pa.int64())], schema=SCHEMA)


def test_a_table_is_a_row_group(tmp_path):
    with Growing(tmp_path / "grown.parquet", SCHEMA) as file:
        for table in (rows(1, 2), rows(), rows(3)):
            file.write(table)
        assert not (tmp_path / "grown.parquet").exists()
    found = pq.ParquetFile(tmp_path / "grown.parquet")
    assert found.num_row_groups == 2
    assert found.read()["row"].to_pylist() == [1, 2, 3]


def test_nothing_written_is_a_file_without_rows(tmp_path):
    with Growing(tmp_path / "grown.parquet", SCHEMA):
        pass
    assert pq.read_table(tmp_path / "grown.parquet").num_rows == 0


def test_what_ends_it_early_leaves_nothing(tmp_path):
    def broken_off():
        with Growing(tmp_path / "grown.parquet", SCHEMA) as file:
            file.write(rows(1))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_off()
    assert list(tmp_path.iterdir()) == []
