"""Small tapes of every vendor, written as text, and a reader that takes a tape apart."""

import gzip
from pathlib import Path

import zstandard

from opentape.feeds.tape import FileTape, open_tape
from opentape.market.columns import PrintBatch
from opentape.market.contract import Contracts
from opentape.market.money import UNKNOWN

CBOE_HEADER = (
    "underlying_symbol,quote_datetime,sequence_number,root,expiration,strike,option_type,"
    "exchange_id,trade_size,trade_price,trade_condition_id,canceled_trade_condition_id,"
    "best_bid,best_ask,underlying_bid,underlying_ask,number_of_exchanges,"
    "{exchange,bid_size,bid,ask_size,ask}[number_of_exchanges]"
)
CBOE_ROW = (
    "^SPX,2025-12-03 09:48:28.925,8614309,SPXW,2025-12-19,6850.000,P,5,100,2.1000,0,0,"
    "2.0500,2.4000,6840.1000,6840.3000,1,5,1577,2.0500,3648,2.4000"
)
CBOE_NAMES = CBOE_HEADER.split(",")[:17]

V2_HEADER = (
    "root,expiration,strike,right,ms_of_day,sequence,ext_condition1,ext_condition2,"
    "ext_condition3,ext_condition4,condition,size,exchange,price,condition_flags,"
    "price_flags,volume_type,records_back,ms_of_day2,bid_size,bid_exchange,bid,"
    "bid_condition,ask_size,ask_exchange,ask,ask_condition,date"
)
V2_ROW = (
    "SPY,20251219,650000,C,34200123,-1684257153,255,255,255,255,95,7,60,1.23,0,0,0,0,"
    "34200100,10,5,1.20,50,12,6,1.25,50,20251203"
)
V3_HEADER = (
    "symbol,expiration,strike,right,trade_timestamp,quote_timestamp,sequence,"
    "ext_condition1,ext_condition2,ext_condition3,ext_condition4,condition,size,exchange,"
    "price,bid_size,bid_exchange,bid,bid_condition,ask_size,ask_exchange,ask,ask_condition"
)
V3_ROW = (
    "SPY,2025-12-19,650.000,CALL,2025-12-03T09:30:00.123,2025-12-03T09:30:00.100,"
    "-1684257153,255,255,255,255,95,7,60,1.23,10,5,1.20,50,12,6,1.25,50"
)
MASSIVE_HEADER = (
    "ticker,conditions,correction,exchange,participant_timestamp,price,sip_timestamp,size"
)
MASSIVE_ROW = "O:SPY251219C00650000,219,0,312,{ts},1.23,{ts},7"
QUOTES_HEADER = (
    "ticker,ask_exchange,ask_price,ask_size,bid_exchange,bid_price,bid_size,"
    "sequence_number,sip_timestamp"
)
OWN_HEADER = "ts_event,symbol,price,size,bid,ask,spot,venue,condition,sequence"
OWN_ROW = "{ts},SPY251219C00650000,1.23,7,1.2,1.25,684.2,XMIO,S,{sequence}"

NOON = 1_764_781_200_000_000_000
"""2025-12-03 12:00 in New York."""
OPEN_123 = 1_764_772_200_123_000_000
"""2025-12-03 09:30:00.123 in New York."""
DOLLAR = 1_000_000_000

HELLO = "a,b\n1,2\n"


def write(path: Path, *lines: str, end: str = "\n") -> Path:
    path.write_bytes("".join(line + end for line in lines).encode())
    return path


def packed(path: Path, packing: str) -> Path:
    """Return a packed copy of a file under a name that does not tell."""
    data = path.read_bytes()
    pack = {"gzip": gzip.compress, "zstd": zstandard.ZstdCompressor().compress}
    copy = path.with_name(f"{packing}.of.it")
    copy.write_bytes(pack[packing](data) if packing in pack else data)
    return copy


def own_rows(count: int, **changes: str) -> list[str]:
    """Rows in our own columns, one a second from noon; `changes` by column name."""
    rows: list[str] = []
    for at in range(count):
        row = OWN_ROW.format(ts=NOON + at * DOLLAR, sequence=at + 1).split(",")
        for name, value in changes.items():
            row[OWN_HEADER.split(",").index(name)] = value
        rows.append(",".join(row))
    return rows


def changed(header: str, row: str, **changes: str) -> str:
    """A row with some of its columns changed."""
    cells = row.split(",")
    for name, value in changes.items():
        cells[header.split(",").index(name)] = value
    return ",".join(cells)


def take_apart(tape: FileTape) -> PrintBatch:
    batches = list(tape.batches())
    assert all(batch.rows for batch in batches)
    return PrintBatch.joined(batches)


def read(*paths: Path, quotes: Path | None = None) -> tuple[FileTape, PrintBatch]:
    tape = open_tape(paths, quotes=quotes)
    return tape, take_apart(tape)


def facts(batch: PrintBatch, contracts: Contracts, at: int = 0) -> dict[str, object]:
    """One print as plain values, the contract as its symbol and the unknown as None."""
    found = {name: getattr(batch, name)[at].item() for name in batch._fields}
    found["contract"] = contracts[found["contract"]].symbol
    return {name: None if value == UNKNOWN else value for name, value in found.items()}
