"""Databento's DBN files; recorded ones are compared with what Databento itself decodes."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from databento_dbn import Action, Compression, DBNDecoder, Metadata, RType, Schema

from dbn_files import (
    CENT,
    DAY,
    NOON,
    QQQ,
    SPY,
    SYMBOLS,
    UNDEF_PRICE,
    UNDEF_TIME,
    consolidated,
    definition,
    header,
    level,
    statistics,
    symbol_mapping,
    trade,
    write,
)
from opentape.feeds.databento import DbnSource
from opentape.feeds.databento.quotes import LastQuotes
from opentape.feeds.source import Ledger
from opentape.feeds.tape import open_tape
from opentape.market.columns import VENUE_QUOTE, PrintBatch
from opentape.market.contract import Contracts
from opentape.market.errors import BadFile
from opentape.market.money import UNKNOWN
from opentape.market.open_interest import UNKNOWN_OI, OpenInterest
from opentape.market.tape import Skips
from opentape.market.venues import BY_PUBLISHER, MICS

RECORDED = Path(__file__).resolve().parents[3] / "shared/data/trades/opra_dbn"


class Read(NamedTuple):
    """What a tape of DBN files gave."""

    prints: PrintBatch
    contracts: Contracts
    skips: Skips
    open_interest: OpenInterest | None
    rows: list[int]

    @property
    def symbols(self) -> list[str]:
        return [self.contracts[place].symbol for place in self.prints.contract.tolist()]

    def open_interest_of(self, symbol: str) -> int:
        assert self.open_interest is not None
        place = int(self.contracts.intern([symbol])[0])
        return int(self.open_interest.of(self.contracts)[place])


def read(*paths: Path, first_row: int = 0) -> Read:
    ledger = Ledger(Contracts(), Skips(), Counter())
    sources = [DbnSource(path) for path in paths]
    for source in sources:
        source.meet(sources, ledger.contracts)
    batches, rows = [PrintBatch.empty(0)], list[int]()
    for source in sources:
        batches += source.batches(ledger, first_row)
        rows.append(source.rows_seen)
        first_row += source.rows_seen
    told = sources[0].open_interest
    return Read(PrintBatch.joined(batches), ledger.contracts, ledger.skips, told, rows)


def quotes_of(found: Read) -> list[tuple[int | None, int | None]]:
    pairs = zip(found.prints.bid.tolist(), found.prints.ask.tolist(), strict=True)
    return [tuple(None if p == UNKNOWN else p // CENT for p in pair) for pair in pairs]


# recorded files


def recorded(name: str) -> Path:
    path = RECORDED / f"test_data.{name}.dbn.zst"
    if not path.exists():
        pytest.skip(f"needs {path.name}, a recorded Databento file")
    return path


def decoded(path: Path) -> list:
    decoder = DBNDecoder(compression=Compression.ZSTD)
    decoder.write(path.read_bytes())
    return [r for r in decoder.decode() if not isinstance(r, Metadata)]


@pytest.mark.realdata
@pytest.mark.parametrize("name", ["trades", "tbbo"])
def test_recorded_prints_are_what_databento_decodes(name: str) -> None:
    path = recorded(name)
    found, wanted = read(path), decoded(path)
    prints = found.prints
    assert found.symbols == ["AAPL  250221C00250000"] * len(wanted)
    assert prints.ts_event.tolist() == [r.ts_event for r in wanted]
    assert prints.sequence.tolist() == [r.sequence for r in wanted]
    assert (
        prints.price.tolist()
        == [r.price for r in wanted]
        == [
            240_000_000,
            200_000_000,
            190_000_000,
            190_000_000,
        ]
    )
    assert prints.size.tolist() == [r.size for r in wanted] == [1, 2, 1, 4]
    assert [MICS[v] for v in prints.venue] == ["EMLD", "XISX", "XISX", "MXOP"]
    assert [BY_PUBLISHER[r.publisher_id] for r in wanted] == prints.venue.tolist()
    assert prints.row.tolist() == [0, 1, 2, 3]
    assert not found.skips.total


@pytest.mark.realdata
def test_recorded_quotes_are_the_venue_s_own() -> None:
    path = recorded("tbbo")
    prints = read(path).prints
    wanted = decoded(path)
    assert prints.bid.tolist() == [r.levels[0].bid_px for r in wanted]
    assert prints.ask.tolist() == [r.levels[0].ask_px for r in wanted]
    assert (prints.marks == VENUE_QUOTE).all()


@pytest.mark.realdata
def test_recorded_contract_and_open_interest() -> None:
    paths = [recorded(name) for name in ("trades", "definition", "statistics")]
    found = read(*paths)
    told = {r.quantity for r in decoded(paths[2])}
    assert {found.open_interest_of("AAPL  250221C00250000")} == told == {57_924}
    assert found.contracts[0].multiplier == 100
    assert found.contracts[0].expiry == dt.date(2025, 2, 21)
    assert found.rows == [4, 1, 4]


@pytest.mark.realdata
@pytest.mark.parametrize(
    "name",
    ["mbp-1", "cbbo-1s", "cbbo-1m", "ohlcv-1s", "ohlcv-1d", "definition", "statistics"],
)
def test_recorded_files_without_prints_give_none(name: str) -> None:
    path = recorded(name)
    found = read(path)
    assert not found.prints.rows
    assert found.rows == [len(decoded(path))]
    assert DbnSource(path).format == f"Databento DBN v3 {name}"


# prints


def test_print_is_what_the_record_says(tmp_path: Path) -> None:
    found = read(
        write(
            tmp_path / "t",
            header(Schema.TRADES),
            trade(sequence=11),
            trade(QQQ, at=NOON + 5, price=2 * CENT, size=9, publisher=61, sequence=12),
        ),
        first_row=100,
    )
    prints = found.prints
    assert found.symbols == [SYMBOLS[SPY], SYMBOLS[QQQ]]
    assert prints.ts_event.tolist() == [NOON, NOON + 5]
    assert prints.sequence.tolist() == [11, 12]
    assert prints.row.tolist() == [100, 101]
    assert prints.price.tolist() == [150 * CENT, 2 * CENT]
    assert prints.size.tolist() == [5, 9]
    assert [MICS[v] for v in prints.venue] == ["XCBO", "SPHR"]
    assert quotes_of(found) == [(None, None)] * 2
    assert (prints.spot == UNKNOWN).all()
    assert not prints.marks.any()
    assert not prints.condition.any()
    assert not prints.cancels.any()


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("version", [1, 2, 3])
def test_every_version_packed_or_not(tmp_path: Path, version: int, *, packed: bool) -> None:
    pieces = [header(Schema.TBBO, version=version), level(149 * CENT, 151 * CENT)]
    found = read(write(tmp_path / "t", *pieces, packed=packed))
    assert found.symbols == [SYMBOLS[SPY]]
    assert quotes_of(found) == [(149, 151)]


def test_version_of_the_future_is_refused(tmp_path: Path) -> None:
    whole = bytearray(header(Schema.TRADES))
    whole[3] = 9
    with pytest.raises(BadFile, match="the version of DBN is 1 to 3, was 9"):
        DbnSource(write(tmp_path / "t", bytes(whole)))


def test_only_trades_are_prints(tmp_path: Path) -> None:
    found = read(
        write(
            tmp_path / "t",
            header(Schema.MBP_1),
            level(1, 2, action=Action.ADD),
            level(1, 2),
            level(1, 2, action=Action.CLEAR),
        )
    )
    assert found.prints.row.tolist() == [1]
    assert found.rows == [3]


def test_venue_that_is_not_known_is_not_named(tmp_path: Path) -> None:
    found = read(write(tmp_path / "t", header(Schema.TRADES), trade(publisher=999)))
    assert [MICS[v] for v in found.prints.venue] == ["XXXX"]


def test_time_of_receipt_stands_in_for_a_missing_event_time(tmp_path: Path) -> None:
    found = read(
        write(
            tmp_path / "t",
            header(Schema.TRADES),
            trade(at=UNDEF_TIME, received=NOON + 3),
            trade(at=UNDEF_TIME, received=UNDEF_TIME),
        )
    )
    assert found.prints.ts_event.tolist() == [NOON + 3]
    assert found.skips.counts == {"bad_time": 1}


@pytest.mark.parametrize(
    ("record", "reason", "detail"),
    [
        (trade(price=0), "bad_tick", "0 5"),
        (trade(price=-CENT), "bad_tick", f"{-CENT} 5"),
        (trade(size=0), "bad_tick", f"{150 * CENT} 0"),
        (trade(size=2**32 - 1), "bad_size", str(2**32 - 1)),
        (trade(price=UNDEF_PRICE), "bad_price", str(UNDEF_PRICE)),
        (trade(77), "bad_contract", "77"),
        (trade(at=5, received=NOON), "bad_time", "5"),
    ],
)
def test_unusable_record_is_counted(
    tmp_path: Path, record: bytes, reason: str, detail: str
) -> None:
    path = write(tmp_path / "t", header(Schema.TRADES), trade(), record)
    found = read(path, first_row=10)
    assert found.prints.row.tolist() == [10]
    assert found.skips.counts == {reason: 1}
    (shown,) = found.skips.examples[reason]
    assert (shown.row, shown.detail) == (11, detail)
    assert DbnSource(path).locate(1) == f"{path}:row 1"


# quotes


def test_undefined_quotes_are_unknown(tmp_path: Path) -> None:
    found = read(
        write(
            tmp_path / "t",
            header(Schema.TBBO),
            level(UNDEF_PRICE, 151 * CENT),
            level(149 * CENT, UNDEF_PRICE),
            level(UNDEF_PRICE, UNDEF_PRICE),
        )
    )
    assert quotes_of(found) == [(None, 151), (149, None), (None, None)]
    assert (found.prints.marks == VENUE_QUOTE).all()


def test_trade_s_own_level_is_the_quote_before_it(tmp_path: Path) -> None:
    found = read(
        write(
            tmp_path / "t",
            header(Schema.MBP_1),
            level(140 * CENT, 160 * CENT, action=Action.ADD),
            level(149 * CENT, 151 * CENT),
            level(150 * CENT, 152 * CENT, action=Action.ADD),
        )
    )
    assert quotes_of(found) == [(149, 151)]
    assert found.prints.marks.tolist() == [VENUE_QUOTE]


def test_empty_level_takes_the_last_update_of_its_venue(tmp_path: Path) -> None:
    empty = (UNDEF_PRICE, UNDEF_PRICE)
    found = read(
        write(
            tmp_path / "t",
            header(Schema.MBP_1),
            level(*empty),
            level(140 * CENT, 160 * CENT, action=Action.ADD),
            level(1 * CENT, 2 * CENT, publisher=25, action=Action.ADD),
            level(3 * CENT, 4 * CENT, QQQ, action=Action.ADD),
            level(*empty),
            level(*empty, QQQ, publisher=25),
            level(*empty, action=Action.ADD),
            level(*empty),
        )
    )
    assert quotes_of(found) == [(None, None), (140, 160), (None, None), (None, None)]


def test_national_best_goes_before_the_venue_s_quote(tmp_path: Path) -> None:
    found = read(
        write(
            tmp_path / "t",
            header(Schema.MBP_1),
            level(140 * CENT, 160 * CENT),
            level(148 * CENT, 152 * CENT, publisher=30, action=Action.ADD),
            level(141 * CENT, 159 * CENT),
            level(141 * CENT, 159 * CENT, QQQ),
        )
    )
    assert quotes_of(found) == [(140, 160), (148, 152), (141, 159)]
    assert found.prints.marks.tolist() == [VENUE_QUOTE, 0, VENUE_QUOTE]


@pytest.mark.parametrize("kind", [RType.CMBP_1, RType.TCBBO])
def test_consolidated_quotes_are_national(tmp_path: Path, kind: RType) -> None:
    found = read(
        write(
            tmp_path / "t",
            header(Schema.CMBP_1),
            consolidated(148 * CENT, 152 * CENT, kind=kind),
            consolidated(1 * CENT, 2 * CENT, QQQ, kind=kind, action=Action.ADD),
            consolidated(
                147 * CENT, 153 * CENT, kind=kind, publisher=30, action=Action.ADD
            ),
            consolidated(UNDEF_PRICE, UNDEF_PRICE, kind=kind, publisher=26),
        )
    )
    assert quotes_of(found) == [(148, 152), (147, 153)]
    assert found.prints.marks.tolist() == [0, 0]
    assert found.prints.sequence.tolist() == [0, 0]
    assert [MICS[v] for v in found.prints.venue] == ["XCBO", "XISX"]


def test_quotes_are_carried_like_a_dictionary_would() -> None:
    rng = np.random.default_rng(3)
    last, held = LastQuotes(), dict[int, tuple[int, int]]()
    for _ in range(20):
        keys = rng.integers(0, 6, 50)
        bid, ask = rng.integers(1, 1000, (2, 50))
        told = rng.random(50) < 0.3
        asked = ~told & (rng.random(50) < 0.5)
        found = last.before(keys, (bid, ask), told, asked)
        wanted = list[tuple[int, int]]()
        for at in range(50):
            if told[at]:
                held[int(keys[at])] = (int(bid[at]), int(ask[at]))
            elif asked[at]:
                wanted.append(held.get(int(keys[at]), (UNKNOWN, UNKNOWN)))
        assert list(zip(*(side.tolist() for side in found), strict=True)) == wanted


# names


def test_name_holds_on_its_days_alone(tmp_path: Path) -> None:
    day = 86_400_000_000_000
    found = read(
        write(
            tmp_path / "t",
            header(Schema.TRADES, days=2),
            *(trade(at=NOON + days * day) for days in (-1, 0, 1, 2)),
        )
    )
    assert found.prints.row.tolist() == [1, 2]
    assert found.skips.counts == {"bad_contract": 2}


@pytest.mark.parametrize("version", [1, 2, 3])
def test_symbol_may_have_another_number_tomorrow(tmp_path: Path, version: int) -> None:
    day = 86_400_000_000_000
    numbers = {SYMBOLS[SPY]: [SPY, QQQ], SYMBOLS[QQQ]: [QQQ, SPY]}
    found = read(
        write(
            tmp_path / "t",
            header(Schema.TRADES, version=version, symbols={}, day_by_day=numbers),
            trade(),
            trade(at=NOON + day),
            trade(QQQ, at=NOON + day),
            trade(at=NOON + 2 * day),
        )
    )
    assert found.symbols == [SYMBOLS[SPY], SYMBOLS[QQQ], SYMBOLS[SPY]]
    assert found.skips.counts == {"bad_contract": 1}


@pytest.mark.parametrize("packed", [False, True])
def test_header_may_be_longer_than_a_block(tmp_path: Path, *, packed: bool) -> None:
    symbols = {n: f"SPX   251219C{n:08d}" for n in range(1, 40_001)}
    pieces = [header(Schema.TRADES, symbols=symbols), *(trade(n) for n in (1, 40_000))]
    found = read(write(tmp_path / "t", *pieces, packed=packed))
    assert found.symbols == [symbols[1], symbols[40_000]]
    assert len(found.contracts) == 2


def test_number_may_stand_for_another_symbol_tomorrow(tmp_path: Path) -> None:
    tomorrow = DAY + dt.timedelta(1)
    found = read(
        write(tmp_path / "a", header(Schema.TRADES), trade()),
        write(
            tmp_path / "b",
            header(Schema.TRADES, first=tomorrow, symbols={SPY: SYMBOLS[QQQ]}),
            trade(at=NOON + 86_400_000_000_000),
        ),
    )
    assert found.symbols == [SYMBOLS[SPY], SYMBOLS[QQQ]]


def test_file_goes_by_its_own_names_before_those_of_others(tmp_path: Path) -> None:
    other = {SPY: SYMBOLS[QQQ]}
    found = read(
        write(tmp_path / "a", header(Schema.TRADES, symbols=other), trade()),
        write(tmp_path / "b", header(Schema.TRADES), trade()),
        write(tmp_path / "c", header(Schema.TRADES, symbols={}), trade()),
    )
    assert found.symbols == [SYMBOLS[QQQ], SYMBOLS[SPY], SYMBOLS[QQQ]]


def test_tape_asked_for_by_number_maps_the_other_way(tmp_path: Path) -> None:
    by_number = header(Schema.TRADES, symbols={}, by_number={SPY: SYMBOLS[SPY]})
    assert read(write(tmp_path / "t", by_number, trade())).symbols == [SYMBOLS[SPY]]


def test_symbol_that_is_no_option_is_no_contract(tmp_path: Path) -> None:
    found = read(
        write(tmp_path / "t", header(Schema.TRADES, symbols={SPY: "SPY"}), trade())
    )
    assert found.skips.counts == {"bad_contract": 1}


@pytest.mark.parametrize("version", [1, 2, 3])
def test_definitions_name_and_say_what_is_delivered(tmp_path: Path, version: int) -> None:
    found = read(
        write(tmp_path / "t", header(Schema.TRADES, symbols={}), trade(), trade(QQQ)),
        write(
            tmp_path / "d",
            header(Schema.DEFINITION, version=version, symbols={}),
            definition(SPY, SYMBOLS[SPY], version=version),
            definition(QQQ, SYMBOLS[QQQ], version=version, multiplier=10),
            definition(QQQ, SYMBOLS[SPY], version=version, update=b"D"),
        ),
    )
    assert found.symbols == [SYMBOLS[SPY], SYMBOLS[QQQ]]
    assert found.contracts.multipliers.tolist() == [100, 10]


def test_definition_of_the_day_goes_before_a_mapping_and_after_it_later(
    tmp_path: Path,
) -> None:
    later = NOON + 2 * 86_400_000_000_000
    found = read(
        write(tmp_path / "t", header(Schema.TRADES), trade(), trade(at=later)),
        write(
            tmp_path / "d",
            header(Schema.DEFINITION, symbols={}),
            definition(SPY, SYMBOLS[QQQ]),
        ),
    )
    assert found.symbols == [SYMBOLS[QQQ]] * 2


@pytest.mark.parametrize("version", [1, 2, 3])
def test_live_capture_names_its_instruments_as_it_goes(
    tmp_path: Path, version: int
) -> None:
    found = read(
        write(
            tmp_path / "t",
            header(None, version=version, symbols={}),
            symbol_mapping(SPY, "SPY.OPT", SYMBOLS[SPY], version=version),
            symbol_mapping(QQQ, SYMBOLS[QQQ], "8", version=version),
            statistics([(22, SPY, 40)], version=version),
            trade(),
            level(1 * CENT, 2 * CENT, QQQ),
            definition(SPY, SYMBOLS[SPY], version=version),
            consolidated(3 * CENT, 4 * CENT),
        )
    )
    assert found.symbols == [SYMBOLS[SPY], SYMBOLS[QQQ], SYMBOLS[SPY]]
    assert found.prints.row.tolist() == [3, 4, 6]
    assert quotes_of(found) == [(None, None), (1, 2), (3, 4)]
    assert found.open_interest_of(SYMBOLS[SPY]) == 40
    assert found.rows == [7]


# tapes


def test_tape_of_several_files_has_names_and_open_interest(tmp_path: Path) -> None:
    prints = [consolidated(CENT, 2 * CENT, at=NOON + at) for at in (5, 3)]
    tape = open_tape(
        [
            write(tmp_path / "t", header(Schema.TCBBO, symbols={}), *prints, packed=True),
            write(tmp_path / "s", header(Schema.STATISTICS), statistics([(22, SPY, 9)])),
            write(
                tmp_path / "d",
                header(Schema.DEFINITION, symbols={}),
                definition(SPY, SYMBOLS[SPY], multiplier=10),
            ),
        ]
    )
    found = PrintBatch.joined(list(tape.batches()))
    assert found.ts_event.tolist() == [NOON + 3, NOON + 5]
    assert found.row.tolist() == [1, 0]
    assert tape.contracts[0].symbol == SYMBOLS[SPY]
    assert tape.contracts[0].multiplier == 10
    assert tape.open_interest is not None
    assert tape.open_interest.of(tape.contracts).tolist() == [9]
    assert "Databento DBN v3 tcbbo" in tape.format
    assert not tape.skips.total


def test_tape_without_prints_is_a_bad_file(tmp_path: Path) -> None:
    tape = open_tape(
        [write(tmp_path / "s", header(Schema.STATISTICS), statistics([(22, SPY, 9)]))]
    )
    with pytest.raises(BadFile, match="holds no prints"):
        list(tape.batches())


# containers


def with_ts_out(record: bytes) -> bytes:
    return bytes([record[0] + 2]) + record[1:] + bytes(8)


def test_records_with_a_time_of_sending_are_longer(tmp_path: Path) -> None:
    records = [with_ts_out(trade(sequence=n)) for n in (1, 2)]
    found = read(write(tmp_path / "t", header(Schema.TRADES, ts_out=True), *records))
    assert found.prints.sequence.tolist() == [1, 2]


@pytest.mark.parametrize("packed", [False, True])
def test_files_put_together_read_as_one(tmp_path: Path, *, packed: bool) -> None:
    first = write(tmp_path / "a", header(Schema.TRADES), trade(), packed=packed)
    other = header(Schema.TBBO, version=1, symbols={9: SYMBOLS[QQQ]})
    second = write(tmp_path / "b", other, level(CENT, 2 * CENT, 9), packed=packed)
    both = tmp_path / "both"
    both.write_bytes(first.read_bytes() + second.read_bytes())
    found = read(both)
    assert found.symbols == [SYMBOLS[SPY], SYMBOLS[QQQ]]
    assert found.prints.row.tolist() == [0, 1]


def test_file_without_a_record_has_no_prints(tmp_path: Path) -> None:
    found = read(write(tmp_path / "t", header(Schema.TRADES)))
    assert (found.prints.rows, found.rows) == (0, [0])


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("cut", [1, 30, 47])
def test_cut_record_is_a_bad_file(tmp_path: Path, cut: int, *, packed: bool) -> None:
    pieces = header(Schema.TRADES) + trade() + trade()
    path = write(tmp_path / "t", pieces[:-cut], packed=packed)
    with pytest.raises(BadFile, match="is cut short: it ends in the middle of record 1"):
        read(path)


def test_cut_mixed_record_is_a_bad_file(tmp_path: Path) -> None:
    path = write(tmp_path / "t", header(None), trade(), level(1, 2)[:-4])
    with pytest.raises(BadFile, match="middle of record 1"):
        read(path)


@pytest.mark.parametrize("length", [2, 5, 40])
def test_cut_header_is_a_bad_file(tmp_path: Path, length: int) -> None:
    with pytest.raises(BadFile, match="cut short"):
        DbnSource(write(tmp_path / "t", header(Schema.TRADES)[:length]))


def test_cut_zstd_is_a_bad_file(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(1, 2**40, 500).tolist()
    records = [trade(at=NOON + number) for number in noise]
    whole = write(tmp_path / "t", header(Schema.TRADES), *records, packed=True).read_bytes()
    path = tmp_path / "cut"
    path.write_bytes(whole[:-20])
    with pytest.raises(BadFile, match="cut short"):
        read(path)


def test_other_bytes_are_no_dbn(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="a DBN file starts with b'DBN', was b'PAR'"):
        DbnSource(write(tmp_path / "t", b"PAR1 and so on"))


def test_damaged_header_is_a_bad_file(tmp_path: Path) -> None:
    whole = header(Schema.TRADES)
    for damaged in (
        whole[:8] + b"\xff" * (len(whole) - 8),
        whole[:124] + b"\xff" * (len(whole) - 124),
        whole[:4] + (50).to_bytes(4, "little") + whole[8:58],
        whole.replace((20250220).to_bytes(4, "little"), (20250299).to_bytes(4, "little")),
    ):
        with pytest.raises(BadFile, match="has a damaged DBN header"):
            DbnSource(write(tmp_path / "t", damaged))


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (bytes([3, 0]) + bytes(14), "no record has 12 bytes"),
        (bytes([0, 0]) + bytes(14), "no record has 0 bytes"),
        (bytes([5, 0]) + bytes(18), "no record of kind 0 has 20 bytes"),
    ],
)
def test_impossible_record_is_a_bad_file(
    tmp_path: Path, record: bytes, message: str
) -> None:
    path = write(tmp_path / "t", header(Schema.TRADES), trade(), record)
    with pytest.raises(BadFile, match=message):
        read(path)


def test_damaged_statistics_are_found_before_any_print(tmp_path: Path) -> None:
    prints = DbnSource(write(tmp_path / "t", header(Schema.TRADES), trade()))
    told = write(tmp_path / "s", header(Schema.STATISTICS), statistics([(22, SPY, 4)])[:-8])
    with pytest.raises(BadFile, match="cut short"):
        prints.meet([prints, DbnSource(told)], Contracts())


def test_long_files_come_in_blocks(tmp_path: Path) -> None:
    count = 300_000
    record = np.frombuffer(level(149 * CENT, 151 * CENT), np.uint8)
    records = np.tile(record, (count, 1))
    records[:, 44:48] = np.arange(count, dtype="<u4").view(np.uint8).reshape(-1, 4)
    path = write(tmp_path / "t", header(Schema.TBBO), records.tobytes())
    ledger = Ledger(Contracts(), Skips(), Counter())
    source = DbnSource(path)
    batches = list(source.batches(ledger, 0))
    assert len(batches) > 3
    assert np.concatenate([b.sequence for b in batches]).tolist() == list(range(count))
    assert np.concatenate([b.row for b in batches]).tolist() == list(range(count))
    assert source.rows_seen == count
    assert source.share_read == 1
    assert source.ends() is None


def test_long_mixed_files_come_in_blocks(tmp_path: Path) -> None:
    count = 60_000
    pair = trade(sequence=1) + level(149 * CENT, 151 * CENT, QQQ, sequence=2)
    found = read(write(tmp_path / "t", header(None), pair * count))
    assert found.prints.row.tolist() == list(range(2 * count))
    assert found.prints.sequence.tolist() == [1, 2] * count


# open interest


def of(found: Read, *symbols: str) -> list[int]:
    return [found.open_interest_of(symbol) for symbol in symbols]


@pytest.mark.parametrize("version", [1, 2, 3])
def test_open_interest_is_told_by_every_venue_and_taken_once(
    tmp_path: Path, version: int
) -> None:
    rows = [(venue, SPY, 40) for venue in range(20, 38)]
    rows += [(venue, QQQ, 7) for venue in range(20, 38)]
    path = write(
        tmp_path / "s",
        header(Schema.STATISTICS, version=version),
        statistics(rows, version=version),
    )
    found = read(path)
    assert of(found, SYMBOLS[SPY], SYMBOLS[QQQ]) == [40, 7]
    assert len(found.open_interest or "") == 2
    assert found.rows == [36]


def test_newest_open_interest_counts(tmp_path: Path) -> None:
    pieces = [
        statistics([(22, SPY, 50)], about=NOON - 1),
        statistics([(22, SPY, 40)], about=NOON - 2, at=NOON + 9),
        statistics([(22, QQQ, 3)], at=NOON + 5),
        statistics([(22, QQQ, 4)], at=NOON + 4),
    ]
    found = read(write(tmp_path / "s", header(Schema.STATISTICS), *pieces))
    assert of(found, SYMBOLS[SPY], SYMBOLS[QQQ]) == [50, 3]


@pytest.mark.parametrize(("version", "undefined"), [(1, 2**31 - 1), (3, 2**63 - 1)])
def test_open_interest_that_tells_nothing_is_left_out(
    tmp_path: Path, version: int, undefined: int
) -> None:
    pieces = [
        statistics([(22, SPY, 40)], version=version),
        statistics([(22, SPY, undefined)], version=version, at=NOON + 1),
        statistics([(22, SPY, -1)], version=version, at=NOON + 2),
        statistics([(22, SPY, 41)], version=version, at=NOON + 3, stat_type=6),
        statistics([(22, SPY, 42)], version=version, at=NOON + 4, update=2),
        statistics([(22, 77, 43)], version=version),
    ]
    found = read(write(tmp_path / "s", header(Schema.STATISTICS, version=version), *pieces))
    assert of(found, SYMBOLS[SPY], SYMBOLS[QQQ]) == [40, UNKNOWN_OI]


def test_statistics_of_one_file_are_known_to_all(tmp_path: Path) -> None:
    paths: Sequence[Path] = (
        write(tmp_path / "t", header(Schema.TCBBO), consolidated(CENT, 2 * CENT)),
        write(
            tmp_path / "d",
            header(Schema.DEFINITION, symbols={}),
            definition(SPY, SYMBOLS[SPY]),
        ),
        write(
            tmp_path / "s",
            header(Schema.STATISTICS, symbols={}),
            statistics([(22, SPY, 9)]),
        ),
    )
    found = read(*paths)
    assert of(found, SYMBOLS[SPY]) == [9]
    assert found.rows == [1, 1, 1]


def test_statistics_of_other_kinds_tell_no_open_interest(tmp_path: Path) -> None:
    told = statistics([(22, SPY, 9)], stat_type=6)
    assert (
        read(write(tmp_path / "s", header(Schema.STATISTICS), told)).open_interest is None
    )


def test_tape_without_statistics_tells_no_open_interest(tmp_path: Path) -> None:
    path = write(tmp_path / "t", header(Schema.TRADES), trade())
    assert read(path).open_interest is None
    assert DbnSource(path).open_interest is None
    assert DbnSource(path).rows_total is None
