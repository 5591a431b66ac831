"""Snapshots of the chain, and what was settled, of a simulated day."""

from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from opentape.market.contract import Contracts
from opentape.simulation.day import Snapshot
from opentape.simulation.world.listing import Listing
from opentape.store.aside import writing
from opentape.store.columns import (
    INSTANT,
    RIGHTS,
    WORD,
    Column,
    dates,
    each,
    instants,
    known,
    osi_symbols,
    words,
)

CHAIN_SCHEMA: Final = pa.schema(
    [
        ("root", WORD),
        ("expiry", pa.date32()),
        ("strike", pa.float64()),
        ("right", WORD),
        ("bid", pa.float64()),
        ("ask", pa.float64()),
        ("bid_size", pa.int32()),
        ("ask_size", pa.int32()),
        ("last", pa.float64()),
        ("volume", pa.int64()),
        ("open_interest", pa.int64()),
        ("ts_quote", INSTANT),
        ("spot", pa.float64()),
        ("as_of", INSTANT),
    ]
)
INTEREST_SCHEMA: Final = pa.schema([("symbol", pa.string()), ("open_interest", pa.int64())])
_CENTS: Final = 100.0


def write_snapshot(
    path: Path, snapshot: Snapshot, listing: Listing, open_interest: NDArray[np.int64]
) -> None:
    """Write every listed contract at an instant as a Parquet file."""
    _write(path, snapshot_table(snapshot, listing, open_interest), CHAIN_SCHEMA)


def snapshot_table(
    snapshot: Snapshot, listing: Listing, open_interest: NDArray[np.int64]
) -> Column:
    """Return a snapshot as an Arrow table, ordered by name, expiry, strike and right."""
    contracts = listing.contracts
    instant = instants(np.full(open_interest.size, snapshot.ts_ns))
    columns = [
        words(contracts.root_codes, contracts.roots),
        dates(contracts.expiry_days),
        pa.array(contracts.strike_mills / 1000.0),
        words(contracts.puts.astype(np.int8), RIGHTS),
        pa.array(snapshot.bid / _CENTS),
        pa.array(snapshot.ask / _CENTS),
        pa.array(snapshot.bid_size.astype(np.int32)),
        pa.array(snapshot.ask_size.astype(np.int32)),
        known(snapshot.last / _CENTS, snapshot.last > 0),
        pa.array(snapshot.volume),
        known(open_interest, open_interest >= 0),
        instant,
        pa.array(np.round(snapshot.spot, 2)),
        instant,
    ]
    return pa.table(columns, schema=CHAIN_SCHEMA)


def write_interest(
    path: Path,
    contracts: Contracts,
    place: NDArray[np.int32],
    open_interest: NDArray[np.int64],
) -> None:
    """Write what was settled of the contracts at `place` as a Parquet file."""
    symbols = each(place, lambda distinct: osi_symbols(contracts, distinct))
    columns = [symbols.cast(pa.string()), pa.array(open_interest)]
    _write(path, pa.table(columns, schema=INTEREST_SCHEMA), INTEREST_SCHEMA)


def _write(path: Path, table: Column, schema: object) -> None:
    with (
        writing(path) as aside,
        pq.ParquetWriter(aside, schema, compression="zstd") as file,
    ):
        file.write_table(table, max(table.num_rows, 1))
