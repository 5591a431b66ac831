"""Flaws of a feed in words."""

from collections.abc import Callable, Mapping
from typing import Final

from opentape.desk import words
from opentape.flow.quality.records import Flaw, Kind
from opentape.market.money import NANOS
from opentape.market.venues import MICS

_MS: Final = 1_000_000
_SECOND_NS: Final = 1_000_000_000


def meaning(kind: Kind) -> str:
    """Return what a kind of flaw is."""
    return words.of_fields(Kind)[kind.name]


def sentence(flaw: Flaw) -> str:
    """Return what happened, in a sentence."""
    return _TOLD[flaw.kind](flaw)


def _rows(flaw: Flaw, one: str, several: str) -> str:
    """Return what one row did, or what several did."""
    count = flaw.count
    return f"1 {one}." if count == 1 else f"{count:,} {several}."


def _plain(one: str, several: str) -> Callable[[Flaw], str]:
    return lambda flaw: _rows(flaw, one, several)


def _gap(flaw: Flaw) -> str:
    first, last = flaw.sequence, flaw.value
    if first == last:
        return f"The number {first} never came."
    return f"{flaw.count:,} numbers from {first} to {last} never came."


def _disorder(flaw: Flaw) -> str:
    by = flaw.value
    told = _rows(flaw, "row stood out of the order", "rows stood out of the order")[:-1]
    if by == 0:
        return f"{told} of the numbers, so far behind that its place was given up."
    way = "behind" if by > 0 else "before"
    return f"{told} of the numbers, the first by {abs(by):,} {way} its place."


def _late(flaw: Flaw) -> str:
    behind = flaw.value / _SECOND_NS
    told = _rows(flaw, "print came late", "prints came late")[:-1]
    return f"{told}, the first {behind:.1f} s behind the tape."


def _skew(flaw: Flaw) -> str:
    ms = flaw.value / _MS
    way = "ahead" if ms > 0 else "behind"
    mic = MICS[flaw.venue]
    return f"The clock of {mic} is about {abs(ms):,.0f} ms {way}."


def _wrong_time(flaw: Flaw) -> str:
    seconds = flaw.value / _SECOND_NS
    way = "ahead of" if seconds > 0 else "behind"
    told = _rows(flaw, "row is stamped", "rows are stamped")[:-1]
    return f"{told} far from its place, the first by {abs(seconds):,.0f} s {way} it."


def _off(flaw: Flaw) -> str:
    told = _rows(flaw, "print stands", "prints stand")[:-1]
    by = flaw.value / NANOS
    return f"{told} far outside the quote, the first by {by:g} dollars a share."


def _price(flaw: Flaw) -> str:
    told = _rows(flaw, "print has", "prints have")[:-1]
    return f"{told} a price that cannot be, the first {flaw.value / NANOS:g}."


def _busted(flaw: Flaw) -> str:
    told = _rows(flaw, "print is named by a cancel", "prints are named by cancels")
    if not flaw.value:
        return told
    return f"{told[:-1]}, which took nothing back: the first was rejected or came later."


def _missing_oi(flaw: Flaw) -> str:
    if flaw.place < 0:
        return "No open interest was told for the date."
    return _rows(
        flaw,
        "contract is listed or trades and has no open interest",
        "contracts are listed or trade and have no open interest",
    )


def _wrong_oi(flaw: Flaw) -> str:
    told = _rows(flaw, "contract's open interest", "contracts' open interest")[:-1]
    return f"{told} moved by more than was traded, the first by {flaw.value:+,}."


def _repeated_oi(flaw: Flaw) -> str:
    return (
        f"The open interest of {flaw.count:,} contracts is that of the morning "
        "before, although they traded."
    )


_TOLD: Final[Mapping[Kind, Callable[[Flaw], str]]] = {
    Kind.GAP: _gap,
    Kind.DUPLICATE: _plain("row came again", "rows came again"),
    Kind.DISORDER: _disorder,
    Kind.LATE: _late,
    Kind.CLOCK_SKEW: _skew,
    Kind.CROSSED_NBBO: _plain(
        "print has a bid above its ask", "prints have a bid above their ask"
    ),
    Kind.MISSING_NBBO: _plain("print lacks its bid or ask", "prints lack their bid or ask"),
    Kind.STALE_NBBO: _plain("quote is marked as too old", "quotes are marked as too old"),
    Kind.OFF_QUOTE: _off,
    Kind.IMPOSSIBLE_PRICE: _price,
    Kind.IMPOSSIBLE_SIZE: _plain(
        "print has a size that cannot be", "prints have a size that cannot be"
    ),
    Kind.EXPIRED_CONTRACT: _plain(
        "print is of a contract that had expired",
        "prints are of contracts that had expired",
    ),
    Kind.EARLIER_DATE: _plain(
        "row is of a date that is over", "rows are of a date that is over"
    ),
    Kind.BUSTED_PRINT: _busted,
    Kind.UNMATCHED_CANCEL: _plain("cancel names no print", "cancels name no print"),
    Kind.MISSING_OI: _missing_oi,
    Kind.REPEATED_OI: _repeated_oi,
    Kind.WRONG_OI: _wrong_oi,
    Kind.WRONG_TIME: _wrong_time,
}
