"""Cboe's site export: three lines of preface, calls left, puts right."""

from pathlib import Path

import numpy as np
import pytest

from feeds.chains.samples import CBOE, CBOE_HEADER, CBOE_ROW, CBOE_TOP, facts, read, write
from opentape.market.calendar import iso
from opentape.market.chain import UNKNOWN_TIME, Quoted, quoted, years
from opentape.market.errors import BadFile, BadSetting

RECORDED = Path(__file__).resolve().parents[4] / "shared/data/chains/cboe_quotedata"
CALL = {
    "symbol": "SPY251001C00500000",
    "bid": 157.1,
    "ask": 159.91,
    "last": 158.2,
    "volume": 3,
    "open_interest": 12,
    "vendor_iv": 0.6659,
    "vendor_delta": 0.9994,
    "vendor_gamma": 0.0001,
}
PUT = {
    "symbol": "SPY251001P00500000",
    "bid": 0.0,
    "ask": 0.01,
    "volume": 0,
    "open_interest": 16,
    "vendor_delta": -0.0007,
    "vendor_gamma": 0.0,
}


def test_an_export(tmp_path: Path) -> None:
    found = read(write(tmp_path / "q", *CBOE))
    chain = found.chain
    assert (found.title, found.rows, found.skips.total) == ("Cboe delayed quotes", 2, 0)
    assert (chain.underlying, chain.spot) == ("SPY", 658.05)
    assert iso(chain.as_of) == "2025-09-26T01:05:00.000000Z"
    assert [facts(chain, at) for at in range(2)] == [CALL, PUT]


def test_options_go_before_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "q", "no preface at all", *CBOE[3:])
    chain = read(path, spot=600.0, as_of_ns=1_758_830_400_000_000_000).chain
    assert (chain.spot, iso(chain.as_of)) == (600.0, "2025-09-25T20:00:00.000000Z")


@pytest.mark.parametrize("packed", ["\r", ""])
@pytest.mark.parametrize("top", [CBOE_TOP, CBOE_TOP[1:], ("", *CBOE_TOP)])
def test_a_preface_may_be_longer_or_shorter(tmp_path: Path, top, packed: str) -> None:
    lines = [line + packed for line in (*top, CBOE_HEADER, CBOE_ROW, "", CBOE_ROW[:40])]
    found = read(write(tmp_path / "q", *lines))
    assert facts(found.chain) == CALL
    assert found.skips.counts == {"wrong_column_count": 2}
    row = found.skips.examples["wrong_column_count"][0].row
    assert found.locate(row) == f"{tmp_path / 'q'}:{len(lines)}"


@pytest.mark.parametrize(
    ("told", "instant"),
    [
        ("Date: May 16, 2025 at 7:23 PM EDT", "2025-05-16T23:23:00.000000Z"),
        ("Date: January 6, 2025 at 12:05 AM EST", "2025-01-06T05:05:00.000000Z"),
        ("Date: January 6, 2025 at 12:05 PM ET", "2025-01-06T17:05:00.000000Z"),
        ("Date: July 6, 2025 at 12:05 PM ET", "2025-07-06T16:05:00.000000Z"),
        ("Date: July 6, 2025 at 11:05:30 AM CDT", "2025-07-06T16:05:30.000000Z"),
        ("Date: July 6, 2025 at 6:05 PM GMT+2", "2025-07-06T16:05:00.000000Z"),
        ("Date: July 6, 2025 at 16:05 UTC", "2025-07-06T16:05:00.000000Z"),
    ],
)
def test_the_time_of_an_export(tmp_path: Path, told: str, instant: str) -> None:
    path = write(tmp_path / "q", CBOE_TOP[1], f'"{told}"', CBOE_HEADER, CBOE_ROW)
    assert iso(read(path).chain.as_of) == instant


def test_an_older_preface_and_header(tmp_path: Path) -> None:
    header = CBOE_HEADER.replace("Volume", "Vol").replace("Open Interest", "Open Int")
    top = ("SPX (S&P 500 INDEX),2820.83,+7.05,", "Aug 07 2018 @ 12:44 ET,Bid,2820.68,Ask,1")
    row = CBOE_ROW.replace("SPY251001", "SPXW180817")
    chain = read(write(tmp_path / "q", *top, header, row)).chain
    assert (chain.underlying, chain.spot) == ("SPX", 2820.83)
    assert iso(chain.as_of) == "2018-08-07T16:44:00.000000Z"
    assert chain.open_interest.tolist() == [12, 16]


def test_a_spot_of_thousands(tmp_path: Path) -> None:
    top = ('S&P 500 INDEX,"Last: 5,842.01"', CBOE_TOP[2])
    assert read(write(tmp_path / "q", *top, CBOE_HEADER, CBOE_ROW)).chain.spot == 5842.01


def test_half_a_line_may_be_of_use(tmp_path: Path) -> None:
    broken = CBOE_ROW.replace("157.1,", "abc,")
    found = read(write(tmp_path / "q", *CBOE[:4], broken))
    assert facts(found.chain) == PUT
    assert found.skips.counts == {"bad_number": 1}
    skip = found.skips.examples["bad_number"][0]
    assert (found.locate(skip.row), skip.detail) == (f"{tmp_path / 'q'}:5", "abc")


def test_monthly_and_weekly_roots_stand_side_by_side(tmp_path: Path) -> None:
    rows = [CBOE_ROW.replace("SPY251001", f"{root}251017") for root in ("SPXW", "SPX")]
    chain = read(write(tmp_path / "q", *CBOE[:4], *rows)).chain
    assert chain.root.tolist() == ["SPX", "SPXW"] * 2
    # six and a half hours: the one settles at the open, the other at the close
    assert np.allclose((years(chain)[1::2] - years(chain)[::2]) * 365 * 24, 6.5)


@pytest.mark.parametrize("told", ["Date: soon", "Date: May 99, 2025 at 7:23 PM EDT", "at"])
def test_a_time_that_is_none_is_asked_for(tmp_path: Path, told: str) -> None:
    path = write(tmp_path / "q", CBOE_TOP[1], f'"{told}"', CBOE_HEADER, CBOE_ROW)
    with pytest.raises(BadSetting, match=f"or of --as-of, was '{told}"):
        read(path)
    assert read(path, as_of_ns=1_758_830_400_000_000_000).chain.rows == 2


def test_a_zone_that_is_not_known_is_asked_for(tmp_path: Path) -> None:
    told = "Date: July 6, 2025 at 6:05 PM XYZ"
    path = write(tmp_path / "q", CBOE_TOP[1], f'"{told}"', CBOE_HEADER, CBOE_ROW)
    with pytest.raises(BadSetting, match="--as-of"):
        read(path)


def test_a_spot_that_is_not_told_is_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path / "q", "name", CBOE_TOP[2], CBOE_HEADER, CBOE_ROW)
    with pytest.raises(BadSetting, match="need a spot, which --spot gives"):
        read(path)


@pytest.mark.parametrize(
    ("name", "told"),
    [("Puts", "ask, bid, symbol of puts"), ("Bid", "bid of calls")],
)
def test_missing_columns_are_told(tmp_path: Path, name: str, told: str) -> None:
    path = write(tmp_path / "q", *CBOE_TOP, CBOE_HEADER.replace(name, "Other"), CBOE_ROW)
    with pytest.raises(BadFile, match=f"need {told}, was"):
        read(path)


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "rows", "spot", "instant"),
    [
        ("spy_2025-05-16", 3160, 589.25, "2025-05-16T23:23:00.000000Z"),
        ("spy_2025-09-25", 3716, 658.05, "2025-09-26T01:05:00.000000Z"),
    ],
)
def test_recorded_exports(name: str, rows: int, spot: float, instant: str) -> None:
    path = RECORDED / f"{name}.csv"
    if not path.exists():
        pytest.skip(f"needs {path.name}, a recorded export of Cboe")
    found = read(path)
    chain = found.chain
    assert (found.rows, chain.rows, found.skips.total) == (rows, rows, 0)
    assert (chain.underlying, chain.spot, iso(chain.as_of)) == ("SPY", spot, instant)
    assert np.count_nonzero(chain.put) == rows // 2
    told = sum(
        int(line.split(",")[at])
        for line in path.read_text().splitlines()[4:]
        for at in (10, 21)
    )
    assert chain.open_interest.sum() == told
    assert (chain.ts_quote == UNKNOWN_TIME).all()
    assert np.nanmin(chain.vendor_iv) > 0
    states = quoted(chain)
    assert not np.isin(states, [Quoted.CROSSED, Quoted.STALE, Quoted.ABSURD]).any()
    assert np.count_nonzero(states == Quoted.TWO_SIDED) > 0.7 * rows
    if name == "spy_2025-05-16":
        # the day's own expiry is in the file, hours after it
        assert (years(chain)[chain.expiry_day == chain.expiry_day.min()] < 0).all()
