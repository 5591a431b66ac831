"""The kinds of faults, and how often each is asked for."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from opentape.market.errors import BadSetting
from opentape.market.money import NANOS, UNKNOWN
from opentape.simulation.records import Delivered, Fault

ALL: Final = "all"
"""In place of a kind: every kind that is not named itself."""


class FaultKind(StrEnum):
    """What can go wrong between a venue and a tape; what a rate is a share of."""

    GAP = "gap"
    """Runs of rows vanish; of rows."""
    DUPLICATE = "duplicate"
    """A row is delivered again; of rows."""
    DISORDER = "disorder"
    """A row stands elsewhere in the file than its time says; of rows."""
    STALE_NBBO = "stale_nbbo"
    """A print carries the quote of some seconds before; of prints."""
    CROSSED_NBBO = "crossed_nbbo"
    """A print carries a bid above its ask; of prints."""
    MISSING_NBBO = "missing_nbbo"
    """A print lacks its bid, its ask or both; of prints."""
    BUSTED_PRINT = "busted_print"
    """A print that was never made, priced or sized absurdly, and its cancel; of prints."""
    WRONG_OI = "wrong_oi"
    """Open interest of a contract is multiplied, zero or missing; of contracts."""
    CLOCK_SKEW = "clock_skew"
    """The clock of a venue is off for some minutes; of the minutes of all venues."""
    IMPOSSIBLE_PRICE = "impossible_price"
    """A print has a hundred times its ask for a price; of prints."""
    WRONG_TIME = "wrong_time"
    """A row is stamped minutes to hours ahead, or before the session; of prints."""
    REPEATED_OI = "repeated_oi"
    """The next morning tells the open interest of this one again; of mornings."""


def parse_faults(text: str) -> dict[FaultKind, float]:
    """Return the rates that ``KIND=RATE,KIND=RATE`` asks for, in the order of the kinds.

    Parameters
    ----------
    text
        Kinds are written with a dash or an underscore; ``all`` stands for every kind that
        is not named itself. Rates are above 0 and at most 1.

    Raises
    ------
    BadSetting
        If a kind is not known or given twice, or a rate is none.

    Examples
    --------
    >>> parse_faults("gap=0.001,stale-nbbo=0.01")
    {<FaultKind.GAP: 'gap'>: 0.001, <FaultKind.STALE_NBBO: 'stale_nbbo'>: 0.01}
    """
    named: dict[str, float] = {}
    for item in text.split(","):
        word, _, rate = item.partition("=")
        kind = _kind_of(word, item)
        if kind in named:
            raise BadSetting(f"a fault must be given once, was {kind} twice in {text!r}")
        named[kind] = _rate_of(kind, rate)
    usual = named.get(ALL, 0.0)
    rates = {kind: named.get(kind, usual) for kind in FaultKind}
    return {kind: rate for kind, rate in rates.items() if rate}


def _kind_of(word: str, item: str) -> str:
    kind = word.strip().lower().replace("-", "_")
    if kind != ALL and kind not in set(FaultKind):
        known = ", ".join((*FaultKind, ALL))
        raise BadSetting(
            f"a fault must be KIND=RATE with a kind of {known}, was {item.strip()!r}"
        )
    return kind


def _rate_of(kind: str, text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0.0 < rate <= 1.0:
        raise BadSetting(
            f"the rate of {kind} must be above 0 and at most 1, was {text.strip()!r}"
        )
    return rate


def entries(kind: FaultKind, hit: Delivered, details: Iterable[str]) -> list[Fault]:
    """Return the log of one kind: what it did to each of some rows, which are as made."""
    facts = zip(hit.sequence.tolist(), hit.ts_event.tolist(), details, strict=True)
    return [Fault(kind.value, *fact) for fact in facts]


def spelled(nanos: int) -> str:
    """Return money as a log writes it."""
    return "none" if nanos == UNKNOWN else f"{nanos / NANOS:.12g}"
