"""DBN files as a test wants them, written with Databento's own records."""

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import zstandard
from databento_dbn import (
    Action,
    BidAskPair,
    CMBP1Msg,
    ConsolidatedBidAskPair,
    MBP1Msg,
    Metadata,
    RType,
    Schema,
    Side,
    SType,
    TradeMsg,
    v1,
    v2,
    v3,
)

UNDEF_PRICE = 2**63 - 1
UNDEF_TIME = 2**64 - 1
NOON = 1_740_070_800_000_000_000
"""2025-02-20 17:00 UTC."""
DAY = dt.date(2025, 2, 20)
SPY, QQQ = 7, 8
SYMBOLS = {SPY: "SPY   251219C00650000", QQQ: "QQQ   251219P00500000"}
CENT = 10_000_000


class Interval(NamedTuple):
    start_date: dt.date
    end_date: dt.date
    symbol: str


class Mapping(NamedTuple):
    raw_symbol: str
    intervals: list[Interval]


def header(
    schema: Schema | None,
    *,
    version: int = 3,
    symbols: dict[int, str] = SYMBOLS,
    first: dt.date = DAY,
    by_number: dict[int, str] | None = None,
    **more: Any,
) -> bytes:
    """A header whose names hold for one day, or as many as `days` says.

    `day_by_day` gives a symbol one number after the other, each for a day.
    """
    dates = [first + dt.timedelta(day) for day in range(9)]
    mappings = [
        Mapping(symbol, list(map(Interval, dates, dates[1:], map(str, numbers))))
        for symbol, numbers in more.pop("day_by_day", {}).items()
    ]
    end = first + dt.timedelta(more.pop("days", 1))
    pairs = [(symbol, str(number)) for number, symbol in symbols.items()]
    pairs += [(str(number), symbol) for number, symbol in (by_number or {}).items()]
    mappings += [Mapping(name, [Interval(first, end, other)]) for name, other in pairs]
    return bytes(
        Metadata(
            dataset="OPRA.PILLAR",
            start=NOON,
            stype_in=SType.INSTRUMENT_ID if by_number else SType.RAW_SYMBOL,
            stype_out=SType.RAW_SYMBOL if by_number else SType.INSTRUMENT_ID,
            schema=schema,
            mappings=mappings,
            version=version,
            **more,
        )
    )


class Event(NamedTuple):
    """What records of all kinds of trade or quote have."""

    number: int = SPY
    at: int = NOON
    price: int = 150 * CENT
    size: int = 5
    publisher: int = 22
    action: Action = Action.TRADE


def trade(
    number: int = SPY, *, received: int | None = None, sequence: int = 1, **given: Any
) -> bytes:
    """A record of `trades`; what else may be given is in `Event`."""
    event = Event(number, **given)
    record = TradeMsg(
        event.publisher,
        event.number,
        event.at,
        event.price,
        event.size,
        event.action,
        Side.NONE,
        0,
        event.at + 200 if received is None else received,
        sequence=sequence,
    )
    return bytes(record)


def level(
    bid: int, ask: int, number: int = SPY, *, sequence: int = 1, **given: Any
) -> bytes:
    """A record of `mbp-1` or `tbbo`."""
    event = Event(number, **given)
    record = MBP1Msg(
        event.publisher,
        event.number,
        event.at,
        event.price,
        event.size,
        event.action,
        Side.NONE,
        0,
        event.at + 200,
        sequence=sequence,
        levels=BidAskPair(bid, ask, 1, 1),
    )
    return bytes(record)


def consolidated(
    bid: int, ask: int, number: int = SPY, *, kind: RType = RType.CMBP_1, **given: Any
) -> bytes:
    """A record of `cmbp-1` or `tcbbo`."""
    event = Event(number, **given)
    record = CMBP1Msg(
        kind,
        event.publisher,
        event.number,
        event.at,
        event.price,
        event.size,
        event.action,
        Side.NONE,
        event.at + 200,
        levels=ConsolidatedBidAskPair(bid, ask, 1, 1),
    )
    return bytes(record)


def _records(message: type, kind: int, count: int) -> np.ndarray:
    records = np.zeros(count, np.dtype(message._dtypes))
    records["length"] = records.dtype.itemsize // 4
    records["rtype"] = kind
    return records


def statistics(
    rows: Iterable[tuple[int, int, int]],
    *,
    version: int = 3,
    at: int = NOON,
    about: int = UNDEF_TIME,
    stat_type: int = 9,
    update: int = 1,
) -> bytes:
    """Records of publisher, instrument and quantity."""
    found = np.array(list(rows), np.int64)
    records = _records((v1, v2, v3)[version - 1].StatMsg, 24, len(found))
    records["publisher_id"], records["instrument_id"], records["quantity"] = found.T
    records["ts_event"], records["ts_recv"], records["ts_ref"] = at, at + 200, about
    records["price"], records["stat_type"] = UNDEF_PRICE, stat_type
    records["update_action"] = update
    return records.tobytes()


def definition(
    number: int,
    symbol: str,
    *,
    version: int = 3,
    multiplier: int = 2**31 - 1,
    at: int = NOON,
    update: bytes = b"A",
) -> bytes:
    records = _records((v1, v2, v3)[version - 1].InstrumentDefMsg, 19, 1)
    records["instrument_id"], records["raw_symbol"] = number, symbol.encode()
    records["ts_event"], records["ts_recv"] = at, at + 200
    records["contract_multiplier"] = multiplier
    records["security_update_action"] = update
    return records.tobytes()


def standing(
    bid: int,
    ask: int,
    number: int = SPY,
    *,
    at: int = NOON,
    last: int = UNDEF_PRICE,
    kind: int = 192,
) -> bytes:
    """A record of `cbbo-1s` or, as kind 193, `cbbo-1m`; `at` is the end of its interval."""
    records = _records(v3.CBBOMsg, kind, 1)
    records["instrument_id"], records["publisher_id"] = number, 30
    records["ts_event"], records["ts_recv"] = UNDEF_TIME, at
    records["price"], records["bid_px_00"], records["ask_px_00"] = last, bid, ask
    records["bid_sz_00"], records["ask_sz_00"] = 3, 4
    return records.tobytes()


def symbol_mapping(number: int, asked: str, given: str, *, version: int = 3) -> bytes:
    records = _records((v1, v2, v3)[version - 1].SymbolMappingMsg, 22, 1)
    records["instrument_id"], records["ts_event"] = number, NOON
    records["stype_in_symbol"], records["stype_out_symbol"] = asked.encode(), given.encode()
    return records.tobytes()


def write(path: Path, *pieces: bytes, packed: bool = False) -> Path:
    whole = b"".join(pieces)
    path.write_bytes(zstandard.ZstdCompressor().compress(whole) if packed else whole)
    return path
