"""Signals spelled out: columns to the structs that are written, one a signal."""

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.flow.options import FlowOptions, ScoreOptions
from opentape.flow.records import Records
from opentape.flow.signal import (
    AGGRESSORS,
    BIASES,
    INTENTS,
    MONEYNESS,
    NBBO_STATES,
    RADAR_FLAGS,
    RADAR_SIDES,
    SIDES,
    Enrichment,
    Kind,
    Radar,
    RadarParts,
    ScoreBreakdown,
    Signal,
    Signals,
    conviction,
    golden,
    radar_bias,
)
from opentape.market.calendar import iso
from opentape.market.conditions import FLAGS
from opentape.market.contract import Contract, Contracts
from opentape.market.money import NANOS
from opentape.market.venues import MICS


class _Row(NamedTuple):
    """One signal as plain numbers: what numpy is slow to hand out one at a time."""

    contract: int
    first_ts: int
    last_ts: int
    sequence: int
    row: int
    venue: int
    side: int
    aggressor: int
    nbbo: int
    size: int
    legs: int
    iso_legs: int
    venues: int
    price_min: int
    price_max: int
    sweep: bool
    premium: float
    price: float
    dte: int
    bias: int
    confidence: float
    change: int
    intent: int
    score: int
    parts: list[int]
    flags: int
    oi: int
    kind: int
    otm_percent: float
    radar: int
    radar_parts: list[int]
    spot: float
    iv: float
    delta: float
    gamma: float
    iv_vs_atm: float
    moneyness: int
    delta_notional: float
    gex_impact: float
    signed_delta_notional: float
    gold: bool


class _Named(NamedTuple):
    """What a parent is named by."""

    contract: int
    first_ts: int
    sequence: int
    row: int
    venue: int
    side: int
    size: int


def _rows(
    signals: Signals, options: ScoreOptions, gold: NDArray[np.bool_] | None = None
) -> Iterator[_Row]:
    columns = [
        *(signals.parents[name] for name in _Row._fields[: _Row._fields.index("premium")]),
        *signals[1:],
        golden(signals, options) if gold is None else gold,
    ]
    return map(_Row._make, zip(*(column.tolist() for column in columns), strict=True))


def signal_rows(
    signals: Signals,
    contracts: Contracts,
    options: FlowOptions,
    gold: NDArray[np.bool_] | None = None,
) -> Iterator[Signal]:
    """Yield the signals of one answer, in their order, as structs.

    Parameters
    ----------
    gold
        Which of them are golden, where they are only a part of the answer.
    """
    met: dict[int, Contract] = {}
    for row in _rows(signals, options.score, gold):
        contract = met.get(row.contract)
        if contract is None:
            contract = met[row.contract] = contracts[row.contract]
        yield _signal(row, contract, options)


def identities(signals: Signals, contracts: Contracts) -> Iterator[str]:
    """Yield the id of each signal: unique, and the same however often it is asked for."""
    return parent_identities(signals.parents, contracts)


def parent_identities(parents: Records, contracts: Contracts) -> Iterator[str]:
    """Yield the id that the signal of each parent has."""
    columns = (parents[name].tolist() for name in _Named._fields)
    rows = map(_Named._make, zip(*columns, strict=True))
    return (_identity(row, contracts[row.contract]) for row in rows)


def _identity(row: _Row | _Named, contract: Contract) -> str:
    """Return root, ns, expiry, strike and right, side, size, and the first leg's number.

    That is its sequence, or its row with an ``r`` where the feed numbers nothing.
    """
    number = str(row.sequence) if row.sequence > 0 else f"r{row.row}"
    return (
        f"{contract.root}-{row.first_ts}-{_yyyymmdd(contract.expiry)}"
        f"-{contract.strike_mills}{contract.right}-{SIDES[row.side]}"
        f"-{row.size}-{MICS[row.venue]}-{number}"
    )


@lru_cache(1 << 12)
def _yyyymmdd(date: dt.date) -> str:
    return f"{date:%Y%m%d}"


def _tags(row: _Row, options: ScoreOptions) -> list[str]:
    tags = ["sweep" if row.sweep else "block"]
    tags += ((), ("opening",), ("closing",))[row.bias]
    tags += ["0dte"] * (row.dte == 0)
    tags += ["whale"] * (row.premium >= options.whale_usd)
    return tags + ["golden"] * row.gold


def _signal(row: _Row, contract: Contract, options: FlowOptions) -> Signal:
    return Signal(
        id=_identity(row, contract),
        symbol=contract.underlying,
        ts=iso(row.first_ts),
        last_ts=iso(row.last_ts),
        expiry=contract.expiry,
        strike=contract.strike,
        right=contract.right,
        side=SIDES[row.side],
        price=row.price,
        size=row.size,
        premium=row.premium,
        dte=row.dte,
        structure="sweep" if row.sweep else "block",
        aggressor=AGGRESSORS[row.aggressor],
        open_close_bias=BIASES[row.bias],
        open_close_confidence=row.confidence,
        contract_net_oi_delta=row.change,
        intent=INTENTS[row.intent],
        score=row.score,
        conviction=conviction(row.score, options.score),
        tags=_tags(row, options.score),
        score_breakdown=ScoreBreakdown(*row.parts),
        enrichment=_enrichment(row) if row.moneyness else Enrichment(),
        flags=list(_flags_in(row.flags)),
        nbbo_state=NBBO_STATES[row.nbbo],
        legs=row.legs,
        venues=list(_venues_in(row.venues)),
        iso_legs=row.iso_legs,
        price_min=row.price_min / NANOS,
        price_max=row.price_max / NANOS,
        open_interest=row.oi if row.oi >= 0 else None,
        radar=_radar(row, contract, options),
    )


def _enrichment(row: _Row) -> Enrichment:
    signed = row.signed_delta_notional
    return Enrichment(
        iv=row.iv,
        delta=row.delta,
        gamma=row.gamma,
        iv_vs_atm=row.iv_vs_atm,
        moneyness=MONEYNESS[row.moneyness],
        estimated_delta_notional=row.delta_notional,
        hypothetical_gex_impact_if_opening=row.gex_impact,
        signed_delta_notional=None if math.isnan(signed) else signed,
    )


def _radar(row: _Row, contract: Contract, options: FlowOptions) -> Radar:
    side = RADAR_SIDES[row.aggressor]
    cuts = (options.radar.notable, options.radar.elevated, options.radar.extreme)
    return Radar(
        score=row.radar,
        flag=RADAR_FLAGS[sum(row.radar >= cut for cut in cuts)],
        score_parts=RadarParts(*row.radar_parts),
        kind=Kind(row.kind).name,
        side=side,
        bias=radar_bias(side, contract.right),
        ticker=contract.underlying,
        type="CALL" if contract.right == "C" else "PUT",
        strike=contract.strike,
        expiry=contract.expiry,
        dte=row.dte,
        volume=row.size,
        open_interest=row.oi if row.oi >= 0 else None,
        vol_oi=row.size / max(row.oi, 1) if row.oi >= 0 else None,
        premium=row.premium,
        otm_percent=None if math.isnan(row.otm_percent) else row.otm_percent,
        spot=None if math.isnan(row.spot) else row.spot,
        iv=None if math.isnan(row.iv) else row.iv,
        timestamp=iso(row.first_ts),
    )


@lru_cache(1 << 12)
def _flags_in(mask: int) -> tuple[str, ...]:
    return tuple(names_in(mask, FLAGS))


@lru_cache(1 << 12)
def _venues_in(mask: int) -> tuple[str, ...]:
    return tuple(sorted(names_in(mask, MICS)))


def names_in(mask: int, names: Sequence[str]) -> list[str]:
    """Return the names whose bits are set, in the order of `names`."""
    return [name for bit, name in enumerate(names) if mask >> bit & 1]
