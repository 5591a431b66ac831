"""Settings and paths to objects: the one place that knows both the desk and the ring."""

from collections.abc import Sequence
from pathlib import Path

from opentape.desk.ports import Tape
from opentape.feeds import open_interest, tape
from opentape.flow.options import FlowOptions
from opentape.flow.signal import Signals
from opentape.market.contract import Contracts
from opentape.market.open_interest import OpenInterest
from opentape.market.tape import Skips
from opentape.store import prints, signals


def open_tape(paths: Sequence[Path], quotes: Path | None = None) -> Tape:
    """Return the prints of one or several files, each recognised by its content."""
    return tape.open_tape(paths, quotes=quotes)


def read_open_interest(path: Path, contracts: Contracts) -> tuple[OpenInterest, Skips]:
    """Return the settled open interest in a file, and the rows that told none."""
    return open_interest.read_open_interest(path, contracts)


def write_signals(
    path: Path, answer: Signals, contracts: Contracts, options: FlowOptions
) -> None:
    """Write the signals of one answer, in their order, as a Parquet file."""
    signals.write_signals(path, answer, contracts, options)


def print_writer(path: Path, contracts: Contracts) -> prints.PrintWriter:
    """Return a Parquet file of prints, to be entered and written to batch by batch."""
    return prints.PrintWriter(path, contracts)
