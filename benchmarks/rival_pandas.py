"""The same job in pandas: masks for the quote rule, a sort and group-bys for the rest.

It is what a user of data frames writes today: everything is vectorised but the span cap,
which only looks at chains that outlast it. In memory from integer columns, and end to end
from the tape's Parquet to signals in Parquet.
"""

# ruff: noqa: PLR2004 - sides are 0, 1, 2 and the method's numbers stand where they are used

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

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

LABELS = np.array(["mid", "at_ask", "at_bid", "above_ask", "below_bid"])
WEIGHTS = np.array([22, 18, 14, 12, 22, 12])
TENOR = ([0, 1, 2, 21, 45, 90, 180, 365], [0.5, 0.75, 1, 1, 0.75, 0.5, 0.3, 0.15])


class Tape(NamedTuple):
    """Prints in order of time, and one row a contract."""

    prints: pd.DataFrame
    series: pd.DataFrame


def read(tape: Path, oi: Path, limit: int | None = None) -> Tape:
    """Return the prints of a tape file, symbols as integers, prices as integers."""
    frame = pd.read_parquet(tape)[:limit]
    symbols = frame["symbol"].cat
    prints = pd.DataFrame(
        {
            "ts": frame["ts_event"].astype(np.int64),
            "contract": symbols.codes.astype(np.int32),
            "size": frame["size"].astype(np.int64),
            "venue": frame["venue"].cat.codes.astype(np.uint8),
            "letter": frame["condition"],
        }
    )
    for name in ("price", "bid", "ask"):
        prints[name] = np.rint(frame[name].fillna(-1) * SCALE).astype(np.int64)
    text = symbols.categories.to_series(index=range(len(symbols.categories)))
    date = frame["ts_event"].iloc[0].tz_convert("America/New_York").date()
    expiry = pd.to_datetime(text.str[6:12], format="%y%m%d")
    settled = pd.read_parquet(oi).set_index("symbol")["open_interest"]
    series = pd.DataFrame(
        {
            "symbol": text,
            "dte": (expiry - pd.Timestamp(date)).dt.days,
            "call": text.str[12] == "C",
            "oi": text.map(settled).astype(np.float64),
        }
    )
    return Tape(prints, series)


def label(prints: pd.DataFrame) -> pd.DataFrame:
    """Return the prints that stand, with side, label and what their letter allows."""
    prints = prints.drop(index=taken_back(_alike(prints)))
    letters = prints["letter"].cat
    codes = letters.codes.to_numpy()

    def among(chosen: str) -> np.ndarray:
        return np.array([c in chosen for c in letters.categories])[codes]

    price, bid, ask = (prints[name].to_numpy() for name in ("price", "bid", "ask"))
    market = (bid >= 0) & (ask > bid) & ~among(UNSIGNED)
    twice, both = 2 * price, bid + ask
    side = np.where(market & (twice > both), 0, np.where(market & (twice < both), 1, 2))
    reach = np.minimum(SCALE // 100, (ask - bid) / 20)
    labels = np.select(
        [side == 2, price > ask, price < bid, ask - price <= reach, price - bid <= reach],
        [0, 3, 4, 1, 2],
        0,
    )
    return prints.assign(
        side=side.astype(np.int8),
        label=labels.astype(np.int8),
        sweeps=~among(NO_SWEEP) & (side < 2),
        iso=among(ISO),
        excluded=among(EXCLUDED),
    )


def _alike(prints: pd.DataFrame) -> pd.DataFrame:
    """Return cancels, and the prints of their contracts, venues, sizes and prices."""
    key = ["contract", "venue", "size", "price"]
    codes = np.flatnonzero(np.isin(prints["letter"].cat.categories, list(CANCELS)))
    cancel = np.isin(prints["letter"].cat.codes, codes)
    near = prints[prints["contract"].isin(prints.loc[cancel, "contract"].unique())]
    near = near.reset_index().merge(prints.loc[cancel, key].drop_duplicates(), on=key)
    near["cancel"] = near["letter"].isin(list(CANCELS))
    return near.sort_values("index")[["index", *key, "cancel"]].to_numpy().tolist()


def gather(prints: pd.DataFrame) -> pd.DataFrame:
    """Return kept parents: windows of (contract, side), and block-sized prints alone."""
    joining = prints[prints["sweeps"]]
    key = joining["contract"].to_numpy() * np.int64(2) + joining["side"].to_numpy()
    joining = joining.iloc[np.argsort(key, kind="stable")]
    key, ts = np.sort(key), joining["ts"].to_numpy()
    opens = np.ones(ts.size, bool)
    opens[1:] = (np.diff(ts) > GAP_NS) | (np.diff(key) != 0)
    opens[split_long(ts, opens)] = True
    joining = joining.assign(parent=np.cumsum(opens))
    sizes = joining.groupby("parent")["size"].transform("sum")
    alone = prints[~prints["sweeps"] & (prints["size"] >= BLOCK) & ~prints["excluded"]]
    alone = alone.assign(parent=ts.size + np.arange(1, len(alone) + 1))
    members = pd.concat([joining[sizes >= BLOCK], alone])
    members["notional"] = members["price"] * members["size"]
    groups = members.groupby("parent")
    parents = groups.agg(
        contract=("contract", "first"),
        side=("side", "first"),
        ts=("ts", "first"),
        last_ts=("ts", "last"),
        size=("size", "sum"),
        notional=("notional", "sum"),
        legs=("size", "size"),
        venues=("venue", "nunique"),
        iso_legs=("iso", "sum"),
    )
    weight = members.pivot_table(
        index="parent", columns="label", values="size", aggfunc="sum", fill_value=0
    )
    parents["label"] = weight.reindex(columns=range(5), fill_value=0).to_numpy().argmax(1)
    return parents


def interest(prints: pd.DataFrame, series: pd.DataFrame) -> pd.DataFrame:
    """Return net change, bias and confidence of each contract, flat model with bounds."""
    contract, size = prints["contract"], prints["size"]
    volume = prints.pivot_table(
        index="contract", columns="side", values="size", aggfunc="sum", fill_value=0
    ).reindex(columns=range(3), fill_value=0)
    before = prints.groupby("contract")["size"].cumsum() - size
    oi = series["oi"].reindex(volume.index)
    over = (size - series["oi"].to_numpy()[contract] - before).clip(lower=0).fillna(0)
    proven = over.groupby(contract).sum().reindex(volume.index)
    buys, sells = volume[0], volume[1]
    total, signed = volume.sum(axis=1), buys + sells
    hundredths = 43 * (buys - sells)
    delta = np.sign(hundredths) * ((2 * hundredths.abs() + 100) // 200)
    bounded = delta.clip(-np.minimum(total, oi), total).clip(lower=2 * proven - total)
    delta = bounded.where(oi.notna(), delta)
    opening = (signed >= 50) & (10 * delta >= signed) | (proven > 0) & (2 * proven >= total)
    closing = (signed >= 50) & (10 * delta <= -signed) & (oi != 0)
    bias = np.select([opening, closing], ["opening_bias", "closing_bias"], "unknown")
    confidence = np.clip(proven / total, 0.43, 1.0)
    return pd.DataFrame({"delta": delta, "bias": bias, "confidence": confidence})


def judge(parents: pd.DataFrame, state: pd.DataFrame, series: pd.DataFrame) -> pd.DataFrame:
    """Return parents with their six integer points, best first."""
    found = parents.join(series, on="contract").join(state, on="contract")
    premium = found["notional"] * 100 / SCALE
    per_oi = np.log10(1 + 9 * found["size"] / found["oi"].clip(lower=1))
    side, where = found["side"].to_numpy(), found["label"].to_numpy()
    beyond = ((side == 0) & (where == 3)) | ((side == 1) & (where == 4))
    at = ((side == 0) & (where == 1)) | ((side == 1) & (where == 2))
    full = np.column_stack(
        [
            np.clip(np.log10(premium / 25_000) / np.log10(40), 0, 1),
            np.minimum(per_oi, 1).fillna(0),
            np.where(beyond, 1, np.where(at, 0.75, 0)),
            found["legs"] > 1,
            np.where(found["bias"] == "opening_bias", found["confidence"], 0),
            np.interp(found["dte"], *TENOR),
        ]
    )
    real = full * WEIGHTS
    points = np.floor(real + 1e-9)
    spare = np.floor(real.sum(axis=1) + 0.5) - points.sum(axis=1)
    rank = np.argsort(np.argsort(points - real, axis=1, kind="stable"), axis=1)
    points += rank < spare[:, None]
    bullish = found["call"].to_numpy() == (side == 0)
    neutral = (side == 2) | (found["bias"] == "closing_bias")
    found["intent"] = np.where(neutral, "neutral", np.where(bullish, "bullish", "bearish"))
    found["structure"] = np.where(found["legs"] > 1, "sweep", "block")
    found["aggressor"] = LABELS[where]
    found["premium"] = premium
    found["price"] = found["notional"] / found["size"] / SCALE
    for place, name in enumerate(PARTS):
        found[f"points_{name}"] = points[:, place].astype(np.int8)
    found["score"] = points.sum(axis=1).astype(np.int16)
    found = found.drop(columns=["contract", "label", "call", "notional"])
    return found.sort_values(["score", "premium", "ts"], ascending=False)


def signals(tape: Tape) -> pd.DataFrame:
    """Return every kept parent, scored on the final state of its contract."""
    prints = label(tape.prints)
    return judge(gather(prints), interest(prints, tape.series), tape.series)


def main() -> None:
    asked = arguments(__doc__)
    if asked.out:

        def work() -> tuple[int, pd.DataFrame]:
            tape = read(asked.tape, asked.oi, asked.limit)
            found = signals(tape)
            found.to_parquet(asked.out, compression="zstd", index=False)
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
