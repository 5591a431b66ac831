"""Parents and the state of their contracts to signals: one call a question."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.flow import interest
from opentape.flow.day import Book
from opentape.flow.judge.enrich import ChainMarks, enriched, spots
from opentape.flow.judge.radar import radar_scored
from opentape.flow.judge.score import scored
from opentape.flow.options import FlowOptions, InterestOptions
from opentape.flow.records import NOTIONAL_SHIFT, Records, Side, taken
from opentape.flow.signal import Intent, Kind, Signals
from opentape.market.calendar import EPOCH
from opentape.market.conditions import FLAGS
from opentape.market.contract import Contracts
from opentape.market.money import MILLS
from opentape.pricing.jit import kernel

_PROVEN: Final = 1 << FLAGS.index("proven_open")
_STALE: Final = 1 << FLAGS.index("oi_stale")
_NANOS_PER_CENT: Final = 10_000_000
_NANOS_PER_TICK: Final = 100_000
"""A tick of an average price is a hundredth of a cent: four decimals."""
_SHIFTED: Final = 1 << NOTIONAL_SHIFT
_PERCENT: Final = 100.0
_OTM_DECIMALS: Final = 1e4
_MS: Final = 1_000_000
_SEVERAL: Final = 2
_ALPHABETICAL: Final = np.array([0, 2, 1])
"""Rank of each side by its name."""


def judge(
    books: Sequence[Book],
    contracts: Contracts,
    options: FlowOptions,
    chain: ChainMarks | None = None,
) -> Signals:
    """Return every parent of some trade dates as a signal, best first.

    Each is judged on the state that its contract has in its own book; all signals of one
    contract and trade date share bias, confidence and net change.

    Parameters
    ----------
    chain
        Vols and greeks of contracts; without it, and for contracts that it lacks, what a
        chain adds is unknown.
    """
    chain = chain or ChainMarks.none()
    judged = Signals.joined(
        [_judge_book(book, contracts, options, chain) for book in books]
    )
    return judged if judged.rows < _SEVERAL else judged.take(_best_first(judged, contracts))


def _judge_book(
    book: Book, contracts: Contracts, options: FlowOptions, chain: ChainMarks
) -> Signals:
    book = _large_enough(book, contracts, options.gather.block_min_premium_usd)
    parents, places = book.parents, book.parents["contract"].astype(np.int64)
    premium = premium_cents(parents, contracts) / 100.0
    volume = book.volume.sum(axis=1)
    signed = book.volume[:, Side.BUY] + book.volume[:, Side.SELL]
    change = changes(book.volume, book.proven, book.oi, options.interest)
    bias = interest.bias_of(change, signed, volume, book.proven, book.oi, options.interest)
    confidence = interest.confidence_of(volume, book.proven, options.interest)
    opening = np.where(bias == interest.OPENING, confidence, 0.0)
    dte = contracts.expiry_days[places] - (book.trade_date - EPOCH).days
    score, parts = scored(parents, premium, book.oi, opening, dte, options.score)
    marks = chain.of(parents["contract"])
    spot = spots(parents, marks)
    otm = otm_percent(parents, contracts, spot)
    radar, radar_parts = radar_scored(
        parents["size"].astype(np.int64), book.oi, premium, dte, otm, options.radar
    )
    return Signals(
        parents=parents,
        premium=premium,
        price=average_ticks(parents) / 10_000.0,
        dte=dte,
        bias=bias,
        confidence=confidence,
        change=change,
        intent=_intent(parents, contracts.puts[places], bias),
        score=score,
        parts=parts,
        flags=_flags(book),
        oi=book.oi,
        kind=_kinds(parents, options.radar.split_within_ms),
        otm_percent=otm,
        radar=radar,
        radar_parts=radar_parts,
        spot=spot,
        **enriched(parents, contracts, marks, options.enrich)._asdict(),
    )


def premium_cents(parents: Records, contracts: Contracts) -> NDArray[np.int64]:
    """Return what each parent paid, in cents, rounded half up from nanodollars."""
    each = contracts.multipliers[parents["contract"]].astype(np.int64)
    high, rest = np.divmod(parents["notional_high"] * each, _NANOS_PER_CENT)
    low = rest * _SHIFTED + parents["notional_low"] * each
    return high * _SHIFTED + (low + _NANOS_PER_CENT // 2) // _NANOS_PER_CENT


def average_ticks(parents: Records) -> NDArray[np.int64]:
    """Return the size-weighted price of each parent, in 0.0001 dollars, rounded half up."""
    size = parents["size"]
    high, rest = np.divmod(parents["notional_high"], size)
    nanos = high * _SHIFTED + (rest * _SHIFTED + parents["notional_low"]) // size
    return (nanos + _NANOS_PER_TICK // 2) // _NANOS_PER_TICK


def otm_percent(
    parents: Records, contracts: Contracts, spot: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how far out of the money each parent was, in percent of spot to 4 decimals.

    Negative in the money, NaN where spot is not known.
    """
    places = parents["contract"]
    strike = contracts.strike_mills[places] / MILLS
    spot = np.where(spot > 0, spot, np.nan)
    away = np.where(contracts.puts[places], spot - strike, strike - spot)
    return np.floor(away / spot * _PERCENT * _OTM_DECIMALS + 0.5) / _OTM_DECIMALS


def _large_enough(book: Book, contracts: Contracts, least_usd: float) -> Book:
    if least_usd <= 0:
        return book
    enough = premium_cents(book.parents, contracts) >= least_usd * 100
    return book._replace(
        parents=taken(book.parents, enough),
        volume=book.volume[enough],
        proven=book.proven[enough],
        oi=book.oi[enough],
    )


def changes(
    volume: NDArray[np.int64],
    proven: NDArray[np.int64],
    oi: NDArray[np.int64],
    options: InterestOptions,
) -> NDArray[np.int64]:
    """Return the estimated change of open interest of each contract.

    Parameters
    ----------
    volume
        Contracts bought, sold and unsigned: three columns.
    """
    estimates = np.empty(proven.size, np.int64)
    _estimate_all(volume, proven, oi, options.opening_share, options.bounds, estimates)
    return estimates


@kernel
def _estimate_all(
    volume: NDArray[np.int64],
    proven: NDArray[np.int64],
    oi: NDArray[np.int64],
    share: float,
    bounds: bool,
    changes: NDArray[np.int64],
) -> None:
    for i in range(changes.size):
        changes[i] = interest.estimate(
            volume[i, 0], volume[i, 1], volume[i, 2], proven[i], oi[i], share, bounds
        )


def _intent(
    parents: Records, puts: NDArray[np.bool_], bias: NDArray[np.int8]
) -> NDArray[np.int8]:
    """Return what each parent bets on; nothing while its contract is being closed."""
    buys, sells = parents["side"] == Side.BUY, parents["side"] == Side.SELL
    up = (buys & ~puts) | (sells & puts)
    down = (buys & puts) | (sells & ~puts)
    bet = up * Intent.BULLISH + down * Intent.BEARISH
    return np.where(bias == interest.CLOSING, Intent.NEUTRAL, bet).astype(np.int8)


def _flags(book: Book) -> NDArray[np.int64]:
    flags = book.parents["flags"].astype(np.int64)
    flags |= np.where(book.proven > 0, _PROVEN, 0)
    return flags | _STALE if book.oi_stale else flags


def _kinds(parents: Records, within_ms: int) -> NDArray[np.int8]:
    """Return `Kind`: a lone parent soon after another of its kind is a split."""
    if parents.size < _SEVERAL:
        return np.where(parents["sweep"], Kind.SWEEP, Kind.BLOCK).astype(np.int8)
    order = np.lexsort(
        (
            parents["row"],
            parents["sequence"],
            parents["first_ts"],
            parents["side"],
            parents["contract"],
        )
    )
    ordered = taken(parents, order)
    same = np.zeros(parents.size, np.bool_)
    same[1:] = (ordered["contract"][1:] == ordered["contract"][:-1]) & (
        ordered["side"][1:] == ordered["side"][:-1]
    )
    soon = np.zeros(parents.size, np.bool_)
    soon[1:] = ordered["first_ts"][1:] - ordered["last_ts"][:-1] <= within_ms * _MS
    kinds = np.empty(parents.size, np.int8)
    kinds[order] = np.where(same & soon, Kind.SPLIT, Kind.BLOCK)
    return np.where(parents["sweep"], Kind.SWEEP, kinds).astype(np.int8)


def _best_first(signals: Signals, contracts: Contracts) -> NDArray[np.int64]:
    """Return the order of an answer: score, premium, newest, then what never changes."""
    best = (-signals.score, -signals.premium, -signals.parents["first_ts"])
    order = np.lexsort(best[::-1])
    same = np.ones(max(signals.rows - 1, 0), np.bool_)
    for key in best:
        ordered = key[order]
        same &= ordered[1:] == ordered[:-1]
    tied = np.zeros(signals.rows, np.bool_)
    tied[1:] |= same
    tied[:-1] |= same
    places = order[tied]
    group = np.cumsum(~np.append(False, same))[tied]
    order[tied] = places[_settle_ties(taken(signals.parents, places), group, contracts)]
    return order


def _settle_ties(
    parents: Records, group: NDArray[np.int64], contracts: Contracts
) -> NDArray[np.int64]:
    """Return the order by contract, side and first leg within each group of equals."""
    places = parents["contract"]
    by_name = np.argsort(np.argsort(np.array(contracts.roots, dtype="S6")))
    return np.lexsort(
        (
            parents["row"],
            parents["sequence"],
            _ALPHABETICAL[parents["side"]],
            contracts.puts[places],
            contracts.strike_mills[places],
            contracts.expiry_days[places],
            by_name[contracts.root_codes[places]],
            group,
        )
    )
