"""One expiry in a few numbers: ATM vol, 25- and 10-delta vols, and what they say together.

All are read off listed contracts out of the money, never off a fit.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.market.chain import Chain
from opentape.pricing.forward import Floats
from opentape.volatility.options import ChainOptions
from opentape.volatility.surface import Surface

_Z_25: Final = 0.6745
"""Standard deviations from the money at which delta is near 0.25."""
_Z_10: Final = 1.2816


class Skew(NamedTuple):
    """Columns over expiries, fractions per year; NaN where the chain does not tell."""

    atm_iv: Floats
    put_25d_iv: Floats
    call_25d_iv: Floats
    put_10d_iv: Floats
    call_10d_iv: Floats

    @property
    def skew_25d(self) -> Floats:
        """Put less call at 25 delta."""
        return self.put_25d_iv - self.call_25d_iv

    @property
    def risk_reversal_25d(self) -> Floats:
        """Call less put at 25 delta."""
        return self.call_25d_iv - self.put_25d_iv

    @property
    def butterfly_25d(self) -> Floats:
        """Mean of the 25-delta vols less the ATM vol."""
        return 0.5 * (self.call_25d_iv + self.put_25d_iv) - self.atm_iv

    @property
    def tail_convexity(self) -> Floats:
        """How much steeper puts are from 25 to 10 delta than from the money to 25."""
        return (self.put_10d_iv - self.put_25d_iv) - (self.put_25d_iv - self.atm_iv)

    @property
    def smile_ratio(self) -> Floats:
        """Put over call at 25 delta."""
        return self.put_25d_iv / self.call_25d_iv


class _Wing(NamedTuple):
    """Some contracts of one expiry, nearest to the forward first."""

    away: Floats
    """ln(strike / forward)."""
    vol: Floats
    delta: Floats


def skew(chain: Chain, surface: Surface, options: ChainOptions | None = None) -> Skew:
    """Return the ATM vol and the wing vols of each expiry."""
    options = options or ChainOptions()
    found = np.full((len(Skew._fields), surface.slices.rows), np.nan)
    for at in range(surface.slices.rows):
        puts, calls, everything = _wings(chain, surface, at)
        atm = _atm_iv(puts, calls, everything)
        deviation = atm * np.sqrt(max(float(surface.slices.years[at]), 0.0))
        if not options.least_atm_iv <= atm <= options.most_atm_iv:
            found[0, at] = atm
            continue
        found[:, at] = (
            atm,
            _listed(puts, _Z_25 * deviation, 0.25, options.delta_25_reach),
            _listed(calls, _Z_25 * deviation, 0.25, options.delta_25_reach),
            _listed(puts, _Z_10 * deviation, 0.10, options.delta_10_reach),
            _listed(calls, _Z_10 * deviation, 0.10, options.delta_10_reach),
        )
    return Skew._make(found)


def _atm_iv(puts: _Wing, calls: _Wing, everything: _Wing) -> float:
    """Return the vol at the forward: a line in total variance between its neighbours.

    Where one side lists nothing out of the money it is the vol of the nearest strike.
    """
    if not puts.vol.size or not calls.vol.size:
        return float(everything.vol[0]) if everything.vol.size else float("nan")
    below, above = float(puts.away[0]), float(calls.away[0])
    share = below / (below - above) if above > below else 0.0
    low, high = float(puts.vol[0]) ** 2, float(calls.vol[0]) ** 2
    return float(np.sqrt(low + share * (high - low)))


def _wings(chain: Chain, surface: Surface, at: int) -> tuple[_Wing, _Wing, _Wing]:
    """Return puts and calls out of the money, and every contract, of one expiry."""
    mine = np.flatnonzero((surface.slices.of == at) & surface.usable)
    away = np.log(chain.strike[mine] / surface.slices.forward[at])
    put = chain.put[mine]
    below, above = put & (away <= 0), ~put & (away > 0)
    return (
        _wing(surface, mine[below], away[below]),
        _wing(surface, mine[above], away[above]),
        _wing(surface, mine, away),
    )


def _wing(surface: Surface, mine: NDArray[np.intp], away: Floats) -> _Wing:
    order = np.argsort(np.abs(away), kind="stable")
    chosen = mine[order]
    return _Wing(away[order], surface.vol[chosen], surface.greeks.delta[chosen])


def _listed(wing: _Wing, away: float, delta: float, reach: float) -> float:
    """Return the vol of the contract nearest to where a delta stands."""
    if not wing.vol.size:
        return float("nan")
    nearest = int(np.argmin(np.abs(np.abs(wing.away) - away)))
    off = abs(abs(float(wing.delta[nearest])) - delta)
    return float(wing.vol[nearest]) if off <= reach else float("nan")
