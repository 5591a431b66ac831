"""What open interest comes to in the vol dashboard: by days left, by side, by strike."""

import datetime as dt
import math
from collections.abc import Iterator
from typing import Final, get_args

import numpy as np
from numpy.typing import NDArray

from opentape.desk.ask.volatility.numbers import ratio, rounded
from opentape.desk.ask.volatility.reply import (
    Bucket,
    GexByDte,
    HedgingScenario,
    Liquidity,
    OiConcentration,
    PcByExpiry,
    PcByMoneyness,
    PutCallProfile,
    ThetaByDte,
)
from opentape.desk.chain.analysed import Analysed
from opentape.market.calendar import EPOCH
from opentape.market.chain import Quoted
from opentape.positioning.book import Book
from opentape.pricing.forward import Floats

BUCKETS: Final[tuple[Bucket, ...]] = get_args(Bucket)
LAST_DAYS: Final = (7, 30, 60)
"""The last day of each bucket but the final one, which has none."""
MOVES_PCT: Final = (-5.0, -2.0, -1.0, 1.0, 2.0, 5.0)
AT_THE_MONEY: Final = 0.05
"""Part of spot within which open interest is at the money."""
NEAR: Final = 0.02
"""Part of spot within which a spread is one at the money."""
WING: Final = 0.10
"""Part of spot beyond which a spread out of the money is one of the wing."""
_BOTH_SIDES: Final = (Quoted.TWO_SIDED, Quoted.WIDE, Quoted.LOCKED)
_PERCENT: Final = 100.0
_DAYS: Final = 365.0
_FINE: Final = 6


def gex_by_dte(book: Book) -> tuple[GexByDte, ...]:
    """Return gamma exposure by days that are left."""
    sums, of = book.expiries, _bucket(book.dte)
    nets = [_sum(sums.net_gex[of == at], sums.counted[of == at]) for at in range(4)]
    whole = sum(abs(net) for net in nets if net is not None)
    return tuple(
        GexByDte(
            bucket=bucket,
            net_gex=net,
            pct_of_total=rounded(net / whole * _PERCENT, _FINE)
            if net is not None and whole
            else None,
            contract_count=int(np.nansum(sums.counted[of == at])),
        )
        for at, (bucket, net) in enumerate(zip(BUCKETS, nets, strict=True))
    )


def theta_by_dte(chain: Analysed) -> tuple[ThetaByDte, ...]:
    """Return what holders lose to time in a day, by days that are left."""
    held = chain.held
    worth = chain.surface.greeks.theta / _DAYS * held.oi * held.multiplier
    counted = (held.usable & held.known & np.isfinite(worth)).astype(np.float64)
    live, of = held.live, _bucket(held.dte)
    worth = np.where(counted > 0, worth, 0.0)
    return tuple(
        ThetaByDte(
            bucket=bucket,
            net_theta=_sum(worth[mine], counted[mine]),
            contract_count=int(counted[mine].sum()),
        )
        for at, bucket in enumerate(BUCKETS)
        for mine in (live & (of == at),)
    )


def put_call(chain: Analysed, book: Book) -> PutCallProfile:
    """Return puts against calls, by expiry and by where strikes stand."""
    return PutCallProfile(
        by_expiry=tuple(_by_expiry(book, chain.today)), by_moneyness=_by_moneyness(chain)
    )


def concentration(book: Book) -> OiConcentration:
    """Return how few strikes hold the open interest."""
    known = book.strikes.total_oi
    known = np.sort(known[known > 0])[::-1]
    if not known.size:
        return OiConcentration()
    parts = known / known.sum()
    return OiConcentration(
        top_3_pct=rounded(float(parts[:3].sum()) * _PERCENT),
        top_5_pct=rounded(float(parts[:5].sum()) * _PERCENT),
        top_10_pct=rounded(float(parts[:10].sum()) * _PERCENT),
        herfindahl=rounded(float(parts @ parts), _FINE),
    )


def hedging(net_gex: float | None, spot: float | None) -> tuple[HedgingScenario, ...]:
    """Return what dealers would trade after each of six moves.

    Examples
    --------
    >>> up_five = hedging(1e6, 500.0)[-1]
    >>> up_five.dealer_shares, up_five.direction, up_five.notional_usd
    (-10000.0, 'sell', 5000000.0)
    """
    return tuple(_scenario(net_gex, spot, move) for move in MOVES_PCT)


def liquidity(chain: Analysed) -> Liquidity:
    """Return what it costs to cross the spread, at the money and far from it."""
    quotes, surface, spot = chain.chain, chain.surface, chain.book.spot
    quoted = chain.held.live & np.isin(surface.quote, _BOTH_SIDES)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = (quotes.ask - quotes.bid) / surface.mid * _PERCENT
    away = quotes.strike / spot - 1.0
    near = spread[quoted & (np.abs(away) <= NEAR)]
    wing = spread[quoted & (np.where(quotes.put, -away, away) > WING)]
    return Liquidity(
        atm_avg_spread_pct=rounded(float(near.mean())) if near.size else None,
        wing_avg_spread_pct=rounded(float(wing.mean())) if wing.size else None,
        atm_contracts=near.size,
        wing_contracts=wing.size,
    )


def _bucket(dte: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return the bucket of each number of calendar days."""
    return np.searchsorted(np.array(LAST_DAYS), dte)


def _sum(values: Floats, counted: Floats) -> float | None:
    """Return a sum in dollars: 0 over nothing, None over contracts that do not count."""
    if values.size and not np.nansum(counted):
        return None
    return rounded(float(np.nansum(values)))


def _by_expiry(book: Book, today: int) -> Iterator[PcByExpiry]:
    sums = book.expiries
    columns = (sums.call_oi, sums.put_oi, sums.call_volume, sums.put_volume)
    rows = zip(book.dte.tolist(), *(_counts(column) for column in columns), strict=True)
    for days, call_oi, put_oi, call_volume, put_volume in rows:
        yield PcByExpiry(
            expiry=EPOCH + dt.timedelta(days=today + days),
            call_oi=call_oi,
            put_oi=put_oi,
            pc_ratio_oi=ratio(put_oi, call_oi),
            call_volume=call_volume,
            put_volume=put_volume,
            pc_ratio_volume=ratio(put_volume, call_volume),
        )


def _by_moneyness(chain: Analysed) -> PcByMoneyness:
    held = chain.held
    away = held.strike / chain.book.spot - 1.0
    near = np.abs(away) <= AT_THE_MONEY
    out = ~near & (np.where(held.put, -away, away) > 0)
    places = {"otm": out, "atm": near, "itm": ~near & ~out}
    sides = {"call": ~held.put, "put": held.put}
    return PcByMoneyness(
        **{
            f"{place}_{side}_oi": _held(held.oi[held.live & where & which])
            for side, which in sides.items()
            for place, where in places.items()
        }
    )


def _held(oi: Floats) -> int | None:
    known = oi[np.isfinite(oi)]
    return None if oi.size and not known.size else int(known.sum())


def _scenario(net_gex: float | None, spot: float | None, move: float) -> HedgingScenario:
    if net_gex is None or not spot:
        return HedgingScenario(
            move_pct=move, dealer_shares=None, direction=None, notional_usd=None
        )
    shares = round(-net_gex * move / spot, 2) + 0.0
    return HedgingScenario(
        move_pct=move,
        dealer_shares=shares,
        direction=None if shares == 0 else "buy" if shares > 0 else "sell",
        notional_usd=round(abs(shares) * spot, 2),
    )


def _counts(column: Floats) -> list[int | None]:
    return [int(count) if math.isfinite(count) else None for count in column.tolist()]
