"""Settings and paths to objects: the one place that knows both the desk and the ring."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from opentape.desk.audit.ports import TruthBeside
from opentape.desk.ports import Tape
from opentape.feeds import open_interest, tape
from opentape.feeds.chains import read as chains
from opentape.feeds.chains.read import ChainFile
from opentape.flow.options import FlowOptions
from opentape.flow.signal import Signals
from opentape.market.contract import Contracts
from opentape.market.open_interest import OpenInterest
from opentape.market.tape import Skips
from opentape.pricing.american import rows
from opentape.pricing.jit import is_compiled
from opentape.store import aside, prints, signals
from opentape.store.market import days, told
from opentape.store.market.days import DayFiles
from opentape.store.vendors import formats

__all__ = [
    "ChainFile",
    "DayFiles",
    "chains_are_compiled",
    "market_days",
    "open_tape",
    "open_truth",
    "print_writer",
    "read_chain",
    "read_chains",
    "read_open_interest",
    "write_file",
    "write_signals",
]

OWN_FORMAT: Final = "opentape"


def open_tape(paths: Sequence[Path], quotes: Path | None = None) -> Tape:
    """Return the prints of one or several files, each recognised by its content."""
    return tape.open_tape(paths, quotes=quotes)


def market_days(folder: Path) -> list[DayFiles]:
    """Return the days of a simulated market, oldest first."""
    return days.days_of(folder)


def open_truth(folder: Path) -> TruthBeside:
    """Return what is true of a simulated day, read when it is asked for."""
    return told.StoredTruth(folder)


def read_chain(
    paths: Sequence[Path],
    contracts: Contracts | None = None,
    *,
    symbol: str | None = None,
    spot: float | None = None,
    as_of_ns: int | None = None,
) -> ChainFile:
    """Return the chain in one or several files, recognised by its content."""
    return chains.read_chain(paths, contracts, symbol=symbol, spot=spot, as_of_ns=as_of_ns)


def read_chains(paths: Sequence[Path], contracts: Contracts) -> list[ChainFile]:
    """Return the chain of each underlying in one or several files."""
    return chains.read_chains(paths, contracts)


def chains_are_compiled() -> bool:
    """Return whether an earlier run left the machine code that chains need."""
    return is_compiled(rows.solve)


def read_open_interest(path: Path, contracts: Contracts) -> tuple[OpenInterest, Skips]:
    """Return the settled open interest in a file, and the rows that told none."""
    return open_interest.read_open_interest(path, contracts)


def write_signals(
    path: Path, answer: Signals, contracts: Contracts, options: FlowOptions
) -> None:
    """Write the signals of one answer, in their order, as a Parquet file."""
    signals.write_signals(path, answer, contracts, options)


def print_writer(
    path: Path,
    contracts: Contracts,
    *,
    form: str = OWN_FORMAT,
    quotes: Path | None = None,
) -> AbstractContextManager[prints.PrintWriter | formats.VendorFile]:
    """Return a file of prints, to be entered and written to batch by batch.

    Parameters
    ----------
    form : str
        Our own columns, or the name of a vendor's format.
    quotes : Path, optional
        Where the quotes go, of a format that has them apart.

    Raises
    ------
    BadFile
        If the name is not that of such a file.
    BadSetting
        If there is a name for quotes and the format has them with its prints.
    """
    if form == OWN_FORMAT and quotes is None:
        return prints.PrintWriter(path, contracts)
    return formats.vendor_file(form, path, contracts, quotes)


def write_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    with aside.writing(path) as file:
        file.write_bytes(content)
