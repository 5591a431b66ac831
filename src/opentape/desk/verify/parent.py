"""The prints of a signal taken together: what it says of itself, worked out again."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from opentape.desk.verify.quote import Print, aggressor_of, side_of, state_of
from opentape.flow.options import GatherOptions
from opentape.market.calendar import SECOND_NS, iso, session_of, trade_date
from opentape.market.conditions import CLASSES, FLAGS, Condition
from opentape.market.contract import Contract
from opentape.market.money import NANOS, UNKNOWN
from opentape.market.venues import MICS

_LABELS: Final = ("mid", "at_ask", "at_bid", "above_ask", "below_bid")
"""In the order that a tie is settled."""
_ISO: Final = (Condition.ISO, Condition.AUCTION_ISO)
_FLAGS: Final = {rule.condition: rule.flags for rule in CLASSES}
_CENT: Final = NANOS // 100
_TICK: Final = NANOS // 10_000
"""Average prices have four decimals."""
_MS: Final = 1_000_000


class Parent(NamedTuple):
    """What the prints of a signal come to; the names are those of the signal's fields."""

    id: str
    symbol: str
    ts: str
    last_ts: str
    side: str
    aggressor: str
    structure: str
    size: int
    price: float
    premium: float
    price_min: float
    price_max: float
    legs: int
    venues: list[str]
    iso_legs: int
    nbbo_state: str
    flags: list[str]
    """Of the conditions alone."""
    dte: int
    spot: float | None
    """At the first leg, dollars; None where the tape does not tell."""


def parent_of(
    prints: Sequence[Print], contract: Contract, options: GatherOptions
) -> Parent:
    """Return what the prints of one contract come to, as one parent."""
    first = min(prints, key=lambda one: (one.ts, one.sequence, one.row))
    last = max(one.ts for one in prints)
    size = sum(one.size for one in prints)
    paid = sum(one.price * one.size for one in prints)
    late = {one: _timely(one, options) for one in prints}
    side = side_of(first, timely=late[first])
    labels = Counter[str]()
    for one in prints:
        labels[aggressor_of(one, timely=late[one])] += one.size
    number = first.sequence if first.sequence > 0 else f"r{first.row}"
    flagged = {flag for one in prints for flag in _FLAGS[Condition(one.condition)]}
    return Parent(
        id=f"{contract.root}-{first.ts}-{contract.expiry:%Y%m%d}-{contract.strike_mills}"
        f"{contract.right}-{side}-{size}-{MICS[first.venue]}-{number}",
        symbol=contract.underlying,
        ts=iso(first.ts),
        last_ts=iso(last),
        side=side,
        aggressor=max(_LABELS, key=labels.__getitem__),
        structure="sweep" if _is_sweep(prints, strict=options.sweep_strict) else "block",
        size=size,
        price=_half_up(paid // size, _TICK) / 10_000,
        premium=_half_up(paid * contract.multiplier, _CENT) / 100,
        price_min=min(one.price for one in prints) / NANOS,
        price_max=max(one.price for one in prints) / NANOS,
        legs=len(prints),
        venues=sorted({MICS[one.venue] for one in prints}),
        iso_legs=sum(one.condition in _ISO for one in prints),
        nbbo_state=state_of(first),
        flags=[flag for flag in FLAGS if flag in flagged],
        dte=(contract.expiry - trade_date(first.ts)).days,
        spot=None if first.spot == UNKNOWN else first.spot / NANOS,
    )


def flaw_of(prints: Sequence[Print], options: GatherOptions) -> str | None:
    """Return why prints cannot be one parent, None if they can."""
    if len({one.contract for one in prints}) > 1:
        return "its prints are of several contracts"
    if len({side_of(one, timely=_timely(one, options)) for one in prints}) > 1:
        return "its prints are of several sides"
    times = sorted(one.ts for one in prints)
    if any(after - before > options.gap_ms * _MS for before, after in pairwise(times)):
        return f"its prints are more than {options.gap_ms} ms apart"
    if times[-1] - times[0] > options.max_span_ms * _MS:
        return f"its prints span more than {options.max_span_ms} ms"
    return None


def _timely(one: Print, options: GatherOptions) -> bool:
    session = session_of(trade_date(one.ts)) if options.unsigned_open_seconds else None
    if session is None:
        return True
    after = one.ts - session.start_ns
    return not 0 <= after < options.unsigned_open_seconds * SECOND_NS


def _is_sweep(prints: Sequence[Print], *, strict: bool) -> bool:
    if not strict or len(prints) == 1:
        return len(prints) > 1
    told = (
        len({one.venue for one in prints}) > 1
        or len({one.price for one in prints}) > 1
        or any(one.condition in _ISO for one in prints)
    )
    # what one venue printed in one nanosecond is one order shared out
    return told and len({(one.ts, one.venue) for one in prints}) > 1


def _half_up(amount: int, unit: int) -> int:
    return (amount + unit // 2) // unit
