"""Arrow columns of any sensible type to numpy, and which cells are at fault."""

import datetime as dt
import math
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.samples import NOON, OPEN_123
from opentape.feeds.raw import cells
from opentape.feeds.raw.cells import WrongType
from opentape.market.calendar import instant_ns

TEXTS = [
    pa.string(),
    pa.large_string(),
    pa.string_view(),
    pa.dictionary(pa.int32(), pa.string()),
]


def column(values: list, kind: pa.DataType) -> pa.Array:
    if pa.types.is_dictionary(kind):
        return pa.array(values, kind.value_type).dictionary_encode()
    return pa.array(values, kind)


def plain(found: cells.Cells) -> list:
    """Values, with "bad" and None where a cell is of no use."""
    return [
        "bad" if bad else None if missing else value
        for value, bad, missing in zip(
            found.values.tolist(), found.bad, found.missing, strict=True
        )
    ]


@pytest.mark.parametrize("kind", TEXTS, ids=str)
def test_numbers_written_as_text(kind: pa.DataType) -> None:
    given = [
        "2.1",
        " .5 ",
        "-3",
        "1e3",
        "",
        None,
        "NaN",
        "nan",
        "abc",
        "1_0",
        "1;5",
        "--1",
        "inf",
    ]
    found = plain(cells.floats(column(given, kind)))
    assert found == [2.1, 0.5, -3, 1000, None, None, None, None, *["bad"] * 4, "bad"]


def test_numbers_of_other_types() -> None:
    assert plain(cells.floats(pa.array([1, None], pa.int16()))) == [1.0, None]
    assert plain(cells.floats(pa.array([1.5, math.nan, None]))) == [1.5, None, None]
    assert plain(cells.floats(pa.array([Decimal("1.25")]))) == [1.25]
    assert plain(cells.floats(pa.nulls(2))) == [None, None]
    assert cells.floats(pa.array([1.5], pa.float32())).values.dtype == np.float32
    assert plain(cells.floats(pa.array([np.float16(1.5), None], pa.float16()))) == [
        1.5,
        None,
    ]


def test_whole_numbers_written_as_text() -> None:
    given = ["7", " 8 ", "-9", "", None, "1.0", "1.5", "0x1", "9" * 19, "9" * 30]
    found = plain(cells.integers(pa.array(given)))
    assert found == [7, 8, -9, None, None, 1, "bad", "bad", "bad", "bad"]


def test_whole_numbers_of_other_types() -> None:
    assert plain(cells.integers(pa.array([1.0, 2.5, None, math.nan, 1e300]))) == [
        1,
        "bad",
        None,
        None,
        "bad",
    ]
    assert plain(cells.integers(pa.array([1, 1 << 63], pa.uint64()))) == [1, "bad"]
    assert plain(cells.integers(pa.array([5, None], pa.int8()))) == [5, None]
    assert plain(cells.integers(pa.array([Decimal(3)]))) == [3]


@pytest.mark.parametrize("reading", [cells.floats, cells.integers, cells.instants])
@pytest.mark.parametrize("kind", [pa.bool_(), pa.list_(pa.int64())], ids=str)
def test_a_type_that_cannot_be_is_an_error(reading, kind: pa.DataType) -> None:
    with pytest.raises(WrongType, match=str(kind).split("<")[0]):
        reading(pa.nulls(1, kind))


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "America/New_York"])
def test_timestamps_of_any_unit_and_zone(unit: str, zone: str | None) -> None:
    stamp = pa.array([NOON, None]).cast(pa.timestamp("ns")).cast(pa.timestamp(unit))
    if zone:
        stamp = stamp.cast(pa.timestamp(unit, zone))
    assert plain(cells.instants(stamp)) == [NOON, None]


def test_a_timestamp_past_the_end_of_time_is_bad() -> None:
    assert plain(cells.instants(pa.array([1 << 60], pa.timestamp("s")))) == ["bad"]


def test_instants_written_as_text() -> None:
    given = [
        "2025-12-03T17:00:00Z",
        "2025-12-03 12:00:00-05:00",
        "2025-12-03T17:00:00",
        "2025-12-03 17:00:00.000000001",
        str(NOON),
        "",
        "2025-02-30T12:00:00",
        "noon",
        "2025-12-03T25:00:00Z",
    ]
    expected = [NOON, NOON, NOON, NOON + 1, NOON, None, "bad", "bad", "bad"]
    assert plain(cells.instants(pa.array(given))) == expected
    assert plain(cells.instants(pa.array(given[::-1]))) == expected[::-1]
    assert plain(cells.instants(pa.array([given[4], given[0]]))) == [NOON, NOON]
    assert plain(cells.instants(pa.array([NOON, None]))) == [NOON, None]


def test_new_york_wall_clock() -> None:
    given = [
        "2025-12-03 09:30:00.123",
        "2025-07-03T09:30",
        "2025-12-03T14:30:00.123Z",
        "x",
        None,
    ]
    found = plain(cells.new_york(pa.array(given)))
    july = instant_ns(dt.datetime(2025, 7, 3, 13, 30, tzinfo=dt.UTC))
    assert found == [OPEN_123, july, OPEN_123, "bad", None]
    naive = pa.array([dt.datetime(2025, 12, 3, 9, 30, 0, 123_000)])  # noqa: DTZ001
    assert plain(cells.new_york(naive)) == [OPEN_123]


@given(
    st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2099, 1, 1)).filter(  # noqa: DTZ001
        lambda moment: not (moment.weekday() == 6 and moment.hour < 4)
    )
)
def test_new_york_is_what_the_zone_says(moment: dt.datetime) -> None:
    """Sundays before dawn left out: clocks change then, and nothing trades."""
    local = instant_ns(moment.replace(tzinfo=dt.UTC))
    expected = instant_ns(moment.replace(tzinfo=ZoneInfo("America/New_York")))
    assert cells.from_new_york(np.array([local, 0]))[0] == expected
    assert cells.from_new_york(np.array([local])).tolist() == [expected]


def test_dates() -> None:
    day = (dt.date(2025, 12, 19) - dt.date(1970, 1, 1)).days
    given = ["2025-12-19", "20251219", " 2025-12-19 ", "2025-12-19T00:00", "", "2025-13-01"]
    given += ["2025-02-29", "12/19/2025", "251219", None]
    expected = [day] * 4 + [None] + ["bad"] * 4 + [None]
    assert plain(cells.dates(pa.array(given))) == expected
    assert plain(cells.dates(pa.array([20251219, 0]))) == [day, "bad"]
    assert plain(cells.dates(pa.array([dt.date(2025, 12, 19), None]))) == [day, None]


@given(st.lists(st.sampled_from(["a", "", None, "b"]), min_size=1))
def test_codes_are_found_again(given: list[str | None]) -> None:
    for kind in TEXTS:
        texts, at = cells.encoded(column(given, kind))
        assert [texts[place] for place in at] == [text or "" for text in given]


def test_codes_need_not_be_text() -> None:
    texts, at = cells.encoded(pa.array([5, None, 7]))
    assert [texts[place] for place in at] == ["5", "", "7"]
    with pytest.raises(WrongType):
        cells.encoded(pa.array([[1]]))


def test_texts_that_are_not_utf8_are_shown_escaped() -> None:
    broken = pa.array([b"a\xff", None]).view(pa.string())
    assert cells.texts(broken) == ["a\\xff", ""]


def test_columns_that_are_a_part_of_others() -> None:
    """Slices share the memory of the whole."""
    whole = pa.array([1, None, 3, 4, None], pa.int64())
    assert plain(cells.integers(whole[1:4])) == [None, 3, 4]
    assert cells.nulls(whole[1:]).tolist() == [True, False, False, True]
    codes = pa.array(["a", "b", None, "a"]).dictionary_encode()
    for kind in (pa.int8(), pa.uint16(), pa.int32(), pa.int64()):
        part = codes.cast(pa.dictionary(kind, pa.string()))[1:]
        texts, at = cells.encoded(part)
        assert [texts[place] for place in at] == ["b", "", "a"]
    given = np.array([True, False, True])
    assert cells.from_numpy(np.arange(3), given).to_pylist() == [0, None, 2]
    assert cells.to_numpy(pa.array([], pa.float64())).tolist() == []
