"""The slow naive twin of raw flow: every figure from the list of prints, each time anew."""

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

DOLLAR = 1_000_000_000
SECOND = 1_000_000_000
MINUTE = 60 * SECOND


@dataclass
class Counted:
    """One print that counts, in the order it came."""

    ts: int
    price: int
    size: int
    side: str
    owner: str
    expiry: object = None
    contract: object = None
    row: int = 0
    bid: int | None = None
    ask: int | None = None


def figures(prints):
    """What some prints come to; `prints` is in the order they came."""
    earliest = min(enumerate(prints), key=lambda ip: (ip[1].ts, ip[0]))[1]
    latest = max(enumerate(prints), key=lambda ip: (ip[1].ts, ip[0]))[1]
    biggest = max(p.size for p in prints)
    volume = sum(p.size for p in prints)
    notional = sum(p.price * p.size for p in prints)
    by_side = {
        side: sum(p.size for p in prints if p.side == side)
        for side in ("buy", "sell", "mid")
    }
    return {
        **by_side,
        "trades": len(prints),
        "open": earliest.price,
        "close": latest.price,
        "high": max(p.price for p in prints),
        "low": min(p.price for p in prints),
        "first_ts": earliest.ts,
        "last_ts": latest.ts,
        "biggest": biggest,
        "biggest_ts": min(p.ts for p in prints if p.size == biggest),
        "notional": notional,
        "vwap_nanos": int(Fraction(notional, volume) + Fraction(1, 2)),
    }


def buckets(prints, width, kept=None, newest=None):
    """Figures by when a bucket begins, oldest first; only the newest `kept` widths."""
    groups = defaultdict(list)
    for p in prints:
        groups[p.ts // width * width].append(p)
    if kept is not None:
        newest = max(groups, default=0) if newest is None else newest // width * width
        groups = {at: g for at, g in groups.items() if at > newest - kept * width}
    return {at: figures(groups[at]) for at in sorted(groups)}
