"""A day's figures in the order of the report."""

from collections import Counter
from collections.abc import Sequence
from itertools import chain

from opentape.desk.calibrate import figures, listed, truths
from opentape.desk.calibrate.anchors import ASSUMPTIONS
from opentape.desk.calibrate.gather import Day
from opentape.desk.calibrate.reply import Calibrated, Calibration
from opentape.market.chain import Chain
from opentape.market.errors import BadFile
from opentape.market.open_interest import OpenInterest
from opentape.simulation.records import Fault


def calibrate(
    day: Day,
    before: OpenInterest,
    after: OpenInterest,
    chains: Sequence[Chain],
    faults: Sequence[Fault] = (),
) -> Calibration:
    """Return each figure of a day beside its anchor.

    Parameters
    ----------
    day
        Prints with what is true of them.
    before, after
        Open interest of the morning, and of the next one.
    chains
        Quotes at one moment of the session, of each underlying.
    faults
        What was done to the tape.

    Raises
    ------
    BadFile
        If no print of the tape is in its truth.
    """
    if not day.prints.rows:
        raise BadFile("a tape must share prints with its truth, was one that shares none")
    rows = chain(
        figures.activity(day),
        figures.sizes(day),
        figures.places(day),
        figures.kinds(day),
        truths.signing(day),
        truths.execution(day),
        listed.interest(day, before, after),
        listed.widths(chains),
    )
    underlyings = day.contracts.underlyings(day.prints.contract)
    return Calibration(
        date=figures.date_of(day).isoformat(),
        prints=day.prints.rows,
        contracts=int(day.prints.size.sum()),
        symbols=len(set(underlyings.tolist())),
        faults=dict(sorted(Counter(fault.kind for fault in faults).items())),
        rows=list(rows),
    )


def calibrated(days: Sequence[Calibration]) -> Calibrated:
    """Return days with what none of their figures tells."""
    return Calibrated(days=list(days), assumptions=list(ASSUMPTIONS))
