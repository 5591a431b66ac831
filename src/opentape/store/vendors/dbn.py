"""Databento DBN version 3 of schema `tcbbo`: prints with the national best just before.

The header names the instruments, which are known when the last print has been written; so
records wait in a nameless file beside it.
"""

import datetime as dt
import shutil
import tempfile
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import zstandard
from databento_dbn import DBN_VERSION, CMBP1Msg, Metadata, Schema, SType
from numpy.typing import NDArray

from opentape.market.calendar import EPOCH, SECOND_NS
from opentape.market.columns import PrintBatch
from opentape.market.conditions import Condition
from opentape.market.contract import Contracts
from opentape.market.money import UNKNOWN
from opentape.market.venues import VENUES
from opentape.store.aside import writing
from opentape.store.columns import osi_symbols
from opentape.store.vendors.lines import PrintSink, Stream, check_name, fit_quotes

_ENDINGS: Final = (".dbn", ".dbn.zst")
_DAY_NS: Final = 86_400 * SECOND_NS
_UNDEFINED: Final = np.iinfo(np.int64).max
_PIECE: Final = 1 << 22
_PRELUDE: Final = 8
_FIXED: Final = _PRELUDE + 100
_ALIGNED: Final = 8
_NAME: Final = "S71"
_MAPPING: Final = np.dtype(
    [
        ("symbol", _NAME),
        ("intervals", "<u4"),
        ("first", "<u4"),
        ("end", "<u4"),
        ("number", _NAME),
    ]
)
# the only table of what records look like, and it has no public name
_RECORD: Final = np.dtype(CMBP1Msg._dtypes)  # noqa: SLF001
_TCBBO: Final = 194
_WORD: Final = 4
"""A record's first byte is its length in words of so many bytes."""
_PUBLISHERS: Final = np.array([venue.databento for venue in VENUES], np.uint16)


@contextmanager
def open_dbn(path: Path, contracts: Contracts) -> Generator[PrintSink, None, None]:
    """Open a DBN file, packed with Zstandard if its name ends in .zst.

    Raises
    ------
    BadFile
        If the name is not that of such a file, or it cannot be written.
    """
    check_name(path, _ENDINGS)
    packed = path.suffix.lower() == ".zst"
    with writing(path) as aside, tempfile.TemporaryFile(dir=path.parent) as body:
        records = _Records(body, contracts)
        yield records
        body.seek(0)
        with (
            aside.open("wb") as whole,
            _packing(whole) if packed else nullcontext(whole) as stream,
        ):
            stream.write(records.header())
            shutil.copyfileobj(body, stream, _PIECE)


def _packing(whole: IO[bytes]) -> AbstractContextManager[Stream]:
    # one frame: some readers of DBN stop at the end of the first
    return zstandard.ZstdCompressor().stream_writer(whole, closefd=False)


class _Records:
    """Records as they are written, and what their header will say."""

    def __init__(self, stream: Stream, contracts: Contracts) -> None:
        self._stream = stream
        self._contracts = contracts
        self._named = np.empty(0, np.bool_)
        self._places: list[NDArray[np.int64]] = []
        self._symbols: list[NDArray[np.bytes_]] = []
        self._first, self._last = _UNDEFINED, 0

    def write(self, batch: PrintBatch) -> None:
        """Append a record for each print; DBN has none for a cancel."""
        prints = fit_quotes(batch.take(batch.condition != Condition.CANCEL))
        if not prints.rows:
            return
        self._name(prints.contract)
        self._first = min(self._first, int(prints.ts_event.min()))
        self._last = max(self._last, int(prints.ts_event.max()))
        self._stream.write(_records(prints).tobytes())

    def header(self) -> bytes:
        """Return what goes before the records."""
        begun = self._first if self._places else 0
        metadata = Metadata(
            dataset="OPRA.PILLAR",
            start=begun,
            end=self._last + 1,
            stype_in=SType("raw_symbol"),
            stype_out=SType("instrument_id"),
            schema=Schema("tcbbo"),
            mappings=[],
            version=DBN_VERSION,
        )
        # Metadata wants an object a name, of which a day has a quarter of a million
        mappings = self._mappings(_yyyymmdd(begun), _yyyymmdd(self._last + _DAY_NS))
        lists = np.array([0, 0, 0, 0, mappings.size], "<u4").tobytes() + mappings.tobytes()
        lists += bytes(-(_FIXED + len(lists)) % _ALIGNED)
        fixed = bytes(metadata)[:_FIXED]
        length = (_FIXED - _PRELUDE + len(lists)).to_bytes(_PRELUDE // 2, "little")
        return fixed[: _PRELUDE // 2] + length + fixed[_PRELUDE:] + lists

    def _name(self, places: NDArray[np.int32]) -> None:
        more = len(self._contracts) - self._named.size
        self._named = np.append(self._named, np.zeros(max(more, 0), np.bool_))
        met = np.zeros_like(self._named)
        met[places] = True
        fresh = np.flatnonzero(met & ~self._named).astype(np.int64)
        if fresh.size:
            symbols: Any = osi_symbols(self._contracts, fresh.astype(np.int32))
            self._symbols.append(np.array(symbols.to_pylist(), _NAME))
            self._places.append(fresh)
            self._named |= met

    def _mappings(self, first: int, end: int) -> NDArray[np.void]:
        places = np.concatenate([np.empty(0, np.int64), *self._places])
        mappings = np.zeros(places.size, _MAPPING)
        mappings["symbol"] = np.concatenate([np.empty(0, _NAME), *self._symbols])
        mappings["intervals"] = 1
        mappings["first"], mappings["end"] = first, end
        mappings["number"] = (places + 1).astype(_NAME)
        return mappings


def _records(prints: PrintBatch) -> NDArray[np.void]:
    records = np.zeros(prints.rows, _RECORD)
    records["length"] = _RECORD.itemsize // _WORD
    records["rtype"] = _TCBBO
    records["publisher_id"] = _PUBLISHERS[prints.venue]
    records["instrument_id"] = prints.contract + 1
    records["ts_event"] = records["ts_recv"] = prints.ts_event
    records["price"], records["size"] = prints.price, prints.size
    records["action"], records["side"] = b"T", b"N"
    for name, side in (("bid_px_00", prints.bid), ("ask_px_00", prints.ask)):
        records[name] = np.where(side == UNKNOWN, _UNDEFINED, side)
    return records


def _yyyymmdd(ts_ns: int) -> int:
    date = EPOCH + dt.timedelta(days=ts_ns // _DAY_NS)
    return int(f"{date:%Y%m%d}")
