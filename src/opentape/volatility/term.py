"""The term structure: ATM vol at constant maturities, its slopes, the expected move."""

from typing import Final, NamedTuple

import numpy as np

from opentape.pricing.forward import Floats
from opentape.volatility.options import ChainOptions

_DAYS: Final = 365.0
_PERCENT: Final = 100.0


class Term(NamedTuple):
    """ATM vol at three maturities, fractions per year; NaN where the chain spans none."""

    iv_7d: float
    iv_30d: float
    iv_90d: float

    @property
    def near_slope_pct(self) -> float:
        """How much more the 30 days' vol is than the 7 days', percent."""
        return (self.iv_30d - self.iv_7d) / self.iv_7d * _PERCENT

    @property
    def far_slope_pct(self) -> float:
        """How much more the 90 days' vol is than the 30 days', percent."""
        return (self.iv_90d - self.iv_30d) / self.iv_30d * _PERCENT


def term(years: Floats, atm_iv: Floats, options: ChainOptions | None = None) -> Term:
    """Return the constant-maturity vols of a chain from the ATM vol of each expiry."""
    options = options or ChainOptions()
    with np.errstate(invalid="ignore"):
        kept = (atm_iv >= options.least_atm_iv) & (atm_iv <= options.most_atm_iv)
    days = (7.0, 30.0, 90.0)
    return Term(*(constant_maturity(years[kept], atm_iv[kept], at / _DAYS) for at in days))


def constant_maturity(years: Floats, atm_iv: Floats, target: float) -> float:
    """Return the ATM vol at a maturity: a line in total variance between two expiries.

    Parameters
    ----------
    years, atm_iv : float64, shape (n,)
        Of each expiry, in any order; those without a vol or past are left out.
    target : float
        Years.

    Returns
    -------
    float
        Fraction per year; NaN where no two expiries lie about the target.

    Examples
    --------
    >>> constant_maturity(np.array([0.1, 0.3]), np.array([0.2, 0.2]), 0.2).__round__(12)
    0.2
    """
    known = np.isfinite(atm_iv) & (years > 0)
    time, place = np.unique(years[known], return_index=True)
    if not time.size or not time[0] <= target <= time[-1]:
        return float("nan")
    variance = atm_iv[known][place] ** 2 * time
    return float(np.sqrt(np.interp(target, time, variance) / target))


def expected_move(spot: float, atm_iv: Floats, years: Floats) -> Floats:
    """Return one standard deviation of each expiry in dollars, NaN for one that is past."""
    return spot * atm_iv * np.sqrt(np.where(years > 0, years, np.nan))
