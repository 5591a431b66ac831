"""ThetaData trade and quote history, as its terminals of version 2 and 3 write it.

=============  =============================  ====================================
column         version 2                      version 3
=============  =============================  ====================================
contract       ``root`` and strike in mills   ``symbol`` and strike in dollars
right          ``C``, ``P``                   ``CALL``, ``PUT``
time           ``date`` and ``ms_of_day``     ``trade_timestamp``, ISO 8601
=============  =============================  ====================================

Times are New York wall clock in both. Sequence numbers are unsigned but written signed.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.feeds.raw import cells
from opentape.feeds.raw.cells import DAY_NS, Cells
from opentape.feeds.raw.table import Block
from opentape.feeds.source import Layout, Ledger
from opentape.feeds.values import Sieve
from opentape.market.columns import PrintBatch

_MS_NS: Final = 1_000_000
_DAY_MS: Final = 86_400_000
_SIGNED_PAST: Final = 1 << 32


def decode_v2(block: Block, ledger: Ledger, first_row: int) -> PrintBatch:
    """Return the prints of some rows written by a terminal of version 2."""
    sieve = Sieve(block, ledger, first_row)
    ts_event = _stamps(sieve)
    contract = sieve.series(("root", "expiration", "strike", "right"), mills=1)
    return _prints(sieve, ts_event, contract)


def decode_v3(block: Block, ledger: Ledger, first_row: int) -> PrintBatch:
    """Return the prints of some rows written by a terminal of version 3."""
    sieve = Sieve(block, ledger, first_row)
    ts_event = sieve.instants("trade_timestamp", cells.new_york)
    contract = sieve.series(("symbol", "expiration", "strike", "right"))
    return _prints(sieve, ts_event, contract)


def _prints(
    sieve: Sieve, ts_event: NDArray[np.int64], contract: NDArray[np.int32]
) -> PrintBatch:
    price, size = sieve.prices("price"), sieve.sizes("size")
    bid, ask = sieve.amounts("bid"), sieve.amounts("ask")
    sequence = sieve.numbers("sequence", "bad_sequence")
    return sieve.batch(
        ts_event=ts_event,
        sequence=np.where(sequence < 0, sequence + _SIGNED_PAST, sequence),
        contract=contract,
        price=price,
        size=size,
        bid=bid,
        ask=ask,
        venue=sieve.venues("exchange"),
        condition=sieve.conditions("condition"),
    )


def _stamps(sieve: Sieve) -> NDArray[np.int64]:
    """Return date and milliseconds (with `pretty_time`, time of day) as instants."""
    clock = sieve.block.columns["ms_of_day"]
    if cells.is_text(clock.type) and ":" in "".join(cells.texts(clock.drop_null()[:1])):
        joined = cells.joined(sieve.block.columns["date"], clock, "T")
        sieve.block.columns["ms_of_day"] = joined
        return sieve.instants("ms_of_day", cells.new_york)
    day, ms = sieve.read("date", cells.dates), sieve.read("ms_of_day", cells.integers)
    outside = (ms.values < 0) | (ms.values >= _DAY_MS)
    bad = day.bad | ms.bad | outside | day.missing | ms.missing
    local = np.where(bad, 0, day.values * DAY_NS + ms.values * _MS_NS)
    none = np.zeros_like(bad)
    return sieve.timely(Cells(cells.from_new_york(local), bad, none), "date", "ms_of_day")


_PRINT: Final = ("expiration", "strike", "right", "price", "size", "bid", "ask")
_OPTIONAL: Final = ("sequence", "condition", "exchange")
_SHARED_SIGNS: Final = frozenset(
    {"ext_condition1", "ext_condition2", "bid_exchange", "ask_exchange", "bid_condition"}
)

LAYOUT_V2: Final = Layout(
    title="ThetaData trade and quote (v2)",
    signs=_SHARED_SIGNS
    | {"ms_of_day", "ms_of_day2", "records_back", "condition_flags", "date"},
    needed=("ms_of_day", "date", "root", *_PRINT),
    optional=_OPTIONAL,
    decode=decode_v2,
)
LAYOUT_V3: Final = Layout(
    title="ThetaData trade and quote (v3)",
    signs=_SHARED_SIGNS | {"trade_timestamp", "quote_timestamp"},
    needed=("trade_timestamp", "symbol", *_PRINT),
    optional=_OPTIONAL,
    decode=decode_v3,
)
