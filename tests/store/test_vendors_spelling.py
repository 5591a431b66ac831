"""Lines and records are what the vendor itself would have written."""

import gzip
from collections import Counter
from pathlib import Path

import pytest
import zstandard
from databento_dbn import DBNDecoder

from feeds.samples import CBOE_HEADER, MASSIVE_HEADER, QUOTES_HEADER, V3_HEADER
from opentape.market.columns import WITHDRAWN
from opentape.market.conditions import Condition, classify
from opentape.market.contract import Contracts
from opentape.market.money import UNKNOWN
from opentape.market.venues import MICS, VENUES, venue_of
from opentape.store.vendors import lines, massive
from opentape.store.vendors.missing import MASSIVE_QUOTED
from store.forget import MS
from store.there_and_back import NAMES, batch_of, some_contracts, written, written_to

NINE = {
    "ts_event": 1_764_773_308_925_123_456, "sequence": 2_610_710_143, "contract": 1,
    "price": 2_105_000_000, "size": 100, "bid": 2_050_000_000, "ask": 2_400_000_000,
    "spot": 6_840_200_000_000, "venue": MICS.index("XCBO"), "condition": Condition.ISO,
}  # fmt: skip
NINE_CONTRACTS = ["BRKB  251219C00650000", "SPXW  251219P06850000"]


def text_of(form: str, folder: Path, *rows: dict[str, int]) -> list[str]:
    contracts = Contracts()
    contracts.intern(NINE_CONTRACTS)
    written(form, folder, [batch_of([NINE | row for row in rows])], contracts)
    return (folder / NAMES[form]).read_text().splitlines()


CANCELS = (
    {},
    {"ts_event": NINE["ts_event"] + MS, "marks": WITHDRAWN, "ask": UNKNOWN},
    {"ts_event": NINE["ts_event"] + 2 * MS, "condition": Condition.CANCEL},
)


def test_cboe(tmp_path) -> None:
    start, series = (
        "^SPX,2025-12-03 09:48:28.",
        "2610710143,SPXW,2025-12-19,6850.000,P,5,100",
    )
    assert text_of("cboe", tmp_path, *CANCELS) == [
        CBOE_HEADER,
        f"{start}925,{series},2.1050,95,0,2.0500,2.4000,6840.2000,6840.2000,0",
        f"{start}926,{series},2.1050,95,1,2.0500,,6840.2000,6840.2000,0",
        f"{start}927,{series},2.1050,40,2,2.0500,2.4000,6840.2000,6840.2000,0",
    ]


def test_thetadata(tmp_path) -> None:
    start, stamp = "SPXW,2025-12-19,6850.000,PUT", "2025-12-03T09:48:28.92"
    middle = "-1684257153,255,255,255,255"
    rest = "100,5,2.105000000,0,0,2.05,50,0,0"
    assert text_of("thetadata", tmp_path, *CANCELS) == [
        V3_HEADER,
        f"{start},{stamp}5,{stamp}5,{middle},95,{rest},2.40,50",
        f"{start},{stamp}6,{stamp}6,{middle},95,{rest},,50",
        f"{start},{stamp}7,{stamp}7,{middle},40,{rest},2.40,50",
    ]


def test_massive(tmp_path) -> None:
    stamps = [NINE["ts_event"] + at * MS for at in range(3)]
    assert text_of(MASSIVE_QUOTED, tmp_path, *CANCELS) == [
        MASSIVE_HEADER,
        f"O:SPXW251219P06850000,219,0,302,{stamps[0]},2.105000000,{stamps[0]},100",
        f"O:SPXW251219P06850000,219,8,302,{stamps[1]},2.105000000,{stamps[1]},100",
        f"O:SPXW251219P06850000,201,10,302,{stamps[2]},2.105000000,{stamps[2]},100",
    ]
    assert (tmp_path / "quotes.csv").read_text().splitlines() == [
        QUOTES_HEADER,
        f"O:SPXW251219P06850000,0,2.40,0,0,2.05,0,1,{stamps[0] - 1}",
        f"O:SPXW251219P06850000,0,,0,0,2.05,0,2,{stamps[1] - 1}",
        f"O:SPXW251219P06850000,0,2.40,0,0,2.05,0,3,{stamps[2] - 1}",
    ]


@pytest.mark.parametrize("name", ["tape.dbn", "tape.dbn.zst"])
def test_databentos_own_decoder_reads_dbn(name, tmp_path) -> None:
    contracts = Contracts()
    contracts.intern(NINE_CONTRACTS)
    batch = batch_of([NINE | row for row in CANCELS])
    written_to("dbn", tmp_path / name, [batch], contracts)
    data = (tmp_path / name).read_bytes()
    if name.endswith(".zst"):
        # of one frame, which is all that this reader looks at
        data = zstandard.ZstdDecompressor().stream_reader(data).read()
    decoder = DBNDecoder()
    decoder.write(data)
    metadata, *records = decoder.decode()
    assert (metadata.dataset, metadata.schema, metadata.version) == (
        "OPRA.PILLAR",
        "tcbbo",
        3,
    )
    assert metadata.start == NINE["ts_event"]
    assert list(metadata.mappings) == ["SPXW  251219P06850000"]
    assert len(records) == 2
    first = records[0]
    assert (first.instrument_id, first.publisher_id, first.size) == (2, 22, 100)
    assert (first.ts_event, first.price) == (NINE["ts_event"], NINE["price"])
    assert (first.levels[0].bid_px, first.levels[0].ask_px) == (NINE["bid"], NINE["ask"])
    assert first.rtype == 194


def test_every_class_has_a_code_that_reads_back() -> None:
    assert [classify(code) for code in lines.CODES] == list(Condition)
    told = [classify(code) for code in massive.CONDITION_IDS]
    named = (Condition.BUY_AGGRESSOR, Condition.SELL_AGGRESSOR)
    assert told == [Condition.REGULAR if c in named else c for c in Condition]


def test_every_venue_has_a_number_that_reads_back() -> None:
    assert [venue_of(code) for code in massive.VENUE_IDS] == list(range(len(MICS)))
    told = {venue.mic: venue_of(lines.VENUE_CODES[at]) for at, venue in enumerate(VENUES)}
    assert Counter(told.values())[0] == 4
    assert {mic for mic, place in told.items() if not place} == {
        "XXXX",
        "SPHR",
        "MXTO",
        "IEXO",
    }


def test_gzip_tells_neither_time_nor_name(tmp_path) -> None:
    path = tmp_path / "tape.csv.gz"
    written_to("cboe", path, [batch_of([{}])], some_contracts())
    assert path.read_bytes()[4:8] == bytes(4)
    assert gzip.decompress(path.read_bytes()).startswith(CBOE_HEADER.encode())
