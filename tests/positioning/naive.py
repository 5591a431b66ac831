"""Slow plain-Python twins of the positioning room: loops over contracts, no shared code."""

import math
from collections import defaultdict
from dataclasses import dataclass, replace

MEASURES = ("gex", "dex", "vex", "chex", "dag")


@dataclass(frozen=True)
class Held:
    """One contract as the twins see it."""

    put: bool
    strike: float
    dte: int
    years: float
    oi: float
    volume: float
    multiplier: float
    vol: float
    delta: float
    gamma: float
    rate: float
    carry: float
    usable: bool

    @property
    def sign(self) -> float:
        return -1.0 if self.put else 1.0

    @property
    def live(self) -> bool:
        return self.years > 0

    @property
    def known(self) -> bool:
        return self.live and self.oi >= 0

    @property
    def counts(self) -> bool:
        needed = (self.vol, self.delta, self.gamma, self.oi)
        return self.usable and self.live and all(map(math.isfinite, needed))


def phi(x: float) -> float:
    return math.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def big_n(x: float) -> float:
    return math.erfc(-x / math.sqrt(2)) / 2


def price(c: Held, spot: float, years: float) -> float:
    d1 = d_one(c, spot, years)
    d2 = d1 - c.vol * math.sqrt(years)
    paid = c.strike * math.exp(-c.rate * years)
    got = spot * math.exp(-c.carry * years)
    if c.put:
        return paid * big_n(-d2) - got * big_n(-d1)
    return got * big_n(d1) - paid * big_n(d2)


def d_one(c: Held, spot: float, years: float) -> float:
    drift = (c.rate - c.carry + c.vol**2 / 2) * years
    return (math.log(spot / c.strike) + drift) / (c.vol * math.sqrt(years))


def delta(c: Held, spot: float, years: float) -> float:
    d1 = d_one(c, spot, years)
    return c.sign * math.exp(-c.carry * years) * big_n(c.sign * d1)


def gamma(c: Held, spot: float, years: float) -> float:
    bell = math.exp(-c.carry * years) * phi(d_one(c, spot, years))
    return bell / (spot * c.vol * math.sqrt(years))


def vanna(c: Held, spot: float, years: float) -> float:
    d1 = d_one(c, spot, years)
    return -math.exp(-c.carry * years) * phi(d1) * (d1 - c.vol * math.sqrt(years)) / c.vol


def charm(c: Held, spot: float, years: float) -> float:
    root = c.vol * math.sqrt(years)
    d1 = d_one(c, spot, years)
    d2, kept = d1 - root, math.exp(-c.carry * years)
    x = kept * phi(d1) * (2 * (c.rate - c.carry) * years - d2 * root) / (2 * years * root)
    return c.sign * c.carry * kept * big_n(c.sign * d1) - x


def exposures(c: Held, spot: float, floor: float) -> dict[str, float]:
    if not c.counts:
        return dict.fromkeys(MEASURES, math.nan)
    time = max(c.years, floor)
    slope, bend = c.delta, c.gamma
    if c.years < floor:
        slope, bend = delta(c, spot, time), gamma(c, spot, time)
    held = c.oi * c.multiplier
    gex = c.sign * bend * held * spot**2 * 0.01
    return {
        "gex": gex,
        "dex": slope * held * spot,
        "vex": c.sign * vanna(c, spot, time) * 0.01 * held * spot,
        "chex": c.sign * charm(c, spot, time) / 365 * held * spot,
        "dag": abs(slope) * gex,
    }


def strikes(held: list[Held], spot: float, floor: float) -> dict[float, dict[str, float]]:
    """Sums by strike of what has not expired; keys as the columns of `Sums`."""
    rows: dict[float, dict[str, float]] = {}
    for c in sorted(held, key=lambda c: c.strike):
        if not c.live:
            continue
        row = rows.setdefault(c.strike, defaultdict(float))
        side = "put" if c.put else "call"
        if math.isfinite(c.oi):
            row[f"{side}_oi"] += c.oi
            row["total_oi"] += c.oi
        if not c.counts:
            continue
        row["counted"] += 1
        for name, value in exposures(c, spot, floor).items():
            row[f"{side}_{name}"] += value
            row[f"net_{name}"] += value
        if c.dte == 0:
            row["zero_dte_gex"] += exposures(c, spot, floor)["gex"]
    return rows


def top(rows: dict[float, float], spot: float) -> float | None:
    """The key of the greatest value above 0; ties nearer to spot, then lower."""
    best = max(rows.values(), default=0.0)
    if best <= 0:
        return None
    tied = [strike for strike, value in rows.items() if value == best]
    return min(tied, key=lambda strike: (abs(strike - spot), strike))


def levels(net: dict[float, dict[str, float]], spot: float) -> dict[str, float | None]:
    calls = {k: row["call_gex"] for k, row in net.items()}
    puts = {k: -row["put_gex"] for k, row in net.items()}
    return {
        "call_wall": top(calls, spot),
        "put_wall": top(puts, spot),
        "call_wall_otm": top({k: v for k, v in calls.items() if k >= spot}, spot),
        "put_wall_otm": top({k: v for k, v in puts.items() if k <= spot}, spot),
        "max_positive_gamma": top({k: row["net_gex"] for k, row in net.items()}, spot),
        "max_negative_gamma": top({k: -row["net_gex"] for k, row in net.items()}, spot),
        "highest_oi_strike": top({k: row["total_oi"] for k, row in net.items()}, spot),
        "zero_dte_magnet": top(
            {k: abs(row["zero_dte_gex"]) for k, row in net.items()}, spot
        ),
    }


def pains(held: list[Held]) -> dict[float, float]:
    """What is paid out at each strike, every contract asked at every strike."""
    return {
        at: sum(
            max(0.0, (c.strike - at) if c.put else (at - c.strike)) * c.oi * c.multiplier
            for c in held
            if c.known
        )
        for at in sorted({c.strike for c in held if c.live})
    }


def max_pain(held: list[Held], spot: float) -> float | None:
    if not sum(c.oi for c in held if c.known):
        return None
    paid = pains(held)
    least = min(paid.values())
    return min((k for k, v in paid.items() if v == least), key=lambda k: (abs(k - spot), k))


def profile(
    held: list[Held], at: float, floor: float, *, full_dte: float | None
) -> tuple[float, float]:
    """Net GEX with spot at `at`, and the sum of its terms in size."""
    terms = [
        (min(1.0, c.dte / full_dte) if full_dte else 1.0)
        * exposures(replace(c, gamma=gamma(c, at, max(c.years, floor))), at, floor)["gex"]
        for c in held
        if c.counts
    ]
    return math.fsum(terms), math.fsum(map(abs, terms))
