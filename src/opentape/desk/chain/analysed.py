"""A chain beside all that is computed of it: vols, greeks, smiles, and who holds what."""

import datetime as dt
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.market.calendar import EPOCH, trade_date, trading_hours
from opentape.market.chain import UNKNOWN_COUNT, YEAR_NS, Chain, Quoted
from opentape.market.errors import NoData
from opentape.positioning.book import Book
from opentape.positioning.options import LevelOptions
from opentape.positioning.positions import Positions
from opentape.pricing.forward import Floats
from opentape.pricing.smile import Fitted
from opentape.volatility.options import ChainOptions
from opentape.volatility.skew import Skew, skew
from opentape.volatility.slices import Given
from opentape.volatility.smiles import smiles
from opentape.volatility.surface import Surface, solve
from opentape.volatility.term import Term, term

_LISTED: Final = 12


class Analysed(NamedTuple):
    """A chain beside all that was computed of it."""

    chain: Chain
    surface: Surface
    held: Positions
    """Every contract of the chain."""
    skew: Skew
    term: Term
    fits: list[Fitted]
    book: Book
    today: int
    """The trade date of the snapshot, days since 1970-01-01."""
    hours: float | None
    """Trading hours to the nearest expiry; None where all have passed."""
    expiry: dt.date | None
    """The one expiry that was asked for."""
    options: ChainOptions
    """What all of it was computed with."""


def analysed(
    chain: Chain,
    options: ChainOptions,
    levels: LevelOptions,
    given: Given,
    expiry: dt.date | None,
) -> Analysed:
    """Return what is computed of a chain, its book cut to one expiry if one is given.

    Raises
    ------
    NoData
        If the chain does not list `expiry`.
    """
    # the whole chain is solved: an expiry with few quotes borrows its smile from the rest
    surface = solve(chain, options, given)
    wings, fits = skew(chain, surface, options), smiles(chain, surface)
    maturities = term(surface.slices.years, wings.atm_iv, options)
    held = positions(chain, surface)
    book = Book(held.take(of_expiry(chain, expiry)), surface.slices.spot, levels)
    return Analysed(
        chain=chain,
        surface=surface,
        held=held,
        skew=wings,
        term=maturities,
        fits=fits,
        book=book,
        today=_today(chain),
        hours=hours_left(chain, book.positions, chain.as_of),
        expiry=expiry,
        options=options,
    )


def positions(chain: Chain, surface: Surface) -> Positions:
    """Return the contracts of a chain as exposures and levels take them."""
    slices = surface.slices
    return Positions(
        put=chain.put,
        strike=chain.strike,
        dte=chain.expiry_day - _today(chain),
        years=surface.each(slices.years),
        oi=_counts(chain.open_interest),
        volume=_counts(chain.volume),
        multiplier=chain.multiplier,
        vol=surface.greek_vol,
        delta=surface.greeks.delta,
        gamma=surface.greeks.gamma,
        rate=surface.each(slices.rate),
        carry=surface.each(slices.carry),
        usable=np.isfinite(surface.greek_vol) & (surface.quote != Quoted.WIDE),
    )


def _today(chain: Chain) -> int:
    return (trade_date(chain.as_of) - EPOCH).days


def _counts(column: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Floats:
    return np.where(column == UNKNOWN_COUNT, np.nan, column.astype(np.float64))


def of_expiry(chain: Chain, expiry: dt.date | None) -> NDArray[np.bool_]:
    """Return which contracts are of one expiry; all of them if none is given.

    Raises
    ------
    NoData
        If the chain does not list it.
    """
    if expiry is None:
        return np.ones(chain.rows, np.bool_)
    mine = chain.expiry_day == (expiry - EPOCH).days
    if not mine.any():
        days = np.unique(chain.expiry_day)
        listed = [f"{EPOCH + dt.timedelta(days=day)}" for day in days[:_LISTED].tolist()]
        more = ", ..." if days.size > _LISTED else ""
        raise NoData(f"an expiry must be one of {', '.join(listed)}{more}, was {expiry}")
    return mine


def hours_left(chain: Chain, held: Positions, now_ns: int) -> float | None:
    """Return trading hours from an instant to the nearest expiry of contracts after it.

    Returns
    -------
    float or None
        None where all of them have expired.
    """
    left = held.years * YEAR_NS - (now_ns - chain.as_of)
    ahead = left[left > 0]
    if not ahead.size:
        return None
    return trading_hours(now_ns, now_ns + round(float(ahead.min())))
