"""Max pain of the settled book, what speaks for it, and whether it is within reach."""

import datetime as dt
from typing import Final, Literal, NamedTuple

import msgspec
import numpy as np

from opentape.desk.ask.book.strikes import ExposureQuery, as_of, counts
from opentape.desk.chain.analysed import Analysed, hours_left
from opentape.desk.state.name import Name
from opentape.desk.state.outline import Outline, cents, dollars
from opentape.market.calendar import EPOCH
from opentape.market.errors import NoData
from opentape.positioning.flip import FlipStatus, Regime

_PRICE: Final = 6
_PERCENT: Final = 100.0
_PLACES: Final = 4
_SIGNAL_PCT: Final = 5.0
_NEAR: Final = 0.01

Alignment = Literal["converging", "moderate", "diverging", "unknown"]


class Distance(msgspec.Struct, frozen=True, kw_only=True):
    """How far spot is from max pain; null without a spot."""

    absolute: float | None
    """US dollars, never negative."""
    percent: float | None
    """Percent of spot, never negative."""
    direction: Literal["above", "below", "at"] | None
    """Where spot is, seen from max pain."""


class PainRow(msgspec.Struct, frozen=True, kw_only=True):
    """What holders would be paid if spot ended at a strike, in US dollars."""

    strike: float
    call_pain: float
    put_pain: float
    total_pain: float
    """Both together; least at max pain."""


class OiRow(msgspec.Struct, frozen=True, kw_only=True):
    """Contracts held and traded at one strike; null where not known."""

    strike: float
    call_oi: int | None
    put_oi: int | None
    total_oi: int | None
    call_volume: int | None
    """Traded today as the chain tells it."""
    put_volume: int | None


class ExpirationRow(msgspec.Struct, frozen=True, kw_only=True):
    """Max pain of one expiry."""

    expiration: dt.date
    max_pain_strike: float | None
    """US dollars; null where nobody holds anything."""
    dte: int
    """Calendar days from the trade date."""
    total_oi: int | None
    """Contracts."""


class DealerAlignment(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the hedging of the whole chain would help max pain."""

    alignment: Alignment
    """`converging`: between the walls and within 1 % of spot of the flip; `moderate`:
    between the walls; `diverging`: outside; `unknown`: a wall or the flip is missing."""
    description: str
    """The same in a sentence."""
    gamma_flip: float | None
    """Of the whole chain, as `/v1/exposure/levels` has it, as the walls are."""
    gamma_flip_status: FlipStatus
    """`available`, or why there is no flip."""
    call_wall: float | None
    put_wall: float | None


class ExpectedMove(msgspec.Struct, frozen=True, kw_only=True):
    """What the straddle nearest to spot says of the reach of spot; null where unknown."""

    straddle_price: float | None
    """Call and put of `expiration`, the strike nearest to spot where both are quoted, in
    US dollars a share."""
    atm_iv: float | None
    """At-the-money vol of that expiry, percent a year."""
    max_pain_within_expected_range: bool | None
    """Whether max pain is no further from spot than the straddle costs."""


class MaxPainReply(msgspec.Struct, frozen=True, kw_only=True):
    """Max pain and all that bears on it."""

    symbol: str
    underlying_price: float | None
    """Spot of the chain, which all of this was reckoned with."""
    as_of: str
    """The instant of the chain, UTC."""
    max_pain_strike: float
    """Where holders would be paid least, US dollars; of equals the nearest to spot."""
    distance: Distance
    signal: Literal["bullish", "bearish", "neutral"] | None
    """`bullish` with spot 5 % or more below max pain, `bearish` as far above."""
    expiration: dt.date
    """The expiry that was asked for, or the nearest."""
    put_call_oi_ratio: float | None
    """Open interest of puts over that of calls."""
    pain_curve: tuple[PainRow, ...]
    """Ascending."""
    oi_by_strike: tuple[OiRow, ...]
    """The same strikes as in `pain_curve`."""
    max_pain_by_expiration: tuple[ExpirationRow, ...] | None
    """Nearest first; null where one expiry was asked for."""
    dealer_alignment: DealerAlignment
    regime: Regime
    """The side of the flip of the whole chain that spot is on."""
    expected_move: ExpectedMove
    pin_probability: int | None
    """0 to 100: the pin score of the settled book, see `/v1/flow/pin-risk`. A score, not
    a probability that was measured."""
    max_pain_front: float | None
    """Max pain of the nearest expiry alone."""
    modeled: bool = True
    """Always true: who holds what is a convention, not an observation."""


def max_pain(name: Name, query: ExposureQuery) -> MaxPainReply:
    """Return max pain with all expiries pooled, or of one.

    Raises
    ------
    NoData
        If there is no chain, or nobody holds any contract of that expiry.
    """
    outline, analysed = name.outline(query.expiration), name.settled_chain().analysed
    held, pain, whole = outline.book.positions, outline.pain.level, name.outline()
    if pain is None:
        raise NoData("no contract with open interest is known")
    nearest = _date(analysed, int(outline.book.dte[0]))
    hours = hours_left(analysed.chain, held, analysed.chain.as_of)
    distance = _distance(outline.spot, pain)
    return MaxPainReply(
        symbol=name.symbol,
        underlying_price=outline.spot,
        as_of=as_of(name),
        max_pain_strike=pain,
        distance=distance,
        signal=_signal(distance),
        expiration=nearest,
        put_call_oi_ratio=_ratio(outline),
        pain_curve=_curve(outline),
        oi_by_strike=_interest(outline),
        max_pain_by_expiration=(
            _expirations(analysed, outline) if query.expiration is None else None
        ),
        dealer_alignment=_alignment(whole, pain),
        regime=whole.regime,
        expected_move=_expected(analysed, nearest, outline.spot, pain),
        pin_probability=outline.pin(hours).score,
        max_pain_front=outline.max_pain_front,
    )


def _date(analysed: Analysed, dte: int) -> dt.date:
    return EPOCH + dt.timedelta(days=analysed.today + dte)


def _distance(spot: float | None, pain: float) -> Distance:
    if spot is None:
        return Distance(absolute=None, percent=None, direction=None)
    away = round(abs(spot - pain), _PRICE)
    above = "above" if spot > pain else "below"
    return Distance(
        absolute=away,
        percent=round(away / spot * _PERCENT, _PLACES),
        direction=above if away else "at",
    )


def _signal(distance: Distance) -> Literal["bullish", "bearish", "neutral"] | None:
    if distance.percent is None:
        return None
    if distance.percent < _SIGNAL_PCT:
        return "neutral"
    return "bullish" if distance.direction == "below" else "bearish"


def _ratio(outline: Outline) -> float | None:
    totals = outline.book.totals()
    if totals.put_oi is None or not totals.call_oi:
        return None
    return round(totals.put_oi / totals.call_oi, _PLACES)


def _curve(outline: Outline) -> tuple[PainRow, ...]:
    call, put = cents(outline.pain.call), cents(outline.pain.put)
    columns = (call, put, call + put)
    rows = zip(outline.strike, *(dollars(each).tolist() for each in columns), strict=True)
    return tuple(
        PainRow(strike=strike, call_pain=calls, put_pain=puts, total_pain=total)
        for strike, calls, puts, total in rows
    )


def _interest(outline: Outline) -> tuple[OiRow, ...]:
    sums = outline.book.strikes
    columns = (
        sums.call_oi,
        sums.put_oi,
        # unlike the sums' own total: of a strike of which one side is unknown, no total
        sums.call_oi + sums.put_oi,
        sums.call_volume,
        sums.put_volume,
    )
    rows = zip(outline.strike, *map(counts, columns), strict=True)
    fields = OiRow.__struct_fields__
    return tuple(OiRow(**dict(zip(fields, row, strict=True))) for row in rows)


def _expirations(analysed: Analysed, outline: Outline) -> tuple[ExpirationRow, ...]:
    return tuple(
        ExpirationRow(
            expiration=_date(analysed, found.dte),
            max_pain_strike=found.level,
            dte=found.dte,
            total_oi=None if found.total_oi is None else int(found.total_oi),
        )
        for found in outline.pain_by_expiry
    )


def _alignment(whole: Outline, pain: float) -> DealerAlignment:
    levels, flip = whole.levels, whole.gamma_flip
    word, said = _aligned(whole, pain)
    return DealerAlignment(
        alignment=word,
        description=said,
        gamma_flip=flip,
        gamma_flip_status=whole.flip.status,
        call_wall=levels.call_wall,
        put_wall=levels.put_wall,
    )


def _aligned(whole: Outline, pain: float) -> tuple[Alignment, str]:
    call, put, flip = whole.levels.call_wall, whole.levels.put_wall, whole.gamma_flip
    if call is None or put is None:
        return "unknown", "The chain shows no wall on one side or the other."
    low, high = min(call, put), max(call, put)
    walls = f"the walls at {low:.10g} and {high:.10g}"
    if not low <= pain <= high:
        return "diverging", f"Max pain at {pain:.10g} is outside {walls}."
    if flip is None or whole.spot is None:
        return "unknown", f"Max pain at {pain:.10g} is between {walls}; there is no flip."
    if abs(pain - flip) <= _NEAR * whole.spot:
        said = (
            f"Max pain at {pain:.10g} is near the flip at {flip:.10g} and between {walls}."
        )
        return "converging", said
    return "moderate", f"Max pain at {pain:.10g} is between {walls}, far from the flip."


class _Straddle(NamedTuple):
    away: float
    strike: float
    slice: int
    price: float


def _expected(
    analysed: Analysed, expiry: dt.date, spot: float | None, pain: float
) -> ExpectedMove:
    found = None if spot is None else _straddle(analysed, expiry, spot)
    if found is None or spot is None:
        return ExpectedMove(
            straddle_price=None, atm_iv=None, max_pain_within_expected_range=None
        )
    iv = float(analysed.skew.atm_iv[found.slice]) * _PERCENT
    price = round(found.price, _PLACES)
    return ExpectedMove(
        straddle_price=price,
        atm_iv=round(iv, _PLACES) if np.isfinite(iv) else None,
        max_pain_within_expected_range=round(abs(spot - pain), _PRICE) <= price,
    )


def _straddle(analysed: Analysed, expiry: dt.date, spot: float) -> _Straddle | None:
    held, slices, mid = analysed.held, analysed.surface.slices, analysed.surface.mid
    mine = analysed.chain.expiry_day == (expiry - EPOCH).days
    mine &= held.live & np.isfinite(mid)
    series = [
        dict(
            zip(
                zip(slices.of[rows].tolist(), held.strike[rows].tolist(), strict=True),
                mid[rows].tolist(),
                strict=True,
            )
        )
        for rows in (mine & ~held.put, mine & held.put)
    ]
    both = series[0].keys() & series[1].keys()
    pairs = (
        _Straddle(abs(key[1] - spot), key[1], key[0], series[0][key] + series[1][key])
        for key in both
    )
    return min(pairs, default=None)
