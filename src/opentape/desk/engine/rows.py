"""Flow rows: a signal as the radar family of APIs spells it, pushed and listed alike."""

import datetime as dt
from typing import Final

import msgspec

from opentape.flow.signal import Signal

_MS: Final = 1_000


class FlowRow(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    rename={
        "expiry_date": "expiryDate",
        "open_interest": "openInterest",
        "vol_oi": "volOI",
        "otm_percent": "otmPct",
    },
):
    """One scored parent."""

    id: str
    """Unique and stable: the id of its signal."""
    ticker: str
    """The underlying."""
    type: str
    """``CALL`` or ``PUT``."""
    strike: float
    expiry: dt.date
    expiry_date: dt.date
    """The same as `expiry`."""
    dte: int
    """Calendar days from the trade date to expiry."""
    volume: int
    """Contracts of this parent."""
    open_interest: int | None
    """Settled that morning; null where unknown."""
    oi: int | None
    """The same as `openInterest`."""
    vol_oi: float | None
    """Volume over open interest; null where that is unknown."""
    premium: float
    """US dollars."""
    side: str
    """``ASK`` bought at or above the ask, ``BID`` sold at or below the bid, ``MID``."""
    kind: str
    """``SWEEP``, ``BLOCK`` or ``SPLIT``."""
    otm_percent: float | None
    """Percent of spot out of the money, negative in the money."""
    spot: float | None
    """The underlying at the print, dollars."""
    iv: float | None
    """Implied, a fraction per year, of the newest chain."""
    score: int
    """The radar's score, 0 to 100."""
    flag: str
    """``EXTREME``, ``ELEVATED``, ``NOTABLE`` or ``NORMAL``."""
    bias: str
    """``BULL``, ``BEAR`` or ``NEUTRAL``."""
    sector: str | None
    """GICS sector of the underlying; null where none is known."""
    timestamp: int
    """Of the first leg, milliseconds since 1970 UTC."""


def flow_row(signal: Signal, sector: str | None) -> FlowRow:
    """Return a signal as a flow row."""
    radar = signal.radar
    return FlowRow(
        id=signal.id,
        ticker=radar.ticker,
        type=radar.type,
        strike=radar.strike,
        expiry=radar.expiry,
        expiry_date=radar.expiry,
        dte=radar.dte,
        volume=radar.volume,
        open_interest=radar.open_interest,
        oi=radar.open_interest,
        vol_oi=radar.vol_oi,
        premium=radar.premium,
        side=radar.side,
        kind=radar.kind,
        otm_percent=radar.otm_percent,
        spot=radar.spot,
        iv=radar.iv,
        score=radar.score,
        flag=radar.flag,
        bias=radar.bias,
        sector=sector,
        timestamp=milliseconds(signal.ts),
    )


def milliseconds(iso: str) -> int:
    """Return an instant of ours, ISO with six digits of a second, in milliseconds."""
    moment = dt.datetime.fromisoformat(iso)
    since = moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return since // dt.timedelta(milliseconds=1)
