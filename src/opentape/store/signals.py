"""Signals to Parquet: the fields of `flow.signal.Signal`, each with a type of its own."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from opentape.flow.interest import CLOSING, OPENING
from opentape.flow.judge.radar import PARTS as RADAR_PARTS
from opentape.flow.judge.score import PARTS
from opentape.flow.options import FlowOptions, RadarOptions, ScoreOptions
from opentape.flow.signal import (
    AGGRESSORS,
    BIASES,
    CONVICTIONS,
    INTENTS,
    MONEYNESS,
    NBBO_STATES,
    RADAR_FLAGS,
    RADAR_SIDES,
    SIDES,
    Kind,
    Signals,
    golden,
    radar_bias,
)
from opentape.market.conditions import FLAGS
from opentape.market.contract import Contracts
from opentape.market.money import MILLS
from opentape.market.roots import underlying_of
from opentape.market.venues import MICS
from opentape.store.aside import writing
from opentape.store.columns import (
    RIGHTS,
    Column,
    dates,
    days_as_text,
    each,
    instants,
    joined,
    known,
    lists,
    money,
    pc,
    struct,
    unpacked,
    words,
)

_STRUCTURES = ("block", "sweep")
_TYPES = ("CALL", "PUT")
_TAGS = ("sweep", "block", "opening", "closing", "0dte", "whale", "golden")
_KINDS = tuple(kind.name for kind in Kind)
_BY_NAME = sorted(range(len(MICS)), key=MICS.__getitem__)
"""Venues in the order of their names."""
_RADAR_BIASES = tuple(radar_bias(side, right) for side in RADAR_SIDES for right in RIGHTS)
"""By twice the `Aggressor`, one more for puts."""


def write_signals(
    path: Path, signals: Signals, contracts: Contracts, options: FlowOptions
) -> None:
    """Write the signals of one answer, in their order, as a Parquet file.

    Field names and values are those of the signals as JSON. Instants are timestamps in
    UTC and keep their nanoseconds, which the JSON cuts to microseconds; expiries are dates.

    Raises
    ------
    BadFile
        If the file cannot be written.
    """
    with writing(path) as aside:
        table = signal_table(signals, contracts, options)
        pq.write_table(table, aside, compression="zstd")


def signal_table(signals: Signals, contracts: Contracts, options: FlowOptions) -> Column:
    """Return the signals of one answer as an Arrow table, a row a signal."""
    parents = signals.parents
    places = parents["contract"].astype(np.int64)
    shared = _shared(signals, contracts, places)
    return pa.table(
        {
            "id": identities(signals, contracts),
            "symbol": shared["symbol"],
            "ts": shared["ts"],
            "last_ts": instants(parents["last_ts"]),
            "expiry": shared["expiry"],
            "strike": shared["strike"],
            "right": words(contracts.puts[places].astype(np.int8), RIGHTS),
            "side": words(parents["side"], SIDES),
            "price": pa.array(signals.price),
            "size": shared["size"],
            "premium": shared["premium"],
            "dte": shared["dte"],
            "structure": words(parents["sweep"].astype(np.int8), _STRUCTURES),
            "aggressor": words(parents["aggressor"], AGGRESSORS),
            "open_close_bias": words(signals.bias, BIASES),
            "open_close_confidence": pa.array(signals.confidence),
            "contract_net_oi_delta": pa.array(signals.change),
            "intent": words(signals.intent, INTENTS),
            "score": pa.array(signals.score),
            "conviction": words(_convictions(signals.score, options.score), CONVICTIONS),
            "tags": lists(_tags(signals, options.score), _TAGS),
            "score_breakdown": _points(signals.parts, PARTS),
            "enrichment": _enrichment(signals),
            "flags": lists(unpacked(signals.flags, range(len(FLAGS))), FLAGS),
            "nbbo_state": words(parents["nbbo"], NBBO_STATES),
            "legs": pa.array(parents["legs"].astype(np.int64)),
            "venues": lists(unpacked(parents["venues"], _BY_NAME), sorted(MICS)),
            "iso_legs": pa.array(parents["iso_legs"].astype(np.int64)),
            "price_min": money(parents["price_min"]),
            "price_max": money(parents["price_max"]),
            "open_interest": shared["open_interest"],
            "radar": _radar(signals, contracts.puts[places], shared, options.radar),
        }
    )


def identities(signals: Signals, contracts: Contracts) -> Column:
    """Return the id of each signal, as `flow.signal.identity` spells it."""
    parents = signals.parents
    places = parents["contract"].astype(np.int64)
    sequence = pa.array(parents["sequence"])
    unnumbered = joined("", words(np.zeros(signals.rows, np.int8), "r"), parents["row"])
    return joined(
        "-",
        words(contracts.root_codes[places], contracts.roots),
        parents["first_ts"],
        each(places, lambda distinct: _series(contracts, distinct)),
        words(parents["side"], SIDES),
        parents["size"],
        words(parents["venue"], MICS),
        pc.if_else(pc.greater(sequence, 0), sequence.cast(pa.string()), unnumbered),
    )


def _series(contracts: Contracts, places: NDArray[np.int64]) -> Column:
    """Return expiry, strike in mills and right of contracts, as ids spell them."""
    right = words(contracts.puts[places].astype(np.int8), RIGHTS)
    strike = joined("", contracts.strike_mills[places], right)
    return joined("-", days_as_text(contracts.expiry_days[places], "%Y%m%d"), strike)


def _shared(
    signals: Signals, contracts: Contracts, places: NDArray[np.int64]
) -> dict[str, Column]:
    """Return the columns that stand in a signal and in its radar."""
    underlyings = [underlying_of(root) for root in contracts.roots]
    return {
        "symbol": words(contracts.root_codes[places], underlyings),
        "ts": instants(signals.parents["first_ts"]),
        "expiry": dates(contracts.expiry_days[places]),
        "strike": pa.array(contracts.strike_mills[places] / MILLS),
        "size": pa.array(signals.parents["size"]),
        "premium": pa.array(signals.premium),
        "dte": pa.array(signals.dte),
        "open_interest": known(signals.oi, signals.oi >= 0),
    }


def _radar(
    signals: Signals,
    puts: NDArray[np.bool_],
    shared: dict[str, Column],
    options: RadarOptions,
) -> Column:
    aggressor = signals.parents["aggressor"]
    cuts = (options.notable, options.elevated, options.extreme)
    share = signals.parents["size"] / np.maximum(signals.oi, 1)
    fields = {
        "score": pa.array(signals.radar),
        "flag": words(_above(signals.radar, cuts), RADAR_FLAGS),
        "scoreParts": _points(signals.radar_parts, RADAR_PARTS),
        "kind": words(signals.kind, _KINDS),
        "side": words(aggressor, RADAR_SIDES),
        "bias": words(2 * aggressor + puts, _RADAR_BIASES),
        "ticker": shared["symbol"],
        "type": words(puts.astype(np.int8), _TYPES),
        "strike": shared["strike"],
        "expiry": shared["expiry"],
        "dte": shared["dte"],
        "volume": shared["size"],
        "openInterest": shared["open_interest"],
        "volOI": known(share, signals.oi >= 0),
        "premium": shared["premium"],
        "otmPct": _told(signals.otm_percent),
        "spot": _told(signals.spot),
        "iv": _told(signals.iv),
        "sector": pa.nulls(signals.rows, pa.string()),
        "timestamp": shared["ts"],
    }
    return struct(fields)


def _tags(signals: Signals, options: ScoreOptions) -> NDArray[np.bool_]:
    """Return which of `_TAGS` each signal carries."""
    sweep = signals.parents["sweep"]
    return np.column_stack(
        [
            sweep,
            ~sweep,
            signals.bias == OPENING,
            signals.bias == CLOSING,
            signals.dte == 0,
            signals.premium >= options.whale_usd,
            golden(signals, options),
        ]
    )


def _convictions(score: NDArray[np.int64], options: ScoreOptions) -> NDArray[np.int64]:
    return _above(score, (options.low, options.medium, options.high))


def _above(score: NDArray[np.int64], cuts: tuple[int, ...]) -> NDArray[np.int64]:
    """Return how many of the cuts each score reaches."""
    return np.sum([score >= cut for cut in cuts], axis=0)


def _points(parts: NDArray[np.int8], names: tuple[str, ...]) -> Column:
    return struct({name: pa.array(parts[:, at]) for at, name in enumerate(names)})


def _enrichment(signals: Signals) -> Column:
    columns = {
        "iv": _told(signals.iv),
        "delta": _told(signals.delta),
        "gamma": _told(signals.gamma),
        "iv_vs_atm": _told(signals.iv_vs_atm),
        "moneyness": words(signals.moneyness, MONEYNESS),
        "estimated_delta_notional": _told(signals.delta_notional),
        "hypothetical_gex_impact_if_opening": _told(signals.gex_impact),
        "signed_delta_notional": _told(signals.signed_delta_notional),
    }
    return struct(columns)


def _told(values: NDArray[np.float64]) -> Column:
    """Return numbers, null where they are NaN."""
    return known(values, ~np.isnan(values))
