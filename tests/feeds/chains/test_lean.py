"""QuantConnect Lean universes: no quotes, and a folder that says whose they are."""

import tarfile
from pathlib import Path

import numpy as np
import pytest

from feeds.chains.samples import LEAN, LEAN_CALL, LEAN_HEADER, facts, read, symbols, write
from opentape.market.calendar import iso
from opentape.market.chain import Quoted, quoted
from opentape.market.errors import BadFile, BadSetting

RECORDED = Path(__file__).resolve().parents[4] / "shared/data/chains/lean_universes.tar.gz"
CALL = {
    "symbol": "GOOG151231C00600000",
    "last": 149.8,
    "volume": 3,
    "open_interest": 21,
    "vendor_iv": 3.06,
    "vendor_delta": 0.92,
    "vendor_gamma": 0.001,
}
PUT = {"symbol": "GOOG151231P00600000", "volume": 0}
OLDER = (
    LEAN_HEADER.replace("#expiry,strike,right", "#symbol_id,symbol_value"),
    "SPX 31,SPX,5488.4,5523.6,5451.1,5460.47,7199220000,,,,,,,",
    "SPX ABC|SPX 31,SPX   260618C05400000,780,853,709,767.7,0,135,0.16,0.7,0.0002,2,3,4",
)


def test_a_day(tmp_path: Path) -> None:
    found = read(write(tmp_path / "goog" / "20151223.csv", *LEAN))
    chain = found.chain
    assert (found.title, found.skips.total) == ("QuantConnect Lean option universes", 0)
    assert (chain.underlying, chain.spot) == ("GOOG", 748.4)
    assert iso(chain.as_of) == "2015-12-23T21:00:00.000000Z"
    assert [facts(chain, at) for at in range(2)] == [CALL, PUT]
    assert (quoted(chain) == Quoted.MISSING).all()


@pytest.mark.parametrize(
    ("name", "instant"),
    [
        ("20151224.csv", "2015-12-24T18:00:00.000000Z"),  # half day
        ("20151225.csv", "2015-12-25T21:00:00.000000Z"),  # no session
        ("goog_20150702_universe", "2015-07-02T20:00:00.000000Z"),
    ],
)
def test_the_day_is_in_the_name(tmp_path: Path, name: str, instant: str) -> None:
    assert iso(read(write(tmp_path / "goog" / name, *LEAN)).chain.as_of) == instant


@pytest.mark.parametrize("name", ["universe.csv", "99999999.csv", "123456789.csv"])
def test_a_day_that_is_not_told_is_asked_for(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / "goog" / name, *LEAN)
    with pytest.raises(BadSetting, match="or of --as-of, was"):
        read(path)
    assert read(path, as_of_ns=1_450_904_400_000_000_000).chain.rows == 2


def test_a_symbol_that_is_not_told_is_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path / "a-folder" / "20151224.csv", *LEAN)
    with pytest.raises(BadSetting, match="or of --symbol, was"):
        read(path)
    assert symbols(read(path, symbol="goog").chain)[0] == CALL["symbol"]


@pytest.mark.parametrize(
    ("folder", "asked", "root"),
    [
        ("spxw", None, "SPXW"),
        ("spxw", "SPX", "SPXW"),
        ("spx", "SPXW", "SPX"),
        ("data", "SPXW", "SPXW"),
    ],
)
def test_the_folder_is_a_root(tmp_path: Path, folder: str, asked: str, root: str) -> None:
    path = write(tmp_path / folder / "20151223.csv", *LEAN)
    chain = read(path, symbol=asked).chain
    assert (chain.underlying, set(chain.root.tolist())) == ("SPX", {root})


def test_roots_of_one_underlying_are_one_chain(tmp_path: Path) -> None:
    paths = [
        write(tmp_path / "spx" / "20151223.csv", LEAN_HEADER, LEAN_CALL),
        write(tmp_path / "spxw" / "20151223.csv", *LEAN),
    ]
    found = read(*paths)
    assert found.chain.root.tolist() == ["SPX", "SPXW", "SPXW"]
    assert found.chain.spot == 748.4
    assert found.locate(1) == f"{paths[1]}:2"


def test_two_days_are_not_one_chain(tmp_path: Path) -> None:
    paths = [write(tmp_path / "goog" / f"201512{day}.csv", *LEAN) for day in (22, 23)]
    with pytest.raises(BadFile, match="must be of one day, was 2015-12-22 to 2015-12-23"):
        read(*paths)


def test_an_older_layout_names_its_symbols(tmp_path: Path) -> None:
    chain = read(write(tmp_path / "any-where" / "20240628.csv", *OLDER)).chain
    assert (chain.underlying, chain.spot) == ("SPX", 5460.47)
    assert facts(chain) == {
        "symbol": "SPX260618C05400000",
        "last": 767.7,
        "volume": 0,
        "open_interest": 135,
        "vendor_iv": 0.16,
        "vendor_delta": 0.7,
        "vendor_gamma": 0.0002,
    }


def test_an_index_has_no_row_of_its_own(tmp_path: Path) -> None:
    path = write(tmp_path / "spx" / "20151223.csv", LEAN_HEADER, LEAN_CALL)
    with pytest.raises(BadSetting, match="need a spot, which --spot gives"):
        read(path)
    assert read(path, spot=2064.0).chain.spot == 2064.0


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",600,C,1,1,1,1,1,,,,,,,", "bad_contract"),
        ("20151331,600,C,1,1,1,1,1,,,,,,,", "bad_contract"),
        ("20151231,600,X,1,1,1,1,1,,,,,,,", "bad_contract"),
        ("20151231,0,C,1,1,1,1,1,,,,,,,", "bad_contract"),
        ("20151231,600,C,1,1,1,1,1,-4,,,,,,", "bad_open_interest"),
        ("20151231,600,C,1,1,1,one,1,,,,,,,", "bad_number"),
        ("20151231,600,C,1", "wrong_column_count"),
    ],
)
def test_rows_of_no_use_are_counted(tmp_path: Path, row: str, reason: str) -> None:
    found = read(write(tmp_path / "goog" / "20151223.csv", *LEAN, row))
    assert found.skips.counts == {reason: 1}
    assert found.locate(found.skips.examples[reason][0].row).endswith("20151223.csv:5")
    assert found.chain.rows == 2


def test_a_missing_column_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "goog" / "20151223.csv", LEAN_HEADER.replace("strike", "k"))
    with pytest.raises(BadFile, match="need the column '#expiry and strike and right' or"):
        read(path)


@pytest.mark.realdata
def test_recorded_universes(tmp_path: Path) -> None:
    if not RECORDED.exists():
        pytest.skip(f"needs {RECORDED.name}, recorded universes of Lean")
    with tarfile.open(RECORDED) as archive:
        archive.extractall(tmp_path, filter="data")
    paths = sorted(tmp_path.rglob("*.csv"))
    assert len(paths) == 41
    for path in paths:
        spot = 2064.0 if path.parent.name == "spx" else None
        found = read(path, spot=spot)
        own = int(spot is None)
        assert found.rows == found.chain.rows + own, path
        assert found.skips.total == 0, path
        assert found.chain.underlying == path.parent.name.upper()
    day = tmp_path / "lean_universes" / "goog" / "20151224.csv"
    chain = read(day).chain
    assert (chain.rows, chain.spot) == (2016, 748.4)
    assert np.count_nonzero(chain.open_interest >= 0) == 1259
    assert np.isnan(chain.vendor_delta).sum() == np.isnan(chain.vendor_iv).sum() == 154
