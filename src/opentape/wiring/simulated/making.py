"""What was asked of a simulated market to the objects that make it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from opentape import __version__
from opentape.desk.simulate import Breaking
from opentape.simulation.faults import Faults, parse_faults
from opentape.simulation.market import Session
from opentape.simulation.options import MarketOptions
from opentape.store.market.folder import DayFolder, about, prepare

__all__ = ["MarketOptions", "Plan", "plan", "quotes_path", "vendor_path"]

_VENDORS: Final = {
    "cboe": "cboe.csv.gz",
    "thetadata": "thetadata.csv.gz",
    "massive": "massive.csv.gz",
    "dbn": "databento.dbn.zst",
}
_FORMATS: Final = "formats"


class Plan(NamedTuple):
    """A market that is about to be made."""

    options: MarketOptions
    faults: Mapping[str, float]
    breaking: Callable[[Session], Breaking]

    def prepare(self, out: Path) -> None:
        """Make `out`, or take away the market that stands in it."""
        prepare(out)

    def folder(self, out: Path, session: Session, *, alone: bool) -> DayFolder:
        """Return the folder of a session: `out` itself for a day that stands alone."""
        told = about(session, self.options, version=__version__, faults=self.faults)
        return DayFolder(out if alone else out / f"{session.date}", session, told)


def plan(options: MarketOptions, faults: str | None = None) -> Plan:
    """Return what makes a market.

    Raises
    ------
    BadSetting
        If it cannot be: a fault that is none.
    """
    rates = {} if faults is None else parse_faults(faults)

    def breaking(session: Session) -> Breaking:
        scene = session.scene
        return Faults(rates, session.listing.contracts, scene.seed, scene.day)

    return Plan(options, {kind.value: rate for kind, rate in rates.items()}, breaking)


def vendor_path(folder: Path, form: str) -> Path:
    """Return where a day's tape goes in a vendor's format."""
    (folder / _FORMATS).mkdir(exist_ok=True)
    return folder / _FORMATS / _VENDORS[form]


def quotes_path(folder: Path, form: str) -> Path | None:
    """Return where its quotes go, of a format that has them apart."""
    return folder / _FORMATS / "massive-quotes.csv.gz" if form == "massive" else None
