"""Prints paired with the last quote strictly before them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.samples import (
    CBOE_HEADER,
    CBOE_ROW,
    MASSIVE_HEADER,
    NOON,
    QUOTES_HEADER,
    packed,
    read,
    take_apart,
    write,
)
from opentape.feeds.quotes import QuotedSource
from opentape.feeds.raw import inflate, text
from opentape.feeds.recognise import recognise, table_of
from opentape.feeds.tape import FileTape, open_tape
from opentape.market.columns import PrintBatch
from opentape.market.errors import BadFile, BadSetting
from opentape.market.money import UNKNOWN, dollars

TICKERS = ("O:A251219C00100000", "O:B251219P00100000", "O:C251219C00100000")


def trades(path: Path, *rows: tuple[int, int]) -> Path:
    lines = [f"{TICKERS[t]},209,0,312,,1.5,{NOON + ts},1" for t, ts in rows]
    return write(path, MASSIVE_HEADER, *lines)


def quotes(path: Path, *rows: tuple[int, int, str, str]) -> Path:
    lines = [
        f"{TICKERS[t]},312,{ask},10,312,{bid},10,{number},{NOON + ts}"
        for number, (t, ts, bid, ask) in enumerate(rows, 1)
    ]
    return write(path, QUOTES_HEADER, *lines)


def pairs(batch: PrintBatch) -> dict[int, tuple[float, float] | None]:
    """By row, bid and ask; None where neither is known."""
    bid, ask = dollars(batch.bid).tolist(), dollars(batch.ask).tolist()
    return {
        row: None if batch.bid[at] == batch.ask[at] == UNKNOWN else (bid[at], ask[at])
        for at, row in enumerate(batch.row.tolist())
    }


def test_a_quote_counts_only_after_its_instant(tmp_path: Path) -> None:
    prints = trades(tmp_path / "t", (0, 0), (0, 5), (0, 6), (0, 10), (0, 11), (1, 99))
    given = quotes(tmp_path / "q", (0, 5, "1", "2"), (0, 10, "3", "4"), (2, 1, "5", "6"))
    tape, batch = read(prints, quotes=given)
    assert tape.format == "Massive option trades with quotes"
    assert pairs(batch) == {0: None, 1: None, 2: (1, 2), 3: (1, 2), 4: (3, 4), 5: None}
    assert len(tape.contracts) == 2
    assert tape.share_read == 1


def test_of_quotes_at_one_instant_the_last_in_sequence_counts(tmp_path: Path) -> None:
    given = quotes(tmp_path / "q", (0, 5, "1", "2"), (0, 5, "3", "4"), (0, 4, "9", "9"))
    _, batch = read(trades(tmp_path / "t", (0, 6)), quotes=given)
    assert pairs(batch) == {0: (3, 4)}


def test_zero_stays_zero_and_empty_is_unknown(tmp_path: Path) -> None:
    given = quotes(tmp_path / "q", (0, 1, "0", "2"), (1, 1, "", "2"))
    _, batch = read(trades(tmp_path / "t", (0, 2), (1, 2)), quotes=given)
    assert batch.bid.tolist() == [0, UNKNOWN]


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_packed(tmp_path: Path, packing: str) -> None:
    given = packed(quotes(tmp_path / "q", (0, 1, "1", "2")), packing)
    _, batch = read(trades(tmp_path / "t", (0, 2)), quotes=given)
    assert pairs(batch) == {0: (1, 2)}


def test_malformed_quotes_are_counted_and_found_again(tmp_path: Path) -> None:
    given = quotes(tmp_path / "q", (0, 1, "1", "2"), (0, 3, "x", "2"), (2, 3, "x", "2"))
    given.write_text(given.read_text() + "junk\n")
    tape, batch = read(trades(tmp_path / "t", (0, 9)), quotes=given)
    assert pairs(batch) == {0: (1, 2)}
    assert tape.skips.counts == {"bad_quote": 1, "wrong_column_count": 1}
    places = [tape.locate(kept[0].row) for kept in tape.skips.examples.values()]
    assert sorted(places) == [f"{given}:3", f"{given}:5"]


@pytest.mark.parametrize("column", ["ticker", "sip_timestamp", "bid_price", "ask_price"])
def test_a_missing_column_is_named(tmp_path: Path, column: str) -> None:
    given = write(tmp_path / "q", QUOTES_HEADER.replace(column, "other"))
    with pytest.raises(BadFile, match=f"quotes need the column '{column}'"):
        open_tape([trades(tmp_path / "t", (0, 1))], quotes=given)


def test_quotes_need_prints_that_have_none(tmp_path: Path) -> None:
    path = write(tmp_path / "t", CBOE_HEADER, CBOE_ROW)
    with pytest.raises(BadSetting, match=r"quotes go with Massive .*, was Cboe"):
        open_tape([path], quotes=quotes(tmp_path / "q"))


PRINT = st.tuples(st.integers(0, 1), st.integers(0, 20))
QUOTE = st.tuples(st.integers(0, 2), st.integers(0, 20), st.integers(1, 9))


@given(
    st.lists(PRINT, min_size=1, max_size=20),
    st.lists(QUOTE, max_size=30),
    st.booleans(),
    st.integers(1, 9),
)
def test_pairs_are_those_of_a_slow_search(
    tmp_path_factory, prints, given, tidy, budget
) -> None:
    """Sorted or not, however the quotes fall into blocks, however few prints are held."""
    folder = tmp_path_factory.mktemp("quotes")
    given = sorted(given, key=lambda quote: quote[:2]) if tidy else given
    path = trades(folder / "t", *prints)
    written = quotes(folder / "q", *((t, ts, str(bid), "10") for t, ts, bid in given))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inflate, "_CHUNK", 50)
        patch.setattr(text, "_BLOCK", 200)
        source = QuotedSource(recognise(path), table_of(written), budget=budget)
        batch = take_apart(FileTape([source]))
    found = pairs(batch)
    for row, (ticker, ts) in enumerate(prints):
        before = [
            (quote[1], number, quote[2])
            for number, quote in enumerate(given)
            if quote[0] == ticker and quote[1] < ts
        ]
        assert found[row] == ((max(before)[2], 10) if before else None)
