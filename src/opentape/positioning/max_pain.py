"""Max pain: the strike at which holders of options would be paid least at expiry."""

from typing import Final, NamedTuple

import msgspec
import numpy as np

from opentape.positioning.positions import MOST, Floats, Positions, floats
from opentape.pricing.jit import kernel

_MILLS: Final = 1_000.0


class Pain(NamedTuple):
    """What holders would be paid if spot ended at each strike, and where it is least."""

    level: float | None
    """Dollars; None where nobody holds anything."""
    strike: Floats
    """Dollars, ascending."""
    call: Floats
    """Dollars paid to holders of calls."""
    put: Floats
    """Dollars paid to holders of puts."""
    total: Floats
    """Both together."""


class ExpiryPain(msgspec.Struct, frozen=True, kw_only=True):
    """Max pain of one expiry."""

    dte: int
    """Calendar days to it."""
    level: float | None
    """Dollars; None where nobody holds anything."""
    total_oi: float | None
    """Contracts, None where no open interest is known."""


def pain(strike: Floats, call_shares: Floats, put_shares: Floats, spot: float) -> Pain:
    """Return the payout at each strike and the strike where it is least.

    Parameters
    ----------
    strike : float64, ascending
        Dollars; the candidates, whether or not anyone holds them.
    call_shares, put_shares : float64, one a strike, >= 0
        Open interest times multiplier.
    spot
        Dollars. Of strikes that pay equally little the nearest to spot is taken, then the
        lowest.

    Source
    ------
    Method E.3: pain(K) = sum of C (K - k) over k < K and of P (k - K) over k > K.

    Examples
    --------
    >>> held = np.array([100.0, 0.0, 100.0])
    >>> found = pain(np.array([90.0, 100.0, 110.0]), held, held, 101.0)
    >>> found.level, found.total.tolist()
    (100.0, [2000.0, 2000.0, 2000.0])
    """
    # a strike is a whole number of mills, so whole holdings add up exactly and ties hold
    mills = np.rint(strike * _MILLS)
    call, put = np.empty(strike.size), np.empty(strike.size)
    _payouts(mills, call_shares, put_shares, call, put)
    paid = call + put
    level = None
    if call_shares.sum() + put_shares.sum() > 0:
        least = strike[paid == paid.min()]
        away = np.abs(least - spot)
        level = float(least[int(np.argmin(away))])
    return Pain(level, strike, call / _MILLS, put / _MILLS, paid / _MILLS)


def whole(positions: Positions, spot: float) -> Pain:
    """Return max pain with all expiries pooled."""
    held = positions.take(positions.live)
    strike, place = np.unique(held.strike, return_inverse=True)
    counting = held.known & (held.multiplier > 0) & (held.multiplier < MOST)
    shares = np.where(counting, held.oi, 0.0) * np.where(counting, held.multiplier, 0.0)
    held_calls, held_puts = np.where(held.put, 0.0, shares), np.where(held.put, shares, 0.0)
    call = floats(np.bincount(place, held_calls, strike.size))
    put = floats(np.bincount(place, held_puts, strike.size))
    return pain(strike, call, put, spot)


def front(positions: Positions, spot: float) -> Pain | None:
    """Return max pain of the nearest expiry that is left, None without one."""
    held = positions.take(positions.live)
    return whole(held.take(held.dte == held.dte.min()), spot) if held.dte.size else None


def by_expiry(positions: Positions, spot: float) -> tuple[ExpiryPain, ...]:
    """Return max pain of each expiry, the nearest first."""
    held = positions.take(positions.live)
    return tuple(
        _of_expiry(held.take(held.dte == dte), dte, spot)
        for dte in np.unique(held.dte).tolist()
    )


def _of_expiry(held: Positions, dte: int, spot: float) -> ExpiryPain:
    known = held.oi[held.known]
    total = float(known.sum()) if known.size else None
    return ExpiryPain(dte=dte, level=whole(held, spot).level, total_oi=total)


@kernel
def _payouts(mills: Floats, calls: Floats, puts: Floats, call: Floats, put: Floats) -> None:
    held, paid, below = 0.0, 0.0, 0.0
    for row in range(mills.size):
        here = float(mills[row])
        paid += held * (here - below)
        call[row] = paid
        held += float(calls[row])
        below = here
    held, paid, above = 0.0, 0.0, 0.0
    for row in range(mills.size - 1, -1, -1):
        here = float(mills[row])
        paid += held * (above - here)
        put[row] = paid
        held += float(puts[row])
        above = here
