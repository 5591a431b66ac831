"""The truth of a simulated day, as `truth.TruthWriter` wrote it, read back as columns."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from opentape.market.contract import NO_CONTRACT, Contracts
from opentape.market.errors import BadFile
from opentape.simulation.customers.structures import NAMES
from opentape.simulation.records import INTENTS, STYLES, BookKept, Fault, Truth
from opentape.store.columns import Column
from opentape.store.market.truth import (
    BOOK,
    BOOK_SCHEMA,
    DIRECTIONS,
    FAULTS,
    FAULTS_SCHEMA,
    FOLDER,
    HELD,
    MAY_BE_NULL,
    PRINTS,
    PRINTS_SCHEMA,
    SIDES,
    SIGNS,
    words_of,
)


class StoredTruth:
    """The truth that stands beside a tape; fills `desk.audit.ports.TruthBeside`.

    Raises
    ------
    BadFile
        If the folder holds no truth, or one of its files is something else.
    """

    def __init__(self, folder: Path, structures: Sequence[str] = NAMES) -> None:
        self._folder = folder
        self._structures = structures
        for name in (PRINTS, BOOK, FAULTS):
            if not (folder / FOLDER / name).is_file():
                raise BadFile(
                    f"a simulated day needs {FOLDER}/{name} beside its tape, was {folder}"
                )

    def prints(self) -> Truth:
        """Return what is true of each row of the tape."""
        return read_truth(self._folder, self._structures)

    def book(self, contracts: Contracts) -> BookKept:
        """Return who held each contract, its place that in `contracts`."""
        return read_book(self._folder, contracts)

    def faults(self) -> tuple[Fault, ...]:
        """Return what was done to the tape."""
        return read_faults(self._folder)


def read_truth(folder: Path, structures: Sequence[str] = NAMES) -> Truth:
    """Return what is true of each row of a tape, as `TruthWriter` wrote it.

    Raises
    ------
    BadFile
        If the file is damaged, lacks a column or has a word that it should not.
    """
    path = folder / FOLDER / PRINTS
    table = _read(path, PRINTS_SCHEMA)
    signs: dict[str, int] = dict(zip(SIDES, SIGNS, strict=False))
    places: dict[str, dict[str, int]] = {
        "structure": {name: code for code, name in enumerate(structures)},
        "intent": {name: code for code, name in enumerate(INTENTS)},
        "style": {name: code for code, name in enumerate(STYLES)},
        "aggressor": signs,
        "customer": signs,
        "direction": dict(zip(DIRECTIONS, SIGNS, strict=True)),
    }
    words = {name: _codes(table, name, codes, path) for name, codes in places.items()}
    opens = table["opens"].cast(pa.int8()).fill_null(-1)
    return Truth(
        sequence=_numbers(table["sequence"]),
        parent=_numbers(table["parent"]),
        package=_numbers(table["package"].fill_null(0)),
        structure=words["structure"].astype(np.uint8),
        intent=words["intent"].astype(np.uint8),
        style=words["style"].astype(np.uint8),
        aggressor=words["aggressor"],
        customer=words["customer"],
        opens=_numbers(opens),
        oi_change=_numbers(table["oi_change"]),
        roll=_numbers(table["roll"]),
        hedge=_numbers(table["hedge"]),
        direction=words["direction"],
        busted=_numbers(table["busted"]),
    )


def read_book(folder: Path, contracts: Contracts) -> BookKept:
    """Return who held each contract; contracts not yet in the table are added to it.

    Raises
    ------
    BadFile
        If the file is damaged, lacks a column or names something that is no contract.
    """
    path = folder / FOLDER / BOOK
    table = _read(path, BOOK_SCHEMA)
    symbols: list[str] = table["symbol"].to_pylist()
    places = contracts.intern(symbols)
    if (places == NO_CONTRACT).any():
        odd = symbols[int(np.argmax(places == NO_CONTRACT))]
        raise BadFile(f"a symbol in {path} must be an OSI symbol, was {odd!r}")
    return BookKept(places, *(_numbers(table[name]) for name in HELD))


def read_faults(folder: Path) -> tuple[Fault, ...]:
    """Return what was done to a tape.

    Raises
    ------
    BadFile
        If the file is damaged or lacks a column.
    """
    table = _read(folder / FOLDER / FAULTS, FAULTS_SCHEMA)
    instants_ns = _numbers(table["ts_event"].cast(pa.int64())).tolist()
    columns = (
        table["kind"].to_pylist(),
        table["sequence"].to_pylist(),
        instants_ns,
        table["detail"].to_pylist(),
    )
    return tuple(Fault(*row) for row in zip(*columns, strict=True))


def _codes(
    table: Column, name: str, places: dict[str, int], path: Path
) -> NDArray[np.int8]:
    """Return the number that stands for each word of a column, 0 for null."""
    parts: list[NDArray[np.int8]] = [np.empty(0, np.int8)]
    for chunk in table[name].chunks:
        words: list[str] = chunk.dictionary.to_pylist()
        odd = [word for word in words if word not in places]
        if odd:
            usual = ", ".join(places)
            raise BadFile(f"{name} in {path} must be one of {usual}, was {odd[0]!r}")
        # the last place, which an index of -1 finds, is null
        by_index = np.array([*(places[word] for word in words), 0], np.int8)
        indices = chunk.indices.fill_null(-1)
        parts.append(by_index[indices.to_numpy(zero_copy_only=False)])
    return np.concatenate(parts)


def _read(path: Path, schema: Column) -> Column:
    try:
        table = pq.read_table(path, read_dictionary=words_of(schema), memory_map=True)
    except (pa.ArrowException, OSError) as error:
        raise BadFile(
            f"{path} must be a Parquet file of simulated truth: {error}"
        ) from error
    missing = [name for name in schema.names if name not in table.column_names]
    if missing:
        raise BadFile(f"{path} must have a column {missing[0]}, which it lacks")
    for field in schema:
        column = table[field.name]
        if column.null_count and field.name not in MAY_BE_NULL:
            raise BadFile(
                f"{column.null_count} rows of {field.name} in {path} must not be null"
            )
    try:
        return table.select(schema.names).cast(schema)
    except pa.ArrowException as error:
        raise BadFile(f"{path} has a column of another type: {error}") from error


def _numbers(column: Column) -> NDArray[Any]:
    return column.to_numpy()
