"""An analysed chain spelled out as the structs of the reply."""

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterator
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.desk.chain.analysed import Analysed
from opentape.desk.chain.reply import (
    ChainReply,
    ContractRow,
    ExpiryRow,
    Levels,
    ProfileRow,
    StrikeRow,
    SviRow,
    TermRow,
)
from opentape.market.calendar import EPOCH, iso
from opentape.market.chain import UNKNOWN_COUNT, Chain, Quoted
from opentape.positioning.book import Book
from opentape.positioning.flip import Flip, legacy, regime
from opentape.positioning.max_pain import front
from opentape.pricing.forward import Floats
from opentape.pricing.smile import Fitted
from opentape.volatility.slices import CarryFrom
from opentape.volatility.surface import Status
from opentape.volatility.term import expected_move

_DAYS: Final = 365.0
_POINTS: Final = 100.0
_CENTS: Final = 2
_PRICE: Final = 6
_VOL: Final = 6
_GREEK: Final = 10
_RIGHTS: Final = ("C", "P")


def reply(analysed: Analysed) -> ChainReply:
    """Return what is said of a chain; of one expiry only, if one was asked for."""
    chain, book = analysed.chain, analysed.book
    flip = book.flip(weighted=analysed.expiry is None)
    mine = _rows(analysed)
    return ChainReply(
        symbol=chain.underlying,
        spot=chain.spot,
        quoted_spot=round(book.spot, _PRICE),
        as_of=iso(chain.as_of),
        style=_style(analysed.surface.american[mine]),
        levels=_levels(analysed, flip),
        term=_term(analysed),
        expiries=tuple(_expiries(analysed)),
        contracts=tuple(_contracts(analysed, mine)),
        strikes=tuple(_strikes(analysed)),
        profile=ProfileRow(
            spots=tuple(_shown(flip.spots, _PRICE)),
            net_gex=tuple(_shown(flip.profile, _CENTS)),
        ),
        quotes=_named(analysed.surface.quote[mine], Quoted),
        ivs=_named(analysed.surface.status[mine], Status),
        expired=int(np.count_nonzero(analysed.surface.status[mine] == Status.EXPIRED)),
    )


def _rows(analysed: Analysed) -> NDArray[np.intp]:
    if analysed.expiry is None:
        return np.arange(analysed.chain.rows)
    day = (analysed.expiry - EPOCH).days
    return np.flatnonzero(analysed.chain.expiry_day == day)


def _style(american: NDArray[np.bool_]) -> str:
    if american.all():
        return "american"
    return "mixed" if american.any() else "european"


def _named(codes: NDArray[np.int8], names: type[IntEnum]) -> dict[str, int]:
    counts: Counter[int] = Counter(codes.tolist())
    return {names(code).name.lower(): count for code, count in counts.most_common()}


def _names(codes: NDArray[np.int8], names: type[IntEnum]) -> list[str]:
    spelt = {int(name): name.name.lower() for name in names}
    return [spelt[code] for code in codes.tolist()]


def _levels(analysed: Analysed, flip: Flip) -> Levels:
    book = analysed.book
    totals, found, pin = book.totals(), book.levels(), book.pin(analysed.hours)
    nearest = front(book.positions, book.spot)
    return Levels(
        call_wall=found.call_wall,
        put_wall=found.put_wall,
        max_pain=book.pain().level,
        gamma_flip=_number(flip.level, _CENTS),
        gamma_flip_status=flip.status,
        net_gex=_number(totals.net_gex, _CENTS),
        net_dex=_number(totals.net_dex, _CENTS),
        net_vex=_number(totals.net_vex, _CENTS),
        net_chex=_number(totals.net_chex, _CENTS),
        net_dag=_number(totals.net_dag, _CENTS),
        regime=regime(book.spot, flip.level),
        gamma_flip_legacy=_number(legacy(book.strike, book.strikes.net_gex).level, _CENTS),
        flip_crossings=tuple(_shown(flip.crossings, _CENTS)),
        call_wall_strength=_number(found.call_wall_strength, _VOL),
        put_wall_strength=_number(found.put_wall_strength, _VOL),
        call_wall_otm=found.call_wall_otm,
        put_wall_otm=found.put_wall_otm,
        max_pain_front=None if nearest is None else nearest.level,
        highest_oi_strike=found.highest_oi_strike,
        zero_dte_magnet=found.zero_dte_magnet,
        pin_risk=pin.score,
        pin_oi_score=pin.oi_score,
        pin_proximity_score=pin.proximity_score,
        pin_time_score=pin.time_score,
        pin_gamma_score=pin.gamma_score,
    )


def _term(analysed: Analysed) -> TermRow:
    found = analysed.term
    return TermRow(
        iv_7d=_number(found.iv_7d, _VOL),
        iv_30d=_number(found.iv_30d, _VOL),
        iv_90d=_number(found.iv_90d, _VOL),
        near_slope_pct=_number(found.near_slope_pct, _VOL),
        far_slope_pct=_number(found.far_slope_pct, _VOL),
    )


def _expiries(analysed: Analysed) -> Iterator[ExpiryRow]:
    slices, wings = analysed.surface.slices, analysed.skew
    moves = expected_move(analysed.book.spot, wings.atm_iv, slices.years)
    for at in range(slices.rows):
        expiry = EPOCH + dt.timedelta(days=int(slices.expiry_day[at]))
        if analysed.expiry not in {None, expiry}:
            continue
        mine = slices.of == at
        book = Book(analysed.held.take(mine), analysed.book.spot, analysed.book.options)
        yield ExpiryRow(
            expiry=expiry,
            dte=int(slices.expiry_day[at]) - analysed.today,
            settlement="AM" if slices.am[at] else "PM",
            years=float(slices.years[at]),
            forward=_number(float(slices.forward[at]), _PRICE),
            rate=float(slices.rate[at]),
            carry=round(float(slices.carry[at]), _GREEK),
            carry_from=CarryFrom(int(slices.carry_from[at])).name.lower(),
            atm_iv=_number(float(wings.atm_iv[at]), _VOL),
            put_25d_iv=_number(float(wings.put_25d_iv[at]), _VOL),
            call_25d_iv=_number(float(wings.call_25d_iv[at]), _VOL),
            put_10d_iv=_number(float(wings.put_10d_iv[at]), _VOL),
            call_10d_iv=_number(float(wings.call_10d_iv[at]), _VOL),
            skew_25d=_number(float(wings.skew_25d[at]), _VOL),
            expected_move=_number(float(moves[at]), _CENTS),
            svi=_svi(analysed.fits[at]),
            svi_status=_svi_status(analysed.fits[at]),
            max_pain=book.pain().level,
            net_gex=_number(book.totals().net_gex, _CENTS),
            contracts=int(np.count_nonzero(mine)),
            solved=int(np.count_nonzero(mine & np.isfinite(analysed.surface.vol))),
            call_oi=_held(analysed.chain, mine & ~analysed.chain.put),
            put_oi=_held(analysed.chain, mine & analysed.chain.put),
        )


def _held(chain: Chain, mine: NDArray[np.bool_]) -> int | None:
    known = chain.open_interest[mine & (chain.open_interest != UNKNOWN_COUNT)]
    return int(known.sum()) if known.size else None


def _svi(fitted: Fitted) -> SviRow | None:
    return None if fitted.svi is None else SviRow(**fitted.svi._asdict())


def _svi_status(fitted: Fitted) -> str:
    if fitted.svi is None:
        return fitted.why
    if fitted.borrowed:
        return "ssvi"
    return "repaired" if fitted.repaired else fitted.why


def _contracts(analysed: Analysed, mine: NDArray[np.intp]) -> Iterator[ContractRow]:
    chain, surface = analysed.chain, analysed.surface
    greeks = surface.greeks
    days: list[int] = chain.expiry_day[mine].tolist()
    roots: list[str] = chain.root[mine].tolist()
    strikes: list[float] = chain.strike[mine].tolist()
    puts: list[bool] = chain.put[mine].tolist()
    columns = (
        roots,
        [EPOCH + dt.timedelta(days=day) for day in days],
        strikes,
        [_RIGHTS[put] for put in puts],
        _rounded(chain.bid[mine], _PRICE),
        _rounded(chain.ask[mine], _PRICE),
        _rounded(surface.mid[mine], _PRICE),
        _whole(chain.open_interest[mine]),
        _whole(chain.volume[mine]),
        _rounded(surface.vol[mine], _VOL),
        _rounded(greeks.delta[mine], _GREEK),
        _rounded(greeks.gamma[mine], _GREEK),
        _rounded(greeks.theta[mine] / _DAYS, _GREEK),
        _rounded(greeks.vega[mine] / _POINTS, _GREEK),
        _rounded(greeks.rho[mine], _GREEK),
        _names(surface.quote[mine], Quoted),
        _names(surface.status[mine], Status),
    )
    for values in zip(*columns, strict=True):
        yield ContractRow(**dict(zip(ContractRow.__struct_fields__, values, strict=True)))


def _strikes(analysed: Analysed) -> Iterator[StrikeRow]:
    book = analysed.book
    sums = book.strikes
    exposures = (sums.call_gex, sums.put_gex, sums.net_gex)
    counts = (sums.call_oi, sums.put_oi, sums.call_volume, sums.put_volume)
    columns = (
        book.strike.tolist(),
        *(_shown(column, _CENTS) for column in exposures),
        *(_counts(column) for column in counts),
    )
    for values in zip(*columns, strict=True):
        yield StrikeRow(**dict(zip(StrikeRow.__struct_fields__, values, strict=True)))


def _shown(column: Floats, decimals: int) -> list[float]:
    """Return numbers that are all known, without a sign on a zero."""
    return (np.round(column, decimals) + 0.0).tolist()


def _rounded(column: Floats, decimals: int) -> list[float | None]:
    """Return numbers as JSON takes them: None for NaN."""
    shown = _shown(column, decimals)
    return [value if math.isfinite(value) else None for value in shown]


def _whole(column: NDArray[np.int64]) -> list[int | None]:
    return [None if count == UNKNOWN_COUNT else count for count in column.tolist()]


def _counts(column: Floats) -> list[int | None]:
    return [int(count) if math.isfinite(count) else None for count in column.tolist()]


def _number(value: float | None, decimals: int) -> float | None:
    if value is None or not math.isfinite(value):
        return None
    return round(value, decimals) + 0.0
