"""The same job in Polars: expressions for the quote rule, a sort and group-bys.

It is what a user of data frames writes today, on every core that Polars takes: everything
is an expression but the span cap, which only looks at chains that outlast it. In memory
from integer columns, and end to end from the tape's Parquet to signals in Parquet.
"""

# ruff: noqa: PLR2004 - sides are 0, 1, 2 and the method's numbers stand where they are used

import itertools
import math
from pathlib import Path
from typing import NamedTuple

import polars as pl

from harness import (
    BLOCK,
    CANCELS,
    EXCLUDED,
    GAP_NS,
    ISO,
    NO_SWEEP,
    PARTS,
    SCALE,
    UNSIGNED,
    arguments,
    repeated,
    report,
    split_long,
    taken_back,
)

LABELS = ("mid", "at_ask", "at_bid", "above_ask", "below_bid")
WEIGHTS = (22, 18, 14, 12, 22, 12)
TENOR = (
    (0, 0.5), (1, 0.75), (2, 1.0), (21, 1.0),
    (45, 0.75), (90, 0.5), (180, 0.3), (365, 0.15),
)  # fmt: skip


class Tape(NamedTuple):
    """Prints in order of time, and one row a contract."""

    prints: pl.DataFrame
    series: pl.DataFrame


def read(tape: Path, oi: Path, limit: int | None = None) -> Tape:
    """Return the prints of a tape file, symbols as integers, prices as integers."""
    frame = pl.read_parquet(tape, n_rows=limit)
    prices = [
        (pl.col(name) * SCALE).round().cast(pl.Int64) for name in ("price", "bid", "ask")
    ]
    contract = pl.col("symbol").to_physical().alias("contract")
    ts, size = pl.col("ts_event").cast(pl.Int64).alias("ts"), pl.col("size").cast(pl.Int64)
    letter = pl.col("condition").alias("letter")
    prints = frame.select(ts, contract, size, *prices, "venue", letter)
    date = pl.lit(frame["ts_event"].dt.convert_time_zone("America/New_York").dt.date()[0])
    text = pl.col("symbol").cast(pl.String)
    expiry = text.str.slice(6, 6).str.to_date("%y%m%d")
    series = (
        frame.select(contract, "symbol")
        .unique()
        .select(
            "contract",
            text,
            (expiry - date).dt.total_days().alias("dte"),
            (text.str.slice(12, 1) == "C").alias("call"),
        )
    )
    settled = pl.read_parquet(oi).rename({"open_interest": "oi"})
    return Tape(prints, series.join(settled, on="symbol", how="left"))


def label(prints: pl.DataFrame) -> pl.DataFrame:
    """Return the prints that stand, with side, label and what their letter allows."""
    price, bid, ask = pl.col("price"), pl.col("bid"), pl.col("ask")
    twice, both = 2 * price, bid + ask
    reach = pl.min_horizontal(pl.lit(SCALE / 100), (ask - bid) / 20)
    market = (bid >= 0) & (ask > bid) & ~_among(UNSIGNED)
    side = (
        pl.when(market & (twice > both))
        .then(0)
        .when(market & (twice < both))
        .then(1)
        .otherwise(2)
        .cast(pl.Int8)
    )
    where = (
        pl.when(pl.col("side") == 2)
        .then(0)
        .when(price > ask)
        .then(3)
        .when(price < bid)
        .then(4)
        .when(ask - price <= reach)
        .then(1)
        .when(price - bid <= reach)
        .then(2)
        .otherwise(0)
        .cast(pl.Int8)
    )
    prints = _standing(prints).with_columns(side=side)
    return prints.with_columns(label=where, sweeps=~_among(NO_SWEEP) & (pl.col("side") < 2))


def _among(letters: str) -> pl.Expr:
    return pl.col("letter").is_in(list(letters))


def _standing(prints: pl.DataFrame) -> pl.DataFrame:
    """Return the prints without cancels and what they cancel."""
    key = ["contract", "venue", "size", "price"]
    cancels = prints.filter(_among(CANCELS)).select(key).unique()
    alike = prints.with_row_index("row").join(cancels, on=key, how="semi").sort("row")
    alike = alike.with_columns(pl.col("venue").to_physical(), cancel=_among(CANCELS))
    gone = taken_back(alike.select("row", *key, "cancel").rows())
    if not gone:
        return prints
    return prints.with_row_index("row").filter(~pl.col("row").is_in(gone)).drop("row")


def gather(prints: pl.DataFrame) -> pl.DataFrame:
    """Return kept parents: windows of (contract, side), and block-sized prints alone."""
    joining = prints.filter("sweeps").sort("contract", "side", "ts", maintain_order=True)
    same = (pl.col("contract").diff() == 0) & (pl.col("side").diff() == 0)
    opens = ~(same & (pl.col("ts").diff() <= GAP_NS)).fill_null(value=False)
    opened = joining.select(opens).to_series().to_numpy().copy()
    opened[split_long(joining["ts"].to_numpy(), opened)] = True
    joining = joining.with_columns(parent=pl.Series(opened).cum_sum().cast(pl.Int64))
    big = joining.group_by("parent").agg(pl.col("size").sum())
    big = big.filter(pl.col("size") >= BLOCK)
    alone = prints.filter(~pl.col("sweeps") & (pl.col("size") >= BLOCK) & ~_among(EXCLUDED))
    number = (-1 - pl.int_range(pl.len(), dtype=pl.Int64)).alias("parent")
    alone = alone.with_columns(number)
    members = pl.concat([joining.join(big, on="parent", how="semi"), alone], how="diagonal")
    labels = {
        name: pl.col("size").filter(pl.col("label") == at).sum()
        for at, name in enumerate(LABELS)
    }
    parents = members.group_by("parent").agg(
        pl.col("contract", "side").first(),
        pl.col("ts").first(),
        pl.col("ts").last().alias("last_ts"),
        pl.col("size").sum(),
        (pl.col("price") * pl.col("size")).sum().alias("notional"),
        pl.len().alias("legs"),
        pl.col("venue").n_unique().alias("venues"),
        _among(ISO).sum().alias("iso_legs"),
        **labels,
    )
    most = pl.max_horizontal(LABELS)
    label = pl.coalesce(pl.when(pl.col(n) == most).then(pl.lit(n)) for n in LABELS)
    return parents.with_columns(label=label).drop(LABELS)


def interest(prints: pl.DataFrame, series: pl.DataFrame) -> pl.DataFrame:
    """Return net change, bias and confidence of each contract, flat model with bounds."""
    size, oi, total = pl.col("size"), pl.col("oi"), pl.col("total")
    before = size.cum_sum().over("contract") - size
    prints = prints.select("contract", "size", "side", before=before)
    prints = prints.join(series.select("contract", "oi"), on="contract", how="left")
    state = prints.group_by("contract").agg(
        size.filter(pl.col("side") == 0).sum().alias("buys"),
        size.filter(pl.col("side") == 1).sum().alias("sells"),
        size.sum().alias("total"),
        (size - oi - pl.col("before")).clip(0).fill_null(0).sum().alias("proven"),
        oi.first(),
    )
    buys, sells, proven = pl.col("buys"), pl.col("sells"), pl.col("proven")
    hundredths, delta, signed = 43 * (buys - sells), pl.col("delta"), buys + sells
    rounded = hundredths.sign() * ((2 * hundredths.abs() + 100) // 200)
    bounded = pl.max_horizontal(
        pl.min_horizontal(pl.max_horizontal(rounded, -pl.min_horizontal(total, oi)), total),
        2 * proven - total,
    )
    state = state.with_columns(delta=pl.when(oi.is_null()).then(rounded).otherwise(bounded))
    opening = ((signed >= 50) & (10 * delta >= signed)) | (
        (proven > 0) & (2 * proven >= total)
    )
    closing = (signed >= 50) & (10 * delta <= -signed) & oi.ne_missing(0)
    bias = pl.when(opening).then(pl.lit("opening_bias"))
    bias = bias.when(closing).then(pl.lit("closing_bias")).otherwise(pl.lit("unknown"))
    confidence = (proven / total).clip(0.43, 1.0)
    return state.select("contract", "delta", bias=bias, confidence=confidence)


def judge(parents: pl.DataFrame, state: pl.DataFrame, series: pl.DataFrame) -> pl.DataFrame:
    """Return parents with their six integer points, best first."""
    found = parents.join(series, on="contract").join(state, on="contract")
    premium = pl.col("notional") * 100 / SCALE
    found = found.with_columns(premium=premium).with_columns(**_real_points())
    real = [pl.col(f"real_{name}") for name in PARTS]
    whole = [(part + 1e-9).floor() for part in real]
    fraction = [part - base for part, base in zip(real, whole, strict=True)]
    spare = (pl.sum_horizontal(real) + 0.5).floor() - pl.sum_horizontal(whole)
    points = {
        f"points_{name}": (whole[i] + (_rank(fraction, i) < spare)).cast(pl.Int8)
        for i, name in enumerate(PARTS)
    }
    bullish = pl.col("call") == (pl.col("side") == 0)
    neutral = (pl.col("side") == 2) | (pl.col("bias") == "closing_bias")
    direction = pl.when(bullish).then(pl.lit("bullish")).otherwise(pl.lit("bearish"))
    sweep = pl.when(pl.col("legs") > 1).then(pl.lit("sweep")).otherwise(pl.lit("block"))
    found = found.with_columns(
        **points,
        intent=pl.when(neutral).then(pl.lit("neutral")).otherwise(direction),
        structure=sweep,
        aggressor="label",
        price=pl.col("notional") / pl.col("size") / SCALE,
    )
    score = pl.sum_horizontal(pl.col(f"points_{n}").cast(pl.Int16) for n in PARTS)
    found = found.with_columns(score=score).drop("^real_.*$", "contract", "label", "parent")
    return found.sort("score", "premium", "ts", descending=True)


def _real_points() -> dict[str, pl.Expr]:
    side, where, oi = pl.col("side"), pl.col("label"), pl.col("oi")
    beyond = where.is_in(["above_ask", "below_bid"]) & (side < 2)
    at = where.is_in(["at_ask", "at_bid"]) & (side < 2)
    per_oi = (1 + 9 * pl.col("size") / oi.clip(1)).log10().clip(upper_bound=1)
    dte, tenor = pl.col("dte"), pl.lit(TENOR[-1][1])
    for (d0, n0), (d1, n1) in reversed(list(itertools.pairwise(TENOR))):
        line = n0 + (n1 - n0) * (dte - d0) / (d1 - d0)
        tenor = pl.when(dte <= d1).then(line).otherwise(tenor)
    opening = pl.when(pl.col("bias") == "opening_bias").then(pl.col("confidence"))
    parts = (
        ((pl.col("premium") / 25_000).log10() / math.log10(40)).clip(0, 1),
        per_oi.fill_null(0),
        pl.when(beyond).then(1.0).when(at).then(0.75).otherwise(0.0),
        (pl.col("legs") > 1).cast(pl.Float64),
        opening.otherwise(0.0),
        tenor,
    )
    return {
        f"real_{name}": weight * part
        for name, weight, part in zip(PARTS, WEIGHTS, parts, strict=True)
    }


def _rank(fraction: list[pl.Expr], mine: int) -> pl.Expr:
    """Return how many parts come before one when units are handed out."""
    ahead = [
        fraction[other] >= fraction[mine]
        if other < mine
        else fraction[other] > fraction[mine]
        for other in range(len(fraction))
        if other != mine
    ]
    return pl.sum_horizontal(one.cast(pl.Int8) for one in ahead)


def signals(tape: Tape) -> pl.DataFrame:
    """Return every kept parent, scored on the final state of its contract."""
    prints = label(tape.prints)
    return judge(gather(prints), interest(prints, tape.series), tape.series)


def main() -> None:
    asked = arguments(__doc__)
    if asked.out:

        def work() -> tuple[int, pl.DataFrame]:
            tape = read(asked.tape, asked.oi, asked.limit)
            found = signals(tape)
            found.write_parquet(asked.out, compression="zstd")
            return len(tape.prints), found

        seconds, (rows, found) = repeated(work, asked.runs)
    else:
        tape = read(asked.tape, asked.oi, asked.limit)
        seconds, found = repeated(lambda: signals(tape), asked.runs)
        rows = len(tape.prints)
    totals = {"parents": len(found), "size": int(found["size"].sum())}
    report(seconds, rows, **totals, score=int(found["score"].sum()))


if __name__ == "__main__":
    main()
