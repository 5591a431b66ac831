"""What is in the columns of a session, however it is stored, as one hash a column."""

from collections.abc import Mapping
from hashlib import sha256

import numpy as np

from opentape.market.columns import PrintBatch, StockBatch
from opentape.store.lake.sheets import Sheet


class Columns:
    """A hash of each column, of rows that are added in the order they came."""

    def __init__(self, sheet: Sheet) -> None:
        self._hashes = {name: sha256() for name in sheet.batch._fields}

    def add(self, batch: PrintBatch | StockBatch) -> None:
        """Take more rows."""
        for found, column in zip(self._hashes.values(), batch, strict=True):
            found.update(np.ascontiguousarray(column, column.dtype.newbyteorder("<")).data)

    def told(self) -> Mapping[str, str]:
        """Return the hash of each column by name: SHA-256 of its little-endian bytes."""
        return {name: found.hexdigest() for name, found in self._hashes.items()}
