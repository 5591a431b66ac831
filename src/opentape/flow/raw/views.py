"""What a reader sees of raw flow: the tape of one underlying as it stood at an instant.

A view never changes, so that any number of questions read it on any thread.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.flow.raw.records import ALWAYS, NEVER, Bucket, buckets_of
from opentape.flow.raw.shelf import joined, taken
from opentape.flow.raw.table import merged
from opentape.flow.records import Records
from opentape.market.money import NANOS, UNKNOWN


class Series(NamedTuple):
    """Buckets in the order (ts, slot)."""

    closed: Records
    opened: Records
    """Those that prints are still expected in, as they were."""
    since_ns: int
    """Nothing is kept of what began earlier."""

    def after(self, ts_ns: int) -> Records:
        """Return the buckets that began after an instant."""
        first = max(ts_ns + 1, self.since_ns)
        at = int(np.searchsorted(self.closed["ts"], first))
        opened = self.opened
        return joined([self.closed[at:], taken(opened, opened["ts"] >= first)])

    @property
    def start_ns(self) -> int | None:
        """When the first print that is kept came, None where there is none."""
        at = int(np.searchsorted(self.closed["ts"], self.since_ns))
        kept = self.closed[at : at + 1] if at < self.closed.size else self.after(NEVER)
        return int(kept["first_ts"][0]) if kept.size else None


def total(records: Records) -> Bucket | None:
    """Return buckets of one slot as one, None where there are none."""
    found = buckets_of(merged(records, ALWAYS))
    return found[0] if found else None


class OptionView(NamedTuple):
    """Option prints of one underlying."""

    minutes: Series
    """Of all its options together."""
    by_expiry: Series
    """Of each expiry; its slot is in `slots`."""
    slots: Mapping[int, int]
    """By expiry, days since 1970."""
    expiries: NDArray[np.int64]
    """Days since 1970, beside `traded`."""
    traded: NDArray[np.int32]
    """Contracts of each expiry that traded in the minutes that are kept."""
    recent: Records
    """`raw.records.TRADE`: the newest prints, in the order they came."""
    blocks: Records
    """The newest of 100 contracts or more, in the order they came."""

    def after(self, ts_ns: int, expiry_days: int | None = None) -> Records:
        """Return the minutes that began after an instant, of one expiry if it is given."""
        if expiry_days is None:
            return self.minutes.after(ts_ns)
        found = self.by_expiry.after(ts_ns)
        return taken(found, found["slot"] == self.slots.get(expiry_days, -1))

    def contracts(self, expiry_days: int | None = None) -> int:
        """Return how many contracts traded in the minutes that are kept."""
        if expiry_days is None:
            return int(self.traded.sum())
        return int(self.traded[self.expiries == expiry_days].sum())


class Quote(NamedTuple):
    """The newest print of a stock and the quote before it."""

    ts: int
    """Of the print, nanoseconds since 1970 UTC."""
    price: float
    """Dollars a share, as are bid and ask."""
    bid: float | None
    ask: float | None
    bid_size: int
    """Shares; 0 where the feed does not say."""
    ask_size: int


class StockView(NamedTuple):
    """Prints of one stock."""

    minutes: Series
    seconds: Series
    recent: Records
    """`raw.records.TRADE`: the newest prints, in the order they came."""
    blocks: Records
    """The newest of 10,000 shares or more, in the order they came."""
    quote: Quote


def dollars(nanos: int) -> float | None:
    """Return nanodollars as dollars, None where they are unknown."""
    return None if nanos == UNKNOWN else nanos / NANOS
