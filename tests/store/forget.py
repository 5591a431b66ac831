"""A tape as it would be had it never told some things: what a format gives back."""

from typing import Any

import numpy as np

from opentape.feeds.order import in_fold_order
from opentape.market.columns import STALE_QUOTE, VENUE_QUOTE, WITHDRAWN, PrintBatch
from opentape.market.conditions import Condition
from opentape.market.contract import Contracts
from opentape.market.money import UNKNOWN
from opentape.market.venues import MICS
from opentape.store.vendors.missing import Missing

MS = 1_000_000
QUOTES = VENUE_QUOTE | STALE_QUOTE


def without(
    batch: PrintBatch, contracts: Contracts, missing: tuple[Missing, ...]
) -> tuple[PrintBatch, Contracts]:
    """A tape as it would be had it never told some things, in fold order again."""
    columns = {name: column.copy() for name, column in batch._asdict().items()}
    for each in missing:
        if each is Missing.MULTIPLIERS:
            contracts = with_multipliers(contracts, {})
        else:
            FORGET[each](columns)
    told = PrintBatch(**columns)._replace(row=np.arange(columns["row"].size))
    if Missing.CANCELS in missing:
        told = told.take(told.condition != Condition.CANCEL)
    return in_order(told), contracts


def in_order(batch: PrintBatch) -> PrintBatch:
    if not batch.rows:
        return batch
    return PrintBatch.joined(list(in_fold_order([batch])))


def with_multipliers(contracts: Contracts, odd: dict[int, int]) -> Contracts:
    copy = Contracts()
    copy.intern_columns(
        [contracts.roots[code] for code in contracts.root_codes],
        contracts.expiry_days,
        contracts.strike_mills,
        contracts.puts,
    )
    for place, multiplier in odd.items():
        copy.set_multiplier(place, multiplier)
    return copy


Columns = dict[str, Any]


def no_fine_time(columns: Columns) -> None:
    columns["ts_event"] -= columns["ts_event"] % MS


def no_quotes(columns: Columns) -> None:
    columns["bid"][:] = columns["ask"][:] = UNKNOWN
    columns["marks"] &= ~np.uint8(QUOTES)


def first_quotes_of_instants(columns: Columns) -> None:
    first: dict[tuple[int, int], tuple[int, int]] = {}
    for at in range(columns["row"].size):
        key = (int(columns["contract"][at]), int(columns["ts_event"][at]))
        bid, ask = first.setdefault(key, (columns["bid"][at], columns["ask"][at]))
        columns["bid"][at], columns["ask"][at] = bid, ask


def no_venue_quotes(columns: Columns) -> None:
    columns["marks"] &= ~np.uint8(VENUE_QUOTE)


def no_stale_quotes(columns: Columns) -> None:
    stale = columns["marks"] & STALE_QUOTE != 0
    columns["bid"][stale] = columns["ask"][stale] = UNKNOWN
    columns["marks"] &= ~np.uint8(STALE_QUOTE)


def no_conditions(columns: Columns) -> None:
    columns["condition"][columns["condition"] != Condition.CANCEL] = Condition.REGULAR


def no_named_aggressors(columns: Columns) -> None:
    for named in (Condition.BUY_AGGRESSOR, Condition.SELL_AGGRESSOR):
        columns["condition"][columns["condition"] == named] = Condition.REGULAR


def no_new_venues(columns: Columns) -> None:
    for mic in ("SPHR", "MXTO", "IEXO"):
        columns["venue"][columns["venue"] == MICS.index(mic)] = 0


def blank(name: str, value: int) -> Any:
    def forget(columns: Columns) -> None:
        columns[name][:] = value

    return forget


def not_withdrawn(columns: Columns) -> None:
    columns["marks"] &= ~np.uint8(WITHDRAWN)


FORGET: dict[Missing, Any] = {
    Missing.FINE_TIME: no_fine_time,
    Missing.SEQUENCE: blank("sequence", 0),
    Missing.QUOTES: no_quotes,
    Missing.TIED_QUOTES: first_quotes_of_instants,
    Missing.QUOTE_KIND: no_venue_quotes,
    Missing.STALE_QUOTES: no_stale_quotes,
    Missing.SPOT: blank("spot", UNKNOWN),
    Missing.CONDITIONS: no_conditions,
    Missing.NAMED_AGGRESSORS: no_named_aggressors,
    Missing.NEW_VENUES: no_new_venues,
    Missing.CANCELS: blank("cancels", 0),
    Missing.CANCELLED_NAMES: blank("cancels", 0),
    Missing.WITHDRAWN: not_withdrawn,
}
