"""Make a day of option prints that looks like a tape: a stand-in for a vendor's file.

Names are drawn by Zipf's law, the day is U-shaped with bursts, strikes and expiries lie on
listed grids around a spot path, prices lie on the tick grid around a Black-Scholes value,
sizes are heavy-tailed, and one intention prints as one to twelve children. None of it ever
traded; the same seed gives the same bytes.
"""

# ruff: noqa: PLR2004 - the numbers are what the tape is made of

import argparse
import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

DATE = dt.date(2026, 9, 16)
DEMO_NAMES = 12
LISTED_PER_ACTIVE = 7.5
PRINTS_PER_CONTRACT = 10
CANCELS = 0.0002
MINUTES = 390
MS = 1_000_000
SECOND = 1000 * MS
DAY = 86_400
BATCH = 1 << 18
MAX_SIZE = 50_000
# shares of intentions by where they trade, and of children that trade elsewhere
AT_QUOTE, AT_MIDDLE, OUTSIDE, STRAYS = 0.5, 0.22, 0.015, 0.15

# MIC and its share of the day's prints in percent
VENUES = {
    "XCBO": 14, "XPHO": 11, "AMXO": 9, "ARCO": 9, "EMLD": 4, "EDGO": 6, "GMNI": 4,
    "XISX": 7, "MCRY": 4, "XMIO": 6, "MPRL": 7, "XNDQ": 6, "XBXO": 2, "C2OX": 3,
    "BATO": 5, "XBOX": 6, "MXOP": 4, "SPHR": 3,
}  # fmt: skip
MICS = tuple(VENUES)
FLOORS = tuple(MICS.index(mic) for mic in ("XCBO", "XPHO", "AMXO", "ARCO", "XBOX"))


class Kind(NamedTuple):
    """A way to trade: share of prints in percent, letters, chances of 1, 2... children."""

    share: float
    letters: str
    children: tuple[float, ...]


_ONE = (1.0,)
KINDS = {
    "electronic": Kind(55.0, "IIII ", (70, 12, 6, 4, 2, 2, 1, 1, 0.5, 0.5, 0.5, 0.5)),
    "iso": Kind(3.0, "S", (0, 30, 22, 16, 10, 7, 5, 4, 2, 2, 1, 1)),
    "auction_iso": Kind(0.3, "b", (0, 60, 30, 10)),
    "auction": Kind(17.0, "a", (80, 15, 5)),
    "legs": Kind(13.0, "fffffgghijlm", (0, 70, 12, 18)),
    "floor": Kind(6.3, "e", _ONE),
    "cross": Kind(4.0, "ccd", _ONE),
    "stock_tied": Kind(1.0, "knopqrs", _ONE),
    "late": Kind(0.3, "BDDFH", _ONE),
    "excluded": Kind(0.1, "tu", _ONE),
}
KIND_NAMES = tuple(KINDS)
LETTERS = tuple(sorted({*"A".join(kind.letters for kind in KINDS.values())}))


class Tier(NamedTuple):
    """How a name is listed and quoted: grids of expiries and strikes, ticks, spread."""

    weekdays: tuple[int, ...]
    """Weekdays that have an expiry over the next two weeks."""
    weeks: int
    months: int
    januaries: int
    wing: int
    """Strikes above and below the money."""
    spread: float
    """Mean width of the quote over the price."""


TIERS = (
    Tier((0, 1, 2, 3, 4), 8, 12, 3, 75, 0.004),
    Tier((0, 2, 4), 6, 8, 2, 30, 0.012),
    Tier((4,), 6, 5, 1, 15, 0.04),
    Tier((), 0, 4, 1, 7, 0.09),
)
LAST_RANK_OF_TIER = (0, 130, 650, 1 << 30)

# root, spot in dollars, implied volatility, tier
KNOWN = (
    ("SPY", 652.0, 0.14, 0), ("QQQ", 588.0, 0.19, 0), ("SPXW", 6540.0, 0.14, 0),
    ("NVDA", 178.0, 0.40, 1), ("TSLA", 396.0, 0.52, 1), ("AAPL", 236.0, 0.26, 1),
    ("IWM", 238.0, 0.22, 0), ("AMD", 161.0, 0.48, 1), ("AMZN", 231.0, 0.30, 1),
    ("META", 756.0, 0.31, 1), ("MSFT", 511.0, 0.22, 1), ("GOOGL", 243.0, 0.29, 1),
    ("SPX", 6540.0, 0.15, 1), ("PLTR", 168.0, 0.60, 1), ("MSTR", 331.0, 0.70, 1),
    ("COIN", 318.0, 0.65, 1), ("GLD", 336.0, 0.17, 0), ("SLV", 38.5, 0.32, 0),
    ("TLT", 89.0, 0.13, 0), ("VIX", 15.5, 0.95, 2), ("NFLX", 1190.0, 0.33, 1),
    ("AVGO", 359.0, 0.42, 1), ("INTC", 24.7, 0.55, 1), ("HOOD", 115.0, 0.68, 1),
    ("SMCI", 45.0, 0.72, 1), ("MU", 158.0, 0.50, 1), ("XLF", 53.6, 0.16, 1),
    ("FXI", 40.6, 0.28, 1), ("HYG", 80.9, 0.07, 1), ("EEM", 52.4, 0.19, 1),
    ("BABA", 155.0, 0.45, 1), ("SOFI", 26.9, 0.60, 1), ("NDXP", 24200.0, 0.19, 1),
    ("RUTW", 2400.0, 0.21, 1), ("GME", 24.0, 0.65, 1), ("F", 11.6, 0.34, 1),
)  # fmt: skip
ONE_VENUE = frozenset({"SPXW", "SPX", "VIX", "RUTW"})
PENNY = frozenset({"SPY", "QQQ", "IWM"})
SPOT_OF = {"SPX": "SPXW"}


class Names(NamedTuple):
    """Underlyings by rank of activity, one row each."""

    root: list[str]
    spot: np.ndarray
    vol: np.ndarray
    tier: np.ndarray


class Listing(NamedTuple):
    """Listed series, one row each."""

    name: np.ndarray
    days: np.ndarray
    """Calendar days to expiry."""
    mills: np.ndarray
    put: np.ndarray
    weight: np.ndarray
    """Chance of being traded, up to a factor."""


class Legs(NamedTuple):
    """Prints before they have a price, in no order."""

    ts: np.ndarray
    series: np.ndarray
    """Row of the listing."""
    parent: np.ndarray
    kind: np.ndarray
    letter: np.ndarray
    venue: np.ndarray
    size: np.ndarray


def make_tape(
    prints: int = 20_000,
    contracts: int | None = None,
    seed: int = 7,
    *,
    date: dt.date = DATE,
    cancels: float = CANCELS,
    symbols: Sequence[str] = (),
) -> dict[str, np.ndarray]:
    """Return a day of prints as columns, sorted by time, and what was listed that morning.

    `symbol`, `venue` and `condition` are places in `symbols`, `venues` and `conditions`;
    `listed` and `open_interest` are one row a listed series. Cancels are rows of their own,
    condition `A`, on top of `prints`. Fewer prints than contracts trade fewer contracts.
    """
    rngs = [np.random.Generator(np.random.PCG64(s)) for s in _streams(seed)]
    wanted = contracts or max(1, prints // PRINTS_PER_CONTRACT)
    listed = int(wanted * LISTED_PER_ACTIVE)
    names = pick_names(listed, symbols, date, rngs[0])
    listing = list_series(names, date, rngs[1])
    if not symbols and len(names.root) > DEMO_NAMES:
        listing = Listing(*(column[:listed] for column in listing))
    active = _active(listing.weight, wanted, rngs[2])
    legs = trade(prints, listing, active, names, rngs[3])
    tape = _quoted(legs, listing, names, rngs[4])
    tape = _with_cancels(tape, cancels, rngs[5])
    opens = _at(date, dt.time(9, 30))
    tape["ts_event"] += opens
    tape["sequence"] = np.cumsum(rngs[6].integers(1, 4, tape["ts_event"].size))
    texts = osi_symbols(listing, names.root, date)
    used = np.flatnonzero(np.bincount(tape["symbol"], minlength=texts.size))
    place = np.zeros(texts.size, np.int32)
    place[used] = np.arange(used.size)
    tape["symbol"] = place[tape["symbol"]]
    return tape | {
        "symbols": texts[used],
        "venues": np.array(MICS),
        "conditions": np.array(LETTERS),
        "listed": texts,
        "open_interest": _open_interest(listing, rngs[7]),
    }


def _streams(seed: int) -> list[np.random.SeedSequence]:
    """Return one stream of chance a stage, so that a change to one leaves the others."""
    return np.random.SeedSequence(seed).spawn(8)


def _at(date: dt.date, time: dt.time) -> int:
    moment = dt.datetime.combine(date, time, tzinfo=ZoneInfo("America/New_York"))
    return int(moment.timestamp()) * SECOND


# ------------------------------------------------------------------------- what is listed


def pick_names(
    listed: int, symbols: Sequence[str], date: dt.date, rng: np.random.Generator
) -> Names:
    """Return enough names to list that many series, real ones first, or those asked for."""
    known = {row[0]: row for row in KNOWN}
    if symbols:
        rows = [known.get(root, (root, 50.0, 0.4, 2)) for root in symbols]
        return Names([r[0] for r in rows], *_columns(rows))
    per_name = [2 * len(expiries(date, tier)) * (2 * tier.wing + 1) for tier in TIERS]
    rows, total = [], 0
    while total < listed or len(rows) < DEMO_NAMES:
        rank = len(rows)
        rows.append(KNOWN[rank] if rank < len(KNOWN) else _invented(rank, rng))
        # some strikes of cheap names would fall below zero and are not listed
        total += int(0.85 * per_name[rows[-1][3]])
    return Names([r[0] for r in rows], *_columns(rows))


def _columns(rows: list[tuple]) -> list[np.ndarray]:
    return [np.array([row[i] for row in rows]) for i in (1, 2, 3)]


def _invented(rank: int, rng: np.random.Generator) -> tuple:
    """Return a name that nobody trades: Z and three letters."""
    code = rank - len(KNOWN)
    letters = [chr(ord("A") + code // 26**place % 26) for place in (2, 1, 0)]
    spot = round(float(np.clip(rng.lognormal(3.8, 0.9), 4, 900)), 2)
    vol = round(float(np.clip(rng.lognormal(-0.8, 0.35), 0.12, 1.8)), 3)
    tier = int(np.searchsorted(LAST_RANK_OF_TIER, rank))
    return ("Z" + "".join(letters), spot, vol, tier)


def expiries(date: dt.date, tier: Tier) -> list[int]:
    """Return days to each listed expiry: dailies, weeklies, monthlies and LEAPS."""
    ahead = [date + dt.timedelta(days) for days in range(1_200)]
    thirds = [d for d in ahead if d.weekday() == 4 and 15 <= d.day <= 21]
    fridays = [d for d in ahead if d.weekday() == 4]
    chosen = {d for d in ahead[:14] if d.weekday() in tier.weekdays}
    chosen |= set(fridays[: tier.weeks]) | set(thirds[: tier.months])
    chosen |= set([d for d in thirds if d.month == 1][: tier.januaries])
    return sorted((d - date).days for d in chosen)


def list_series(names: Names, date: dt.date, rng: np.random.Generator) -> Listing:
    """Return every listed series, names in order of rank."""
    parts = []
    for number, tier in enumerate(TIERS):
        rows = np.flatnonzero(names.tier == number)
        if rows.size:
            parts.append(_grid(rows, names, tier, expiries(date, tier)))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.argsort(columns[0], kind="stable")
    name, days, mills, put = (column[order] for column in columns)
    weight = _popularity(names, name, days, mills / 1000, put)
    weight *= rng.lognormal(0, 1, name.size)
    return Listing(name, days, mills, put, weight)


def _grid(rows: np.ndarray, names: Names, tier: Tier, days: list[int]) -> list[np.ndarray]:
    """Return name, days, strike and right of all series of the names at `rows`."""
    spot = names.spot[rows]
    near = np.array([500, 1000, 2500, 5000, 25_000])
    step = near[np.searchsorted((25, 200 if tier.wing > 20 else 60, 250, 10_000), spot)]
    step = np.where(np.isin(np.array(names.root)[rows], ("SPY", "QQQ", "IWM")), 1000, step)
    wider = np.array([1, 2, 5])[np.searchsorted((15, 70), days)]
    offset = np.arange(-tier.wing, tier.wing + 1)
    pitch = step[:, None] * wider
    middle = np.rint(spot[:, None] * 1000 / pitch) * pitch
    mills = middle[:, :, None] + pitch[:, :, None] * offset
    mills = np.repeat(mills.astype(np.int64)[..., None], 2, axis=3)
    shape = mills.shape
    columns = [
        np.broadcast_to(rows.astype(np.int32)[:, None, None, None], shape),
        np.broadcast_to(np.array(days, np.int32)[None, :, None, None], shape),
        mills,
        np.broadcast_to(np.array([False, True]), shape),
    ]
    return [column[mills > 0] for column in columns]


def _popularity(
    names: Names, name: np.ndarray, days: np.ndarray, strike: np.ndarray, put: np.ndarray
) -> np.ndarray:
    """Return how much a series trades: near the money, a bit out of it, and soon."""
    zipf = 1.0 / (np.arange(len(names.root)) + 1.5) ** 1.05
    deviation = names.vol[name] * np.sqrt((days + 0.4) / 365)
    away = np.log(strike / names.spot[name]) / deviation
    out = np.where(put, -away, away)
    near = np.exp(-np.minimum(np.abs(out - 0.4) * np.where(out > 0.4, 1.4, 1.9), 12))
    soon = 1.0 / (1.0 + days) ** 0.8
    share = zipf[name] * near * soon
    # a name's share of the tape must not depend on how many series it lists
    return share * (zipf / np.bincount(name, share, zipf.size))[name]


def osi_symbols(listing: Listing, roots: list[str], date: dt.date) -> np.ndarray:
    """Return the 21-character OSI symbol of each series."""
    text = np.empty((listing.name.size, 21), np.uint8)
    padded = np.array([root.ljust(6).encode() for root in roots], "S6")
    text[:, :6] = padded.view(np.uint8).reshape(-1, 6)[listing.name]
    day = [date + dt.timedelta(days) for days in range(int(listing.days.max()) + 1)]
    stamps = np.array([f"{d:%y%m%d}".encode() for d in day], "S6")
    text[:, 6:12] = stamps.view(np.uint8).reshape(-1, 6)[listing.days]
    text[:, 12] = np.where(listing.put, ord("P"), ord("C"))
    for place in range(8):
        text[:, 20 - place] = listing.mills // 10**place % 10 + ord("0")
    return text.view("S21").ravel().astype("U21")


def _open_interest(listing: Listing, rng: np.random.Generator) -> np.ndarray:
    """Return a morning's open interest: heavy-tailed, zero for a third of the series."""
    rank = np.log(listing.weight / np.median(listing.weight))
    level = 3.0 + 0.45 * rank + rng.normal(0, 1.6, rank.size)
    held = rng.random(rank.size) > np.where(listing.days < 2, 0.2, 0.35)
    return np.where(held, np.exp(np.minimum(level, 12.5)), 0).astype(np.int64)


def _active(weight: np.ndarray, wanted: int, rng: np.random.Generator) -> np.ndarray:
    """Return the series that trade today, drawn without replacement by weight."""
    key = np.log(weight) + rng.gumbel(size=weight.size)
    if wanted < weight.size:
        return np.sort(np.argpartition(key, -wanted)[-wanted:])
    return np.arange(weight.size)


# ---------------------------------------------------------------------------- who trades


def trade(
    prints: int,
    listing: Listing,
    active: np.ndarray,
    names: Names,
    rng: np.random.Generator,
) -> Legs:
    """Return that many prints: intentions, and the children that each prints as."""
    kind, children = _intentions(prints, rng)
    parents = kind.size
    chance = np.cumsum(listing.weight[active])
    drawn = np.searchsorted(chance, rng.random(parents) * chance[-1], side="right")
    drawn = np.minimum(drawn, active.size - 1)
    # every active series trades at least once
    first = rng.permutation(active.size)[:parents]
    drawn[: first.size] = first
    parent = np.repeat(np.arange(parents, dtype=np.int32), children)[:prints]
    nth = np.arange(prints) - np.repeat(np.cumsum(children) - children, children)[:prints]
    leg = kind[parent] == KIND_NAMES.index("legs")
    place = drawn[parent]
    beside = np.minimum(place + nth, active.size - 1)
    same_name = listing.name[active[beside]] == listing.name[active[place]]
    series = active[np.where(leg & same_name, beside, place)]
    return Legs(
        ts=_times(kind, parent, nth, rng),
        series=series,
        parent=parent,
        kind=kind[parent],
        letter=_letters(kind, rng)[parent],
        venue=_venues(kind, parent, listing.name[series], names, rng),
        size=_sizes(parents, parent, leg, rng),
    )


def _intentions(prints: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return kind and number of children of each intention, enough for `prints`."""
    chances = [np.array(k.children) / sum(k.children) for k in KINDS.values()]
    mean = np.array([chance @ (np.arange(chance.size) + 1) for chance in chances])
    share = np.array([k.share for k in KINDS.values()]) / mean
    often = share / share.sum()
    count = int(prints / (often @ mean) * 1.05) + 50
    kind = np.searchsorted(np.cumsum(often)[:-1], rng.random(count), side="right")
    children = np.empty(count, np.int64)
    u = rng.random(count)
    for number, chance in enumerate(chances):
        mine = kind == number
        children[mine] = 1 + np.searchsorted(np.cumsum(chance)[:-1], u[mine], side="right")
    enough = int(np.searchsorted(np.cumsum(children), prints)) + 1
    return kind[:enough].astype(np.int8), children[:enough]


def _times(
    kind: np.ndarray, parent: np.ndarray, nth: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return nanoseconds since the open: a U-shaped day, bursts, children within 400 ms."""
    second = np.arange(MINUTES * 60)
    shape = 1 + 5 * np.exp(-second / 900) + 2.5 * np.exp((second - second[-1]) / 1500)
    edges = np.concatenate([[0], np.cumsum(shape * rng.lognormal(0, 0.6, second.size))])
    start = np.interp(rng.random(kind.size) * edges[-1], edges, np.arange(edges.size))
    start = (start * SECOND).astype(np.int64)
    # half the intentions are routed at once, the others are worked for a moment
    routed = (rng.random(kind.size) < 0.5) | (kind == KIND_NAMES.index("iso"))
    lasts = np.where(routed, rng.exponential(2, kind.size), 400 * rng.random(kind.size))
    lasts = np.minimum(lasts, 400)
    lasts[kind == KIND_NAMES.index("legs")] = 0
    later = np.where(nth > 0, rng.random(nth.size), 0) * lasts[parent] * MS
    return np.minimum(start[parent] + later.astype(np.int64), MINUTES * 60 * SECOND - 1)


def _letters(kind: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a place in `LETTERS` for each intention."""
    letter = np.empty(kind.size, np.uint8)
    u = rng.random(kind.size)
    for number, name in enumerate(KIND_NAMES):
        codes = np.array([LETTERS.index(c) for c in KINDS[name].letters], np.uint8)
        mine = kind == number
        letter[mine] = codes[(u[mine] * codes.size).astype(np.int64)]
    return letter


def _venues(
    kind: np.ndarray,
    parent: np.ndarray,
    name: np.ndarray,
    names: Names,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return a place in `MICS`: routed orders visit many, packages and floors one."""
    edges = np.cumsum(list(VENUES.values()))[:-1] / sum(VENUES.values())
    venue = np.searchsorted(edges, rng.random(parent.size), side="right").astype(np.uint8)
    home = np.searchsorted(edges, rng.random(kind.size), side="right").astype(np.uint8)
    floor = rng.choice(np.array(FLOORS, np.uint8), kind.size)
    home = np.where(kind == KIND_NAMES.index("floor"), floor, home)
    routed = np.isin(kind, [KIND_NAMES.index(k) for k in ("electronic", "iso")])
    venue = np.where(routed[parent], venue, home[parent])
    single = np.array([root in ONE_VENUE for root in names.root])
    return np.where(single[name], np.uint8(MICS.index("XCBO")), venue)


def _sizes(
    parents: int, parent: np.ndarray, leg: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return contracts: median 3, four in a hundred at 100 or more, round when large."""
    own = rng.standard_normal(parents)[parent]
    noise = np.where(leg, own, rng.standard_normal(parent.size))
    spread = np.where(leg, own, np.sqrt(0.6) * own + np.sqrt(0.4) * noise)
    size = np.clip(np.exp(1.1 + 2.0 * spread), 1, MAX_SIZE)
    rounded = rng.random(parents)[parent] < 0.6
    unit = np.array([1, 5, 50])[np.searchsorted((12, 80), size)]
    size = np.where(rounded, np.rint(size / unit) * unit, np.floor(size))
    return size.astype(np.int32)


# -------------------------------------------------------------------------------- prices


def _quoted(
    legs: Legs, listing: Listing, names: Names, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Return the prints in order of time with spot, quote and price."""
    path = _paths(names, rng)
    chance = _Chance(*rng.random((5, int(legs.parent[-1]) + 1)).astype(np.float32))
    order = np.argsort(legs.ts, kind="stable")
    legs = Legs(*(column[order] for column in legs))
    rows = legs.ts.size
    tape = {"ts_event": legs.ts, "symbol": legs.series}
    tape |= {column: np.empty(rows) for column in ("price", "bid", "ask", "spot")}
    tape |= {"size": legs.size, "venue": legs.venue, "condition": legs.letter}
    for start in range(0, rows, BATCH):
        part = slice(start, start + BATCH)
        now = Legs(*(column[part] for column in legs))
        name = listing.name[now.series]
        spot = _spot_at(path, name, now.ts)
        fair = _fair(now, listing, names, spot)
        mine = _Chance(*(u[now.parent] for u in chance))
        bid, ask, tick = _quote(fair, name, names, mine)
        stray = rng.random(spot.size)
        price = _price(bid, ask, tick, mine, stray)
        bid, ask = _odd_quotes(bid, ask, tick, rng.random(spot.size))
        tape["spot"][part], tape["price"][part] = np.rint(spot * 100) / 100, price / 100
        tape["bid"][part], tape["ask"][part] = bid / 100, ask / 100
    return tape


class _Chance(NamedTuple):
    """Draws that the children of one intention share."""

    width: np.ndarray
    shift: np.ndarray
    side: np.ndarray
    depth: np.ndarray
    inside: np.ndarray


def _paths(names: Names, rng: np.random.Generator) -> np.ndarray:
    """Return the spot of each name at each minute: one common and one own random walk."""
    deviation = names.vol / np.sqrt(252 * MINUTES)
    own = rng.standard_normal((len(names.root), MINUTES + 2))
    common = rng.standard_normal(MINUTES + 2)
    walk = np.cumsum(0.6 * common + 0.8 * own, axis=1) * deviation[:, None]
    path = names.spot[:, None] * np.exp(walk)
    for root, twin in SPOT_OF.items():
        if root in names.root and twin in names.root:
            path[names.root.index(root)] = path[names.root.index(twin)]
    return path


def _spot_at(path: np.ndarray, name: np.ndarray, ts: np.ndarray) -> np.ndarray:
    minute, rest = np.divmod(ts, 60 * SECOND)
    now, then = path[name, minute], path[name, minute + 1]
    return now + (then - now) * (rest / (60 * SECOND))


def _fair(now: Legs, listing: Listing, names: Names, spot: np.ndarray) -> np.ndarray:
    """Return the Black-Scholes value in cents, no carry, with a smile."""
    strike = listing.mills[now.series] / 1000
    seconds = listing.days[now.series] * DAY + (MINUTES * 60 + 60 - now.ts / SECOND)
    root_time = np.sqrt(seconds / (365 * DAY))
    away = np.log(strike / spot)
    vol = names.vol[listing.name[now.series]]
    deviations = away / (vol * root_time)
    vol = vol * np.clip(1 - 0.02 * deviations + 0.03 * deviations * deviations, 0.7, 3)
    deviation = vol * root_time
    upper = deviation / 2 - away / deviation
    call = spot * _normal(upper) - strike * _normal(upper - deviation)
    value = np.where(listing.put[now.series], call - spot + strike, call)
    return np.maximum(value, 0) * 100


def _normal(x: np.ndarray) -> np.ndarray:
    """Return the normal distribution by Abramowitz and Stegun 26.2.17, good to 1e-7."""
    t = 1 / (1 + 0.2316419 * np.abs(x))
    tail = t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))
    tail = t * (0.319381530 + t * (-0.356563782 + tail)) * np.exp(-x * x / 2)
    tail *= 0.3989422804014327
    return np.where(x > 0, 1 - tail, tail)


def _quote(
    fair: np.ndarray, name: np.ndarray, names: Names, chance: _Chance
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return bid, ask and tick in cents: a whole number of ticks around the fair value."""
    fine = np.array([root in PENNY for root in names.root])[name]
    coarse = ((names.tier == len(TIERS) - 1) | np.isin(names.root, list(ONE_VENUE)))[name]
    cheap = fair < 300
    tick = np.where(coarse, np.where(cheap, 5, 10), np.where(cheap, 1, 5))
    tick = np.where(fine, 1, tick)
    spread = np.array([tier.spread for tier in TIERS])[names.tier[name]]
    width = -np.log1p(-chance.width.astype(np.float64)) * spread * np.maximum(fair, 40)
    ticks = 1 + np.floor(width / tick)
    # where a print lies in the middle, the quote has one
    middle = (chance.depth >= AT_QUOTE) & (chance.depth < AT_QUOTE + AT_MIDDLE)
    ticks += middle & (ticks * tick % 2 == 1)
    bid = np.maximum(np.floor(fair / tick - ticks * chance.shift), 0) * tick
    return bid, bid + ticks * tick, tick


def _price(
    bid: np.ndarray, ask: np.ndarray, tick: np.ndarray, chance: _Chance, stray: np.ndarray
) -> np.ndarray:
    """Return prices in cents: at a quote 60 %, mid 20 %, outside 1.5 %, the rest inside.

    Most children trade as their intention does; one in seven strays.
    """
    buys = chance.side < 0.48
    depth = np.where(stray < STRAYS, stray / STRAYS, chance.depth)
    buys |= bid < tick
    sign = np.where(buys, 1, -1)
    near = np.where(buys, ask, bid)
    middle = (bid + ask) / 2
    half = (ask - bid) / 2
    inside = np.floor(middle + sign * half * chance.inside + 0.5)
    mid = np.where(buys, np.ceil(middle), np.floor(middle))
    price = np.where(depth < AT_QUOTE + AT_MIDDLE, mid, inside)
    price = np.where(depth < AT_QUOTE, near, price)
    price = np.where(depth < 1 - OUTSIDE, price, near + sign * tick)
    return np.maximum(price, np.minimum(tick, ask))


def _odd_quotes(
    bid: np.ndarray, ask: np.ndarray, tick: np.ndarray, u: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return quotes with a few locked, crossed and missing ones among them."""
    locked, crossed = u < 0.003, (u >= 0.003) & (u < 0.0035)
    bid = np.where(locked, ask, np.where(crossed, ask + tick, bid))
    missing = u > 0.9998
    return np.where(missing, np.nan, bid), np.where(missing, np.nan, ask)


def _with_cancels(
    tape: dict[str, np.ndarray], rate: float, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Return the tape with some prints cancelled, a minute or so later, by rows of `A`."""
    rows = tape["ts_event"].size
    chosen = np.flatnonzero(rng.random(rows) < rate)
    if not chosen.size:
        return tape
    cancel = {name: column[chosen] for name, column in tape.items()}
    delay = (1 + rng.exponential(60, chosen.size)) * SECOND
    cancel["ts_event"] = cancel["ts_event"] + delay.astype(np.int64)
    cancel["condition"] = np.full(chosen.size, LETTERS.index("A"), np.uint8)
    ts = np.concatenate([tape["ts_event"], cancel["ts_event"]])
    order = np.argsort(ts, kind="stable")
    return {name: np.concatenate([tape[name], cancel[name]])[order] for name in tape}


# --------------------------------------------------------------------------------- files


def tape_table(tape: dict[str, np.ndarray]) -> pa.Table:
    """Return the prints as an Arrow table in the columns of the format."""
    return pa.table(
        {
            "ts_event": pa.array(tape["ts_event"], pa.timestamp("ns", tz="UTC")),
            "symbol": pa.DictionaryArray.from_arrays(
                tape["symbol"], pa.array(tape["symbols"])
            ),
            "price": tape["price"],
            "size": tape["size"],
            "bid": pa.array(tape["bid"], from_pandas=True),
            "ask": pa.array(tape["ask"], from_pandas=True),
            "spot": tape["spot"],
            "venue": pa.DictionaryArray.from_arrays(
                tape["venue"], pa.array(tape["venues"])
            ),
            "condition": pa.DictionaryArray.from_arrays(
                tape["condition"], pa.array(tape["conditions"])
            ),
            "sequence": tape["sequence"],
        }
    )


def oi_table(tape: dict[str, np.ndarray]) -> pa.Table:
    """Return the morning's open interest of every listed series."""
    return pa.table({"symbol": tape["listed"], "open_interest": tape["open_interest"]})


def write(table: pa.Table, path: Path) -> None:
    """Write a table as Parquet."""
    pq.write_table(table, path, compression="zstd", row_group_size=1 << 20)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prints", type=int, default=20_000)
    parser.add_argument("--contracts", type=int, help="how many series trade")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--date", type=dt.date.fromisoformat, default=DATE)
    parser.add_argument("--cancels", type=float, default=CANCELS, help="share of prints")
    parser.add_argument("--symbols", nargs="*", default=(), help="option roots")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--oi", type=Path)
    asked = parser.parse_args(arguments)
    tape = make_tape(
        asked.prints,
        asked.contracts,
        asked.seed,
        date=asked.date,
        cancels=asked.cancels,
        symbols=asked.symbols,
    )
    write(tape_table(tape), asked.out)
    if asked.oi:
        write(oi_table(tape), asked.oi)
    rows, series = tape["ts_event"].size, tape["symbols"].size
    print(f"{rows:,} prints of {series:,} series in {asked.out}")


if __name__ == "__main__":
    main()
