"""The formats that a tape can be written in, each by its name on the command line."""

from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

from opentape.market.columns import PrintBatch
from opentape.market.contract import Contracts
from opentape.market.errors import BadSetting
from opentape.store.vendors.cboe import open_cboe
from opentape.store.vendors.lines import PrintSink
from opentape.store.vendors.massive import open_massive
from opentape.store.vendors.missing import MASSIVE_QUOTED, LeftOut, Missing
from opentape.store.vendors.thetadata import open_thetadata

_Open = Callable[[Path, Contracts], AbstractContextManager[PrintSink]]


def _open_dbn(path: Path, contracts: Contracts) -> AbstractContextManager[PrintSink]:
    # databento_dbn costs a tenth of a second, which only its own files should pay
    from opentape.store.vendors.dbn import open_dbn  # noqa: PLC0415

    return open_dbn(path, contracts)


FORMATS: Final[dict[str, _Open]] = {
    "cboe": open_cboe,
    "thetadata": open_thetadata,
    "massive": open_massive,
    "dbn": _open_dbn,
}


class VendorFile:
    """A file in a vendor's format that is being written."""

    def __init__(self, sink: PrintSink, left_out: LeftOut) -> None:
        self._sink = sink
        self._left_out = left_out
        self._came = 0

    @property
    def left_out(self) -> Mapping[str, int]:
        """What the format had no place for, in words, and how many rows told it."""
        return self._left_out.rows

    @property
    def rows(self) -> int:
        """How many rows were written."""
        return self._came - self._left_out.rows[Missing.CANCELS]

    def write(self, batch: PrintBatch) -> None:
        """Append the rows of a batch.

        Raises
        ------
        BadFile
            If the format cannot spell one of its contracts.
        """
        self._sink.write(batch)
        self._left_out.count(batch)
        self._came += batch.rows


@contextmanager
def vendor_file(
    form: str, path: Path, contracts: Contracts, quotes: Path | None = None
) -> Generator[VendorFile, None, None]:
    """Open a file of prints in a vendor's format.

    Parameters
    ----------
    form : str
        One of `FORMATS`.
    contracts : Contracts
        What the batches are decoded with; may grow while they are written.
    quotes : Path, optional
        Where the quotes of Massive trades go, which have a file of their own.

    Raises
    ------
    BadFile
        If a name is not that of such a file, or one cannot be written.
    BadSetting
        If there is a name for quotes and the format has them with its prints.
    """
    if quotes is not None and form != "massive":
        raise BadSetting(f"only massive keeps quotes in a file of their own, was {form}")
    if quotes is None:
        file, key = FORMATS[form](path, contracts), form
    else:
        file, key = open_massive(path, contracts, quotes), MASSIVE_QUOTED
    with file as sink:
        yield VendorFile(sink, LeftOut(key, contracts))
