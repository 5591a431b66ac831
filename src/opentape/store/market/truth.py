"""The truth of a simulated day as files beside its tape; `told` reads them back."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from opentape.market.contract import Contracts
from opentape.simulation.records import INTENTS, STYLES, BookKept, Fault, Truth
from opentape.store.aside import writing
from opentape.store.columns import INSTANT, WORD, Column, instants, known, osi_symbols
from opentape.store.growing import Growing

FOLDER: Final = "truth"
PRINTS: Final = "prints.parquet"
BOOK: Final = "book.parquet"
FAULTS: Final = "faults.parquet"
SIDES: Final = ("buy", "sell")
DIRECTIONS: Final = ("bullish", "bearish", "neutral")
SIGNS: Final = (1, -1, 0)
"""What each of `DIRECTIONS`, and of `SIDES` and nobody, is in a column of numbers."""
_NUMBERED: Any = ["sequence", "parent", "package"]
"""Columns that mostly grow."""

PRINTS_SCHEMA: Final = pa.schema(
    [
        ("sequence", pa.int64()),
        ("parent", pa.int64()),
        ("package", pa.int64()),
        ("structure", WORD),
        ("intent", WORD),
        ("style", WORD),
        ("aggressor", WORD),
        ("customer", WORD),
        ("opens", pa.bool_()),
        ("oi_change", pa.int32()),
        ("roll", pa.bool_()),
        ("hedge", pa.bool_()),
        ("direction", WORD),
        ("busted", pa.bool_()),
    ]
)
MAY_BE_NULL: Final = frozenset({"package", "structure", "aggressor", "customer", "opens"})
HELD: Final = BookKept._fields[1:]
_DEALER: Final = ("dealer", "dealer_close")
BOOK_SCHEMA: Final = pa.schema(
    [("symbol", pa.string()), *((name, pa.int64()) for name in (*HELD, *_DEALER))]
)
FAULTS_SCHEMA: Final = pa.schema(
    [
        ("kind", WORD),
        ("sequence", pa.int64()),
        ("ts_event", INSTANT),
        ("detail", pa.string()),
    ]
)


class TruthWriter:
    """Three files of a day's truth, the prints written batch by batch as they are made.

    Enter it, `write` as the day goes, give it the book and the faults, leave it. The
    files appear when all went well, and then all of them: without a book or faults
    theirs are empty.

    Parameters
    ----------
    folder
        The day's folder; the files go to ``truth`` in it.
    structures
        What each number in a column of structures stands for; the first stands for none.
    contracts
        What the contracts of the book are.
    """

    def __init__(
        self, folder: Path, structures: Sequence[str], contracts: Contracts
    ) -> None:
        self._folder = folder / FOLDER
        self._contracts = contracts
        self._book = BOOK_SCHEMA.empty_table()
        self._faults = FAULTS_SCHEMA.empty_table()
        self._file = Growing(
            self._folder / PRINTS,
            PRINTS_SCHEMA,
            lambda truth: prints_table(truth, structures),
            _joined,
            use_dictionary=words_of(PRINTS_SCHEMA),
            # those of words take a third of the time, and nobody asks for them
            write_statistics=_NUMBERED,
            column_encoding=dict.fromkeys(_NUMBERED, "DELTA_BINARY_PACKED"),
        )

    def __enter__(self) -> Self:
        self._folder.mkdir(exist_ok=True)
        self._file.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.__exit__(kind, error, traceback)
        if kind is not None:
            return
        for name, table in ((BOOK, self._book), (FAULTS, self._faults)):
            with writing(self._folder / name) as file:
                pq.write_table(table, file, compression="zstd")

    def write(self, truth: Truth) -> None:
        """Append what is true of some prints, in the order of the tape."""
        self._file.write(truth)

    def write_book(self, book: BookKept) -> None:
        """Take who held each contract, for when the files are finished.

        Raises
        ------
        BadFile
            If one of the contracts has no OSI symbol.
        """
        self._book = book_table(book, self._contracts)

    def write_faults(self, faults: Iterable[Fault]) -> None:
        """Take what the faults did, for when the files are finished."""
        self._faults = faults_table(faults)


def words_of(schema: Column) -> Any:
    """Return the columns of a schema whose values are words."""
    return [field.name for field in schema if pa.types.is_dictionary(field.type)]


def prints_table(truth: Truth, structures: Sequence[str]) -> Column:
    """Return what is true of prints as an Arrow table, a row a print."""
    columns = [
        pa.array(truth.sequence),
        pa.array(truth.parent),
        known(truth.package, truth.package != 0),
        _told(truth.structure, structures, truth.structure == 0),
        _told(truth.intent, INTENTS),
        _told(truth.style, STYLES),
        _side(truth.aggressor),
        _side(truth.customer),
        known(truth.opens == 1, truth.opens >= 0),
        pa.array(truth.oi_change),
        pa.array(truth.roll),
        pa.array(truth.hedge),
        _told(_place(truth.direction), DIRECTIONS),
        pa.array(truth.busted),
    ]
    return pa.table(columns, schema=PRINTS_SCHEMA)


def book_table(book: BookKept, contracts: Contracts) -> Column:
    """Return who held what as an Arrow table, a row a contract."""
    symbols = osi_symbols(contracts, book.contract) if book.contract.size else []
    held = [pa.array(getattr(book, name)) for name in HELD]
    dealer = book.customer_short - book.customer_long
    close = book.customer_short_close - book.customer_long_close
    return pa.table(
        [pa.array(symbols, pa.string()), *held, pa.array(dealer), pa.array(close)],
        schema=BOOK_SCHEMA,
    )


def faults_table(faults: Iterable[Fault]) -> Column:
    """Return what faults did as an Arrow table, a row a print that one hit."""
    rows = list(faults)
    kinds, sequences, instants_ns, details = zip(*rows, strict=True) if rows else ((),) * 4
    columns = [
        pa.array(kinds, pa.string()).dictionary_encode(),
        pa.array(sequences, pa.int64()),
        instants(np.array(instants_ns, np.int64)),
        pa.array(details, pa.string()),
    ]
    return pa.table(columns, schema=FAULTS_SCHEMA)


def _joined(several: Sequence[Truth]) -> Truth:
    return Truth._make(np.concatenate(columns) for columns in zip(*several, strict=True))


def _told(
    codes: NDArray[np.integer], names: Sequence[str], null: NDArray[np.bool_] | None = None
) -> Column:
    """Return a word a code, the words written once."""
    return pa.DictionaryArray.from_arrays(
        pa.array(codes.astype(np.int32), mask=null), pa.array(names, pa.string())
    )


def _side(signs: NDArray[np.int8]) -> Column:
    return _told(_place(signs), SIDES, signs == 0)


def _place(signs: NDArray[np.int8]) -> NDArray[np.int8]:
    """Return where a sign stands in `SIGNS`; 2 for none."""
    return np.where(signs == 0, 2, signs < 0).astype(np.int8)
