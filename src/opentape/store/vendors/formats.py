"""The formats that a tape can be written in, each by its name on the command line."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from opentape.market.contract import Contracts
from opentape.market.errors import BadSetting
from opentape.store.vendors.cboe import open_cboe
from opentape.store.vendors.lines import PrintSink
from opentape.store.vendors.massive import open_massive
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


def vendor_file(
    form: str, path: Path, contracts: Contracts, quotes: Path | None = None
) -> AbstractContextManager[PrintSink]:
    """Return a file of prints in a vendor's format, to be entered and written to.

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
    BadSetting
        If there is a name for quotes and the format has none apart.
    """
    if quotes is None:
        return FORMATS[form](path, contracts)
    if form != "massive":
        raise BadSetting(f"quotes have a file of their own in massive alone, was {form}")
    return open_massive(path, contracts, quotes)
