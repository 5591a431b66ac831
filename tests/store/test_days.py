"""The days of a simulated market are found by the names of their folders."""

import pytest

from opentape.market.errors import BadFile
from opentape.store.market.days import days_of


def touch(folder, *names):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).touch()


def test_a_folder_with_a_tape_is_a_day(tmp_path):
    touch(tmp_path, "tape.parquet")
    (day,) = days_of(tmp_path)
    assert day.tape == tmp_path / "tape.parquet"
    assert day.open_interest is None


def test_days_stand_in_order_of_their_dates(tmp_path):
    for name in ("2026-05-22", "2026-05-21", "notes", "2026-05-20"):
        touch(tmp_path / name, "tape.parquet", "oi.parquet")
    (tmp_path / "2026-05-20" / "tape.parquet").unlink()
    days = days_of(tmp_path)
    assert [day.folder.name for day in days] == ["2026-05-21", "2026-05-22"]
    assert days[0].open_interest == tmp_path / "2026-05-21" / "oi.parquet"


def test_a_folder_without_a_day_is_refused(tmp_path):
    with pytest.raises(BadFile, match=r"must hold tape\.parquet, or days"):
        days_of(tmp_path)
    with pytest.raises(BadFile, match="there is no folder"):
        days_of(tmp_path / "absent")
    (tmp_path / "file").touch()
    with pytest.raises(BadFile, match="must be a folder"):
        days_of(tmp_path / "file")
