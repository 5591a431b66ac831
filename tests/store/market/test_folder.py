"""The folder of a market: whole or without market.json, and nobody else's."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest

import markets
from opentape.market.errors import BadFile
from opentape.simulation.day import Slice, play
from opentape.store.market.folder import DayFolder, about, prepare

FILES = [
    "chain", "daily.parquet", "earnings.csv", "macro.csv", "market.json", "oi.parquet",
    "oi_next.parquet", "sectors.csv", "stock.parquet", "tape.parquet", "truth",
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return markets.folder(tmp_path_factory.mktemp("made"), 3_000)


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


def test_a_day_has_all_its_files(folder):
    assert names(folder) == FILES
    chains = names(folder / "chain")
    assert (chains[0], chains[-1], len(chains)) == ("0930.parquet", "1600.parquet", 14)
    assert names(folder / "truth") == ["book.parquet", "faults.parquet", "prints.parquet"]


def test_it_says_how_it_was_made(folder):
    told = json.loads((folder / "market.json").read_text())
    assert told["date"] == "2026-05-21"
    assert told["open"] == "2026-05-21T13:30:00.000000Z"
    assert told["close"] == "2026-05-21T20:00:00.000000Z"
    assert tuple(told["symbols"]) == markets.SYMBOLS
    assert (told["prints"], told["seed"], told["faults"]) == (3_000, 7, {})


def test_the_tape_is_the_day_that_was_played(folder):
    day = markets.played(markets.morning(3_000), 3_000)
    tape = pq.read_table(folder / "tape.parquet")
    contracts = day.session.listing.contracts
    for name, told in (
        ("sequence", day.delivered.sequence),
        ("size", day.delivered.size),
        ("bid_size", day.delivered.bid_size),
    ):
        assert tape[name].to_pylist() == told.tolist()
    assert tape["symbol"].to_pylist() == [
        contracts[at].symbol for at in day.delivered.contract.tolist()
    ]
    assert tape["price"].to_pylist() == (day.delivered.price / 1e9).tolist()
    letters = tape["condition"].to_pylist()
    assert letters == [chr(letter) for letter in day.delivered.letter.tolist()]


def test_the_chain_shows_every_listed_contract(folder):
    day = markets.morning(3_000)
    for name in ("0930", "1600"):
        chain = pq.read_table(folder / "chain" / f"{name}.parquet")
        assert chain.num_rows == day.listing.series
        assert chain["open_interest"].to_pylist() == day.morning.open_interest.tolist()
    assert chain["volume"].to_numpy().sum() > 0
    first = pq.read_table(folder / "chain" / "0930.parquet")
    assert first["last"].null_count == first.num_rows


def test_open_interest_of_what_expires_is_not_settled_again(folder):
    morning, following = (
        pq.read_table(folder / name).to_pydict()
        for name in ("oi.parquet", "oi_next.parquet")
    )
    gone = set(morning["symbol"]) - set(following["symbol"])
    assert {symbol[6:12] for symbol in gone} == {"260521"}
    assert set(following["symbol"]) < set(morning["symbol"])


def test_a_market_gives_way_to_the_next_one(tmp_path):
    markets.folder(tmp_path, 300, days=2)
    assert names(tmp_path) == ["2026-05-21", "2026-05-22"]
    assert names(tmp_path / "2026-05-22") == FILES
    (tmp_path / "2026-05-22" / "formats").mkdir()
    (tmp_path / "2026-05-22" / "formats" / "cboe.csv.gz").touch()
    markets.folder(tmp_path, 300)
    assert names(tmp_path) == FILES
    markets.folder(tmp_path, 300, days=2)
    assert names(tmp_path) == ["2026-05-21", "2026-05-22"]
    assert names(tmp_path / "2026-05-22") == FILES


@pytest.mark.parametrize("foreign", ["notes.txt", "2026-05-21/notes.txt", "2026-05-21"])
def test_a_folder_with_anything_else_is_left_alone(tmp_path, foreign):
    (tmp_path / foreign).parent.mkdir(exist_ok=True)
    (tmp_path / foreign).write_text("mine")
    (tmp_path / "tape.parquet").write_text("old")
    with pytest.raises(BadFile, match="must be empty or hold a simulated market, was"):
        prepare(tmp_path)
    assert (tmp_path / foreign).read_text() == "mine"
    assert (tmp_path / "tape.parquet").read_text() == "old"


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(BadFile, match="must be written to a folder, was"):
        prepare(tmp_path / "file")


def test_what_ends_early_does_not_look_whole(tmp_path):
    session = markets.morning(300)
    told = about(session, markets.wanted(300), version="1", faults={})

    def broken_off():
        with DayFolder(tmp_path, session, told) as day:
            day.write_past()
            for part in play(session.scene, 300, session.positions):
                if isinstance(part, Slice):
                    day.write_tape(part.delivered)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_off()
    assert not {"market.json", "tape.parquet", "stock.parquet"} & set(names(tmp_path))
    assert not any(name.endswith(".part") for name in names(tmp_path))
    prepare(tmp_path)


def test_the_book_is_of_the_morning_and_the_evening(folder):
    book = pq.read_table(folder / "truth" / "book.parquet").to_pydict()
    told = pq.read_table(folder / "oi.parquet").to_pydict()
    interest = dict(zip(told["symbol"], told["open_interest"], strict=True))
    for symbol, held in zip(book["symbol"], book["open_interest"], strict=True):
        assert interest[symbol] == held
    moved = np.subtract(book["next_open_interest"], book["open_interest"])
    assert np.all(np.abs(moved) <= book["volume"])
