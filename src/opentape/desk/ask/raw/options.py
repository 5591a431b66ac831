"""Raw option flow of an underlying: prints, blocks, minutes, and dealers' premium."""

import datetime as dt
from collections.abc import Iterator
from typing import Final, NamedTuple

from opentape.desk.ask.raw.option_replies import (
    DealerPremium,
    DealerPremiumQuery,
    ExpiryQuery,
    OptionBlock,
    OptionBlocks,
    OptionBlocksQuery,
    OptionCumulative,
    OptionCumulativeQuery,
    OptionHistory,
    OptionHistoryQuery,
    OptionMinute,
    OptionRecent,
    OptionRecentQuery,
    OptionSummary,
    OptionTrade,
)
from opentape.desk.ask.raw.rows import (
    SIDES,
    at_least,
    begin_of,
    cents,
    columns,
    days_of,
    minute,
    newest_first,
    points,
)
from opentape.desk.state.name import Name
from opentape.flow.raw.options import BLOCK
from opentape.flow.raw.records import NEVER, Bucket, buckets_of
from opentape.flow.raw.shelf import taken
from opentape.flow.raw.views import dollars, total
from opentape.flow.records import Records
from opentape.market.calendar import iso
from opentape.market.contract import MULTIPLIER, Contract
from opentape.market.money import NANOS

_SHARES: Final = MULTIPLIER


def recent(name: Name, query: OptionRecentQuery) -> OptionRecent:
    """Return the newest prints."""
    found = _of_expiry(name, name.tape.recent if name.tape else None, query.expiry)
    shown = [] if found is None else list(_listed(name, newest_first(found)[: query.limit]))
    return OptionRecent(
        symbol=name.symbol,
        expiry=query.expiry,
        count=len(shown),
        total_available=0 if found is None else found.size,
        trades=tuple(map(_trade, shown)),
    )


def summary(name: Name, query: ExpiryQuery) -> OptionSummary:
    """Return what traded in the minutes that are kept."""
    days = days_of(query.expiry)
    found = total(name.tape.after(NEVER, days)) if name.tape else None
    return OptionSummary(
        symbol=name.symbol,
        expiry=query.expiry,
        contracts_with_trades=name.tape.contracts(days) if name.tape else 0,
        total_trades=found.trades if found else 0,
        buy_volume=found.buy if found else 0,
        sell_volume=found.sell if found else 0,
        mid_volume=found.mid if found else 0,
        net_volume=found.net if found else 0,
        biggest_single_trade=found.biggest if found else 0,
        last_trade_utc=iso(found.last_ts) if found else None,
    )


def blocks(name: Name, query: OptionBlocksQuery) -> OptionBlocks:
    """Return the newest large prints."""
    tape, found = name.tape, None
    if tape is not None:
        found = at_least(tape.recent, tape.blocks, query.min_size, BLOCK)
    found = _of_expiry(name, found, query.expiry)
    shown = [] if found is None else [_block(one) for one in _listed(name, found)]
    return OptionBlocks(
        symbol=name.symbol,
        expiry=query.expiry,
        min_size=query.min_size,
        count=len(shown),
        blocks=tuple(shown),
    )


def history(name: Name, query: OptionHistoryQuery) -> OptionHistory:
    """Return the minutes of a window."""
    found = _minutes(name, query.minutes, query.expiry)
    return OptionHistory(
        symbol=name.symbol,
        expiry=query.expiry,
        minutes=query.minutes,
        count=len(found),
        buckets=tuple(map(_minute, reversed(found))),
    )


def cumulative(name: Name, query: OptionCumulativeQuery) -> OptionCumulative:
    """Return how net volume added up over a window."""
    found = _minutes(name, query.minutes, query.expiry)
    return OptionCumulative(
        symbol=name.symbol,
        expiry=query.expiry,
        minutes=query.minutes,
        count=len(found),
        points=points(found),
    )


def dealer_premium(name: Name, query: DealerPremiumQuery) -> DealerPremium:
    """Return what dealers paid and received; null where no tape is kept."""
    found = _minutes(name, query.window_minutes, query.expiry)
    bought = cents(sum(_premium(bucket, bucket.sell) for bucket in found))
    written = cents(sum(_premium(bucket, bucket.buy) for bucket in found))
    known = name.tape is not None
    return DealerPremium(
        symbol=name.symbol,
        as_of=iso(name.as_of_ns),
        window_minutes=query.window_minutes,
        expiry=query.expiry,
        dealer_buy_premium=bought if known else None,
        dealer_write_premium=written if known else None,
        net_dealer_premium=round(bought - written, 2) if known else None,
        total_premium=round(bought + written, 2) if known else None,
        trade_count=sum(bucket.trades for bucket in found),
        bucket_count=len(found),
    )


class _Listed(NamedTuple):
    """A print beside its contract."""

    ts: int
    price: int
    bid: int
    ask: int
    size: int
    side: int
    place: int
    contract: Contract


def _listed(name: Name, trades: Records) -> Iterator[_Listed]:
    met: dict[int, Contract] = {}
    places: list[int] = trades["place"].tolist()
    for place, figures in zip(places, columns(trades), strict=True):
        contract = met.get(place)
        if contract is None:
            contract = met[place] = name.contracts[place]
        yield _Listed(*figures, place, contract)


def _of_expiry(
    name: Name, trades: Records | None, expiry: dt.date | None
) -> Records | None:
    if trades is None or expiry is None:
        return trades
    return taken(trades, name.contracts.expiries(trades["place"]) == days_of(expiry))


def _minutes(name: Name, minutes: int, expiry: dt.date | None) -> list[Bucket]:
    if name.tape is None:
        return []
    begin = begin_of(name.as_of_ns, minutes)
    return buckets_of(name.tape.after(begin, days_of(expiry)))


def _premium(bucket: Bucket, contracts: int) -> int:
    """Return what contracts cost at the average price of their minute, nanodollars."""
    return contracts * bucket.notional * _SHARES // bucket.volume


def _trade(one: _Listed) -> OptionTrade:
    return OptionTrade(
        ts=iso(one.ts),
        instrument_id=one.place,
        expiry=one.contract.expiry,
        strike=one.contract.strike,
        right=one.contract.right,
        price=one.price / NANOS,
        size=one.size,
        side=SIDES[one.side],
        is_block=one.size >= BLOCK,
        bid=dollars(one.bid),
        ask=dollars(one.ask),
    )


def _block(one: _Listed) -> OptionBlock:
    return OptionBlock(
        ts=iso(one.ts),
        expiry=one.contract.expiry,
        strike=one.contract.strike,
        right=one.contract.right,
        price=one.price / NANOS,
        size=one.size,
        side=SIDES[one.side],
    )


def _minute(bucket: Bucket) -> OptionMinute:
    return OptionMinute(**minute(bucket), high=bucket.high / NANOS, low=bucket.low / NANOS)
