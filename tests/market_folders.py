"""A simulated market's folder made by hand: a few hundred prints whose truth is known.

Row by row and in plain Python, by nobody's rules but its own: orders of all styles on few
contracts, so that the engine has every chance to confuse them.
"""

import datetime as dt
import random
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

OPEN_NS = 1_779_370_200_000_000_000  # 2026-05-21 09:30 in New York
DATE = dt.date(2026, 5, 21)
MS = 1_000_000
SYMBOLS = [
    "SPY   260521C00500000",
    "SPY   260529P00505000",
    "SPXW  260619C05000000",
    "NVDA  280121P00900000",
    "AAPL  260710C00100000",
]
VENUES = ["XCBO", "XPHO", "ARCO", "XISX"]
INTENTS = [
    "directional", "lottery", "zero_dte", "overwriter", "put_writer", "hedger",
    "profit_taker", "leaps", "institution", "spreader", "roller", "arbitrageur",
]  # fmt: skip
SINGLE = {
    "auto": " I", "sweep": "S ", "worked": "I", "auction": "ab", "floor": "e", "cross": "c",
}  # fmt: skip
PACKAGED = {
    "complex": "fj ", "complex_auction": "g", "complex_floor": "i", "complex_cross": "h",
    "stock_tied": "kp", "compression": "u",
}  # fmt: skip
STRUCTURES = ["bull_call_vertical", "long_straddle", "call_roll_out"]
SIZES = [1, 2, 7, 40, 60, 99, 100, 120, 300]


class Folder(NamedTuple):
    """What was made, as it was meant."""

    path: Path
    tape: list[dict]
    """Rows of the tape as they are in its file."""
    truth: list[dict]
    """A row for each of the tape's before any fault."""
    book: list[dict]
    faults: list[dict]


def make(
    path: Path, seed: int, *, orders: int = 160, date: dt.date = DATE, faults: bool = False
) -> Folder:
    """Write a folder and return what is in it."""
    chance = random.Random(seed)
    shift = (date - DATE).days * 86_400 * 1000 * MS
    prints = [
        each | {"ts_event": each["ts_event"] + shift}
        for number in range(1, orders + 1)
        for each in order_prints(chance, number)
    ]
    rows = in_sequence(with_cancels(chance, prints))
    oi = {symbol: chance.choice([0, 10, 150, 5000]) for symbol in SYMBOLS}
    book = [book_row(symbol, oi[symbol], rows) for symbol in SYMBOLS]
    told = {symbol: held for symbol, held in oi.items() if symbol != SYMBOLS[-1]}
    tape, done = broken(chance, rows) if faults else (rows, [])
    folder = Folder(
        path, [tape_row(row) for row in tape], list(map(truth_row, rows)), book, done
    )
    write(folder, told)
    return folder


def order_prints(chance: random.Random, number: int) -> list[dict]:
    """The prints of one order, all facts of each in one dictionary."""
    packaged = chance.random() < 0.3
    styles = PACKAGED if packaged else SINGLE
    style = chance.choice(list(styles))
    package = (number + 1) // 2 if packaged else 0
    side, opens = chance.choice([1, -1]), chance.random() < 0.6
    structure = chance.choice(STRUCTURES) if packaged else None
    shared = {
        "parent": number,
        "package": package,
        "structure": structure,
        "intent": chance.choice(INTENTS),
        "style": style,
        "customer": chance.choice([side, side, side, 0]),
        "opens": opens,
        "roll": structure == "call_roll_out",
        "hedge": chance.random() < 0.2,
        "direction": chance.choice([1, -1, 0]),
        "busted": False,
        "symbol": chance.choice([*SYMBOLS[2:3] * 4, *SYMBOLS]),
        "letter": chance.choice(styles[style]),
        "cancels": None,
    }
    start = OPEN_NS + (chance.randrange(40) * 4_000 + chance.randrange(900)) * MS
    count = chance.randrange(1, 6) if style in {"sweep", "worked", "auto"} else 1
    gap = 900 if style == "worked" else chance.choice([0, 40])
    crossed = chance.choice([side, side, side, -side, 0])
    quote = chance.choice([*[(1.00, 1.10), (1.00, 1.04)] * 4, (1.02, 1.02), (1.05, 1.00)])
    venues = chance.choice([VENUES, VENUES[:1]])
    return [
        shared
        | fill(chance, crossed, quote)
        | {"ts_event": start + each * gap * MS, "venue": chance.choice(venues)}
        for each in range(count)
    ]


def fill(chance: random.Random, aggressor: int, quote: tuple[float, float]) -> dict:
    """At what price one print of an order traded, and how much of it."""
    bid, ask = quote
    near = {1: [ask, ask, ask - 0.01, ask + 0.02], -1: [bid, bid, bid + 0.01, bid - 0.02]}
    seen = aggressor if chance.random() < 0.85 else -aggressor
    price = chance.choice(near.get(seen, [(bid + ask) / 2]))
    size = chance.choice(SIZES)
    return {
        "price": round(price, 4),
        "size": size,
        "bid": bid,
        "ask": ask,
        "aggressor": aggressor,
        "oi_change": chance.choice([-size, 0, size]),
    }


def with_cancels(chance: random.Random, prints: list[dict]) -> list[dict]:
    """The prints, a few of them taken back by a row of its own."""
    cancels = []
    for row in chance.sample(prints, len(prints) // 40):
        row["busted"] = True
        later = row["ts_event"] + chance.randrange(1, 5000) * MS
        undone = {"ts_event": later, "letter": "A", "style": "cancel", "takes": row}
        undone |= {"busted": False, "oi_change": -row["oi_change"]}
        undone |= {"aggressor": 0, "customer": 0}
        cancels.append(row | undone)
    return prints + cancels


def in_sequence(rows: list[dict]) -> list[dict]:
    ordered = sorted(rows, key=lambda row: (row["ts_event"], row["style"] == "cancel"))
    for sequence, row in enumerate(ordered, start=1):
        row["sequence"] = sequence
    for row in ordered:
        row["cancels"] = row["takes"]["sequence"] if "takes" in row else None
    return ordered


def broken(chance: random.Random, rows: list[dict]) -> tuple[list[dict], list[dict]]:
    """The tape with a gap, a print that came twice and cancels that never came."""
    lost = {row["sequence"] for row in chance.sample(rows, 4)}
    cancels = [row for row in rows if row["style"] == "cancel"]
    lost |= {row["sequence"] for row in cancels[: chance.randrange(3)]}
    twice = chance.choice([row for row in rows if row["sequence"] not in lost])
    done = [fault("gap", row) for row in rows if row["sequence"] in lost]
    kept = [row for row in rows if row["sequence"] not in lost]
    at = kept.index(twice)
    return [*kept[: at + 1], twice, *kept[at + 1 :]], [*done, fault("duplicate", twice)]


def fault(kind: str, row: dict) -> dict:
    known = {"sequence": row["sequence"], "ts_event": row["ts_event"]}
    return {"kind": kind, **known, "detail": f"{kind} by hand"}


def tape_row(row: dict) -> dict:
    names = ("ts_event", "symbol", "price", "size", "bid", "ask", "venue", "sequence")
    picked = {name: row[name] for name in (*names, "cancels")}
    return picked | {"condition": row["letter"], "spot": 500.0}


def truth_row(row: dict) -> dict:
    names = (
        "sequence", "parent", "structure", "intent", "style", "oi_change", "roll", "hedge",
        "busted",
    )  # fmt: skip
    word = {1: "buy", -1: "sell", 0: None}
    bet = {1: "bullish", -1: "bearish", 0: "neutral"}
    return {name: row[name] for name in names} | {
        "package": row["package"] or None,
        "aggressor": word[row["aggressor"]],
        "customer": word[row["customer"]],
        "opens": row["opens"] if row["customer"] else None,
        "direction": bet[row["direction"]],
    }


def book_row(symbol: str, oi: int, rows: list[dict]) -> dict:
    mine = [row for row in rows if row["symbol"] == symbol]
    change = sum(row["oi_change"] for row in mine)
    traded = [row for row in mine if row["style"] != "cancel" and not row["busted"]]
    return {
        "symbol": symbol,
        "open_interest": oi,
        "next_open_interest": oi + change,
        "volume": sum(row["size"] for row in traded),
        "customer_long": oi,
        "customer_short": 0,
        "customer_long_close": oi + change,
        "customer_short_close": 0,
        "dealer": -oi,
        "dealer_close": -oi - change,
    }


def write(folder: Folder, oi: dict[str, int]) -> None:
    """Write all files but those that an audit does not read."""
    truth = folder.path / "truth"
    truth.mkdir(parents=True, exist_ok=True)
    instant = pa.timestamp("ns", "UTC")
    tape = table(folder.tape, ts_event=instant, cancels=pa.int64())
    pq.write_table(tape, folder.path / "tape.parquet")
    interest = [{"symbol": symbol, "open_interest": held} for symbol, held in oi.items()]
    pq.write_table(table(interest), folder.path / "oi.parquet")
    word = pa.dictionary(pa.int32(), pa.string())
    words = ("structure", "intent", "style", "aggressor", "customer", "direction")
    kinds = dict.fromkeys(words, word) | {"package": pa.int64(), "oi_change": pa.int32()}
    kinds |= {"opens": pa.bool_()}
    pq.write_table(table(folder.truth, **kinds), truth / "prints.parquet")
    pq.write_table(table(folder.book), truth / "book.parquet")
    faults = folder.faults or [{"kind": "", "sequence": 0, "ts_event": 0, "detail": ""}]
    broken_table = table(faults, kind=word, ts_event=instant)
    pq.write_table(broken_table.slice(0, len(folder.faults)), truth / "faults.parquet")


def table(rows: list[dict], **kinds: pa.DataType) -> pa.Table:
    """Rows as a table; columns whose type is not given have the one that Arrow sees."""
    names = list(rows[0])
    columns = [column([row[name] for row in rows], kinds.get(name)) for name in names]
    return pa.table(columns, names)


def column(values: list, kind: pa.DataType | None) -> pa.Array:
    if kind is not None and pa.types.is_dictionary(kind):
        return pa.array(values, pa.string()).dictionary_encode()
    return pa.array(values, kind)
