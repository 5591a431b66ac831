"""The vol dashboard of an underlying, from its chain and its daily history."""

import datetime as dt
import math
from collections.abc import Iterator
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from opentape.desk.ask.volatility.book import (
    concentration,
    gex_by_dte,
    hedging,
    liquidity,
    put_call,
    theta_by_dte,
)
from opentape.desk.ask.volatility.numbers import difference, ratio, rounded
from opentape.desk.ask.volatility.reply import (
    IvDispersion,
    IvRvSpreads,
    Liquidity,
    OiConcentration,
    PutCallProfile,
    RealizedVol,
    SkewProfile,
    Slope,
    TermStructure,
    VolatilityReply,
)
from opentape.desk.chain.analysed import Analysed
from opentape.desk.state.history import History
from opentape.desk.state.name import Name
from opentape.market.calendar import EPOCH, is_open, iso
from opentape.market.errors import NoData
from opentape.volatility.premium import assess
from opentape.volatility.rank import rank
from opentape.volatility.realized import close_to_close
from opentape.volatility.term import Term

_PERCENT: Final = 100.0
_SESSIONS: Final = (5, 10, 20, 30, 60)
_MONTH: Final = 30.0 / 365.0
_FEWEST: Final = 2


def volatility(name: Name) -> VolatilityReply:
    """Return the vol dashboard of an underlying.

    Raises
    ------
    NoData
        If there is neither a chain that is fresh enough nor a history.
    """
    chain = name.chain
    if chain is not None and chain.held.live.any():
        return _with_chain(name, chain, _of_history(name, chain.chain.as_of))
    if name.history is None:
        raise NoData(f"there is neither a chain nor a history of {name.symbol}")
    return _of_history(name, name.as_of_ns)


def _of_history(name: Name, as_of_ns: int) -> VolatilityReply:
    """Return what daily closes alone tell, everything else unknown."""
    past = _realized(name.history)
    return VolatilityReply(
        symbol=name.symbol,
        underlying_price=None,
        as_of=iso(as_of_ns),
        market_open=is_open(as_of_ns),
        realized_vol=past,
        atm_iv=None,
        iv_rv_spreads=IvRvSpreads(),
        skew_profiles=(),
        term_structure=TermStructure(),
        iv_dispersion=IvDispersion(),
        gex_by_dte=(),
        theta_by_dte=(),
        put_call_profile=PutCallProfile(),
        oi_concentration=OiConcentration(),
        hedging_scenarios=(),
        liquidity=Liquidity(),
        iv_rank=None,
        iv_percentile=None,
        hv_20=past.rv_20d,
        hv_60=past.rv_60d,
    )


def _with_chain(name: Name, chain: Analysed, past: VolatilityReply) -> VolatilityReply:
    outline, atm = name.outline(), _atm(chain)
    series = np.empty(0) if name.history is None else name.history.iv_30d
    stands = rank(chain.term.iv_30d, series)
    return msgspec.structs.replace(
        past,
        underlying_price=outline.spot,
        atm_iv=atm,
        iv_rv_spreads=_spreads(atm, past.realized_vol),
        skew_profiles=tuple(_profiles(chain)),
        term_structure=_term(chain.term),
        iv_dispersion=_dispersion(chain),
        gex_by_dte=gex_by_dte(outline.book),
        theta_by_dte=theta_by_dte(chain),
        put_call_profile=put_call(chain, outline.book),
        oi_concentration=concentration(outline.book),
        hedging_scenarios=hedging(outline.net("gex"), outline.spot),
        liquidity=liquidity(chain),
        iv_rank=rounded(stands.rank),
        iv_percentile=rounded(stands.percentile),
    )


def _realized(history: History | None) -> RealizedVol:
    if history is None:
        return RealizedVol()
    vols = (_percent(close_to_close(history.close, count)) for count in _SESSIONS)
    return RealizedVol(**dict(zip(RealizedVol.__struct_fields__, vols, strict=True)))


def _atm(chain: Analysed) -> float | None:
    """Return the ATM vol at 30 days in percent, else that of the nearest expiry to it."""
    years, vols = chain.surface.slices.years, chain.skew.atm_iv
    believed = _believed(chain)
    if math.isfinite(chain.term.iv_30d) or not believed.any():
        return _percent(chain.term.iv_30d)
    away = np.where(believed, np.abs(years - _MONTH), np.inf)
    return _percent(float(vols[np.argmin(away)]))


def _believed(chain: Analysed) -> NDArray[np.bool_]:
    """Return which expiries have an ATM vol that may be shown."""
    vols, options = chain.skew.atm_iv, chain.options
    with np.errstate(invalid="ignore"):
        credible = (vols >= options.least_atm_iv) & (vols <= options.most_atm_iv)
    return credible & (chain.surface.slices.years > 0)


def _spreads(atm: float | None, past: RealizedVol) -> IvRvSpreads:
    vols = (past.rv_5d, past.rv_10d, past.rv_20d, past.rv_30d)
    spreads = [difference(atm, vol) for vol in vols]
    month = spreads[2]
    return IvRvSpreads(
        vrp_5d=spreads[0],
        vrp_10d=spreads[1],
        vrp_20d=month,
        vrp_30d=spreads[3],
        assessment=assess(math.nan if month is None else month),
    )


def _profiles(chain: Analysed) -> Iterator[SkewProfile]:
    """Yield the skew of each expiry; of a date that settles twice, the afternoon's."""
    slices, wings = chain.surface.slices, chain.skew
    by_day = {int(slices.expiry_day[at]): at for at in np.flatnonzero(_believed(chain))}
    for day, at in sorted(by_day.items()):
        put10, put25, atm, call25, call10 = (
            _percent(float(column[at]))
            for column in (
                wings.put_10d_iv,
                wings.put_25d_iv,
                wings.atm_iv,
                wings.call_25d_iv,
                wings.call_10d_iv,
            )
        )
        yield SkewProfile(
            expiry=EPOCH + dt.timedelta(days=day),
            days_to_expiry=day - chain.today,
            put_10d_iv=put10,
            put_25d_iv=put25,
            atm_iv=atm,
            call_25d_iv=call25,
            call_10d_iv=call10,
            skew_25d=difference(put25, call25),
            smile_ratio=ratio(put25, call25),
            tail_convexity=difference(difference(put10, put25), difference(put25, atm)),
        )


def _term(found: Term) -> TermStructure:
    slopes = (rounded(found.near_slope_pct), rounded(found.far_slope_pct))
    return TermStructure(
        near_slope_pct=slopes[0], far_slope_pct=slopes[1], state=_state(slopes)
    )


def _state(slopes: tuple[float | None, float | None]) -> Slope:
    known = [slope for slope in slopes if slope is not None]
    if not known:
        return "unknown"
    if min(known) > 0:
        return "contango"
    return "backwardation" if max(known) < 0 else "mixed"


def _dispersion(chain: Analysed) -> IvDispersion:
    surface, believed = chain.surface, _believed(chain)
    away = np.where(chain.chain.put, -1.0, 1.0) * np.log(
        chain.chain.strike / surface.each(surface.slices.forward)
    )
    out = surface.usable & (away > 0)
    within = [
        float(np.std(surface.vol[mine]))
        for at in np.flatnonzero(believed)
        if np.count_nonzero(mine := out & (surface.slices.of == at)) >= _FEWEST
    ]
    across = chain.skew.atm_iv[believed]
    return IvDispersion(
        cross_expiry=_percent(float(np.std(across))) if across.size >= _FEWEST else None,
        cross_strike=_percent(sum(within) / len(within)) if within else None,
    )


def _percent(fraction: float) -> float | None:
    return rounded(fraction * _PERCENT)
