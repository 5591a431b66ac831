"""The same job in plain Python: one loop over the prints, dictionaries for the state.

It is what the fold would be without NumPy, and the referee of the other rivals. Measured on
the first 300,000 prints of the tape, the opening burst, where windows are fullest.
"""

# ruff: noqa: PLR2004 - sides are 0, 1, 2 and the method's numbers stand where they are used

import datetime as dt
import itertools
import math
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from harness import (
    BLOCK,
    CANCELS,
    EXCLUDED,
    GAP_NS,
    ISO,
    NO_SWEEP,
    SCALE,
    SPAN_NS,
    UNSIGNED,
    arguments,
    repeated,
    report,
)

LABELS = ("mid", "at_ask", "at_bid", "above_ask", "below_bid")
WEIGHTS = (22, 18, 14, 12, 22, 12)
TENOR = (
    (0, 0.5), (1, 0.75), (2, 1.0), (21, 1.0),
    (45, 0.75), (90, 0.5), (180, 0.3), (365, 0.15),
)  # fmt: skip


class Series(NamedTuple):
    """One contract, as its symbol says, and its open interest."""

    symbol: str
    dte: int
    call: bool
    oi: int | None


class Tape(NamedTuple):
    """Prints as rows: ts, contract, price, size, bid, ask, venue, letter."""

    rows: list[tuple]
    series: list[Series]


class Parent:
    """One intention: prints of one contract and side that came together."""

    __slots__ = (
        "contract", "first", "iso_legs", "labels", "last", "legs", "notional", "side",
        "size", "venues",
    )  # fmt: skip

    def __init__(self, contract: int, side: int, ts: int) -> None:
        self.contract, self.side, self.first = contract, side, ts
        self.last, self.size, self.notional, self.legs, self.iso_legs = ts, 0, 0, 0, 0
        self.labels = [0, 0, 0, 0, 0]
        self.venues: set[str] = set()

    def add(self, row: tuple, label: int) -> None:
        ts, _, price, size, _, _, venue, letter = row
        self.last = ts
        self.size += size
        self.notional += price * size
        self.legs += 1
        self.iso_legs += letter in ISO
        self.labels[label] += size
        self.venues.add(venue)


def read(tape: Path, oi: Path, limit: int | None = None) -> Tape:
    """Return the prints of a tape file as tuples, prices as integers."""
    table = pq.read_table(tape).slice(0, limit)
    symbols = table["symbol"].combine_chunks()
    if isinstance(symbols, pa.ChunkedArray):
        symbols = symbols.unify_dictionaries().combine_chunks()
    listed = pq.read_table(oi)
    settled = dict(zip(*(listed[c].to_pylist() for c in listed.column_names), strict=True))
    ts = table["ts_event"].cast(pa.int64()).to_pylist()
    date = dt.datetime.fromtimestamp(ts[0] / 1e9, dt.UTC).date()
    rows = zip(
        ts,
        symbols.indices.to_pylist(),
        _prices(table, "price"),
        table["size"].to_pylist(),
        _prices(table, "bid"),
        _prices(table, "ask"),
        table["venue"].to_pylist(),
        table["condition"].to_pylist(),
        strict=True,
    )
    series = [_series(text, date, settled) for text in symbols.dictionary.to_pylist()]
    return Tape(list(rows), series)


def _prices(table: pa.Table, name: str) -> list[int | None]:
    dollars = table[name].to_pylist()
    return [None if usd is None else round(usd * SCALE) for usd in dollars]


def _series(text: str, date: dt.date, settled: dict[str, int]) -> Series:
    expiry = dt.date(2000 + int(text[6:8]), int(text[8:10]), int(text[10:12]))
    return Series(text, (expiry - date).days, text[12] == "C", settled.get(text))


def standing(rows: list[tuple]) -> list[tuple]:
    """Return the prints that no later row takes back, without the rows that do."""
    contracts = {row[1] for row in rows if row[7] in CANCELS}
    same: dict[tuple, list[int]] = {}
    gone = set()
    for place, row in enumerate(rows):
        if row[1] not in contracts:
            continue
        key = (row[1], row[6], row[3], row[2])
        if row[7] in CANCELS:
            gone.add(place)
            if same.get(key):
                gone.add(same[key].pop())
        else:
            same.setdefault(key, []).append(place)
    return [row for place, row in enumerate(rows) if place not in gone] if gone else rows


def side_and_label(
    price: int, bid: int | None, ask: int | None, letter: str
) -> tuple[int, int]:
    """Return buy 0, sell 1 or mid 2 by the quote rule, and where the price stood."""
    if bid is None or ask is None or not 0 <= bid < ask or letter in UNSIGNED:
        return 2, 0
    twice, both = 2 * price, bid + ask
    if twice == both:
        return 2, 0
    reach = min(SCALE / 100, (ask - bid) / 20)
    if twice > both:
        if price > ask:
            return 0, 3
        return 0, 1 if ask - price <= reach else 0
    if price < bid:
        return 1, 4
    return 1, 2 if price - bid <= reach else 0


def fold(tape: Tape) -> tuple[list[Parent], dict[int, list[int]]]:
    """Return kept parents, and buys, sells, mids and proven opening of each contract."""
    kept: list[Parent] = []
    windows: dict[tuple[int, int], Parent] = {}
    state: dict[int, list[int]] = {}
    series = tape.series
    for row in standing(tape.rows):
        ts, contract, price, size, bid, ask, _, letter = row
        side, label = side_and_label(price, bid, ask, letter)
        mine = state.get(contract)
        if mine is None:
            mine = state[contract] = [0, 0, 0, 0]
        oi = series[contract].oi
        if oi is not None and size > oi + mine[0] + mine[1] + mine[2]:
            mine[3] += size - oi - mine[0] - mine[1] - mine[2]
        mine[side] += size
        if side == 2 or letter in NO_SWEEP:
            if size >= BLOCK and letter not in EXCLUDED:
                kept.append(Parent(contract, side, ts))
                kept[-1].add(row, label)
            continue
        key = (contract, side)
        window = windows.get(key)
        if window is None or ts - window.last > GAP_NS or ts - window.first > SPAN_NS:
            if window is not None and window.size >= BLOCK:
                kept.append(window)
            window = windows[key] = Parent(contract, side, ts)
        window.add(row, label)
    kept.extend(window for window in windows.values() if window.size >= BLOCK)
    return kept, state


def interest(mine: list[int], oi: int | None) -> tuple[int, str, float]:
    """Return net open-interest change, bias and confidence of a contract, flat model."""
    buys, sells, mids, proven = mine
    volume, signed = buys + sells + mids, buys + sells
    hundredths = 43 * (buys - sells)
    delta = int(math.copysign((2 * abs(hundredths) + 100) // 200, hundredths))
    if oi is not None:
        delta = min(max(delta, -min(volume, oi)), volume)
        delta = max(delta, 2 * proven - volume)
    bias = "unknown"
    if (signed >= 50 and 10 * delta >= signed) or (proven and 2 * proven >= volume):
        bias = "opening_bias"
    elif signed >= 50 and 10 * delta <= -signed and oi != 0:
        bias = "closing_bias"
    return delta, bias, min(1.0, max(0.43, proven / volume))


def tenor(dte: int) -> float:
    """Return the part of the tenor points that days to expiry are worth."""
    for (d0, n0), (d1, n1) in itertools.pairwise(TENOR):
        if dte <= d1:
            return n0 + (n1 - n0) * (dte - d0) / (d1 - d0)
    return TENOR[-1][1]


def score(parent: Parent, series: Series, bias: str, confidence: float) -> list[int]:
    """Return six integer points that sum to the score."""
    premium = parent.notional * 100 / SCALE
    oi = series.oi
    label = LABELS[max(range(5), key=parent.labels.__getitem__)]
    beyond = label == ("above_ask", "below_bid", "")[parent.side]
    at = label == ("at_ask", "at_bid", "")[parent.side]
    full = (
        min(1.0, max(0.0, math.log10(premium / 25_000) / math.log10(40))),
        0.0 if oi is None else min(1.0, math.log10(1 + 9 * parent.size / max(oi, 1))),
        1.0 if beyond else 0.75 if at else 0.0,
        1.0 if parent.legs > 1 else 0.0,
        confidence if bias == "opening_bias" else 0.0,
        tenor(series.dte),
    )  # fmt: skip
    real = [weight * part for weight, part in zip(WEIGHTS, full, strict=True)]
    points = [math.floor(part + 1e-9) for part in real]
    spare = math.floor(sum(real) + 0.5) - sum(points)
    for place in sorted(range(6), key=lambda i: points[i] - real[i])[:spare]:
        points[place] += 1
    return points


def intent(side: int, bias: str, *, call: bool) -> str:
    """Return the direction of a parent; closing flow and mid prints have none."""
    if side == 2 or bias == "closing_bias":
        return "neutral"
    return "bullish" if call == (side == 0) else "bearish"


def signals(tape: Tape) -> list[dict]:
    """Return every kept parent, scored on the final state of its contract."""
    kept, state = fold(tape)
    judged = {c: interest(mine, tape.series[c].oi) for c, mine in state.items()}
    found = []
    for parent in kept:
        series = tape.series[parent.contract]
        delta, bias, confidence = judged[parent.contract]
        points = score(parent, series, bias, confidence)
        found.append(
            {
                "symbol": series.symbol,
                "ts": parent.first,
                "last_ts": parent.last,
                "side": ("buy", "sell", "mid")[parent.side],
                "size": parent.size,
                "price": parent.notional / parent.size / SCALE,
                "premium": parent.notional * 100 / SCALE,
                "legs": parent.legs,
                "venues": sorted(parent.venues),
                "iso_legs": parent.iso_legs,
                "structure": "sweep" if parent.legs > 1 else "block",
                "aggressor": LABELS[max(range(5), key=parent.labels.__getitem__)],
                "open_interest": series.oi,
                "net_oi_delta": delta,
                "bias": bias,
                "confidence": confidence,
                "intent": intent(parent.side, bias, call=series.call),
                "score": sum(points),
                "points": points,
            }
        )
    found.sort(key=lambda s: (-s["score"], -s["premium"], -s["ts"]))
    return found


def main() -> None:
    asked = arguments(__doc__)
    tape = read(asked.tape, asked.oi, asked.limit)
    seconds, found = repeated(lambda: signals(tape), asked.runs)
    totals = {"parents": len(found), "size": sum(s["size"] for s in found)}
    report(seconds, len(tape.rows), **totals, score=sum(s["score"] for s in found))


if __name__ == "__main__":
    main()
