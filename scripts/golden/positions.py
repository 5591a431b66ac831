"""Make tests/golden/positioning: a chain of twelve contracts, exposures and levels.

Plain arithmetic, one contract at a time, with nothing but `math`: slow, and easy to follow
with the formulas at hand. Run as
``python scripts/golden/positions.py tests/golden/positioning``.
"""

import math
import sys
from pathlib import Path

SPOT = 100.4
FLOOR = 30 / (365 * 24 * 60)
NAN = math.nan
RATE, CARRY = 0.045, 0.013
COLUMNS = (
    "put", "strike", "dte", "years", "oi", "volume", "multiplier", "vol", "delta", "gamma",
    "rate", "carry", "usable",
)  # fmt: skip
KINDS = ("gex", "dex", "vex", "chex", "dag")

# put, strike, dte, years, open interest, volume, multiplier, vol, usable
CONTRACTS = [
    (0, 100.0, 0, 10 / 525_600, 400, 900, 100, 0.31, 1),  # ten minutes: under the floor
    (1, 100.0, 0, 10 / 525_600, 700, 1500, 100, 0.33, 1),
    (1, 95.0, 14, 14 / 365, 1500, 300, 100, 0.27, 1),
    (0, 100.0, 14, 14 / 365, 850, 200, 100, 0.24, 1),
    (1, 100.0, 14, 14 / 365, 900, 250, 100, 0.24, 1),
    (0, 105.0, 14, 14 / 365, 1900, 800, 100, 0.21, 1),
    (1, 105.0, 45, 45 / 365, 1000, 40, 100, 0.22, 1),
    (0, 110.0, 45, 45 / 365, 1200, 60, 100, 0.20, 1),
    (1, 110.0, 45, 45 / 365, 2500, 10, 10, 0.20, 1),  # a small deliverable
    (0, 105.0, 45, 45 / 365, 500, 70, 100, 0.22, 0),  # too wide to be used
    (0, 115.0, 45, 45 / 365, 300, 5, 100, NAN, 1),  # not solved
    (0, 100.0, 0, -0.001, 9000, 0, 100, 0.30, 1),  # over since this morning
]


def normal(x: float) -> float:
    return math.erfc(-x / math.sqrt(2)) / 2


def bell(x: float) -> float:
    return math.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def d1(spot: float, strike: float, years: float, vol: float) -> float:
    sd = vol * math.sqrt(years)
    return (math.log(spot / strike) + (RATE - CARRY) * years) / sd + sd / 2


def delta(put: int, spot: float, strike: float, years: float, vol: float) -> float:
    chance = normal(d1(spot, strike, years, vol)) - (1 if put else 0)
    return math.exp(-CARRY * years) * chance


def gamma(spot: float, strike: float, years: float, vol: float) -> float:
    top = math.exp(-CARRY * years) * bell(d1(spot, strike, years, vol))
    return top / (spot * vol * math.sqrt(years))


def vanna(spot: float, strike: float, years: float, vol: float) -> float:
    one = d1(spot, strike, years, vol)
    return -math.exp(-CARRY * years) * bell(one) * (one - vol * math.sqrt(years)) / vol


def charm(put: int, spot: float, strike: float, years: float, vol: float) -> float:
    """Return the change of delta per year that passes."""
    one, sd = d1(spot, strike, years, vol), vol * math.sqrt(years)
    carried = math.exp(-CARRY * years)
    turn = (2 * (RATE - CARRY) * years - (one - sd) * sd) / (2 * years * sd)
    x = carried * bell(one) * turn
    own = -CARRY * carried * normal(-one) if put else CARRY * carried * normal(one)
    return own - x


def rows() -> list[dict[str, float]]:
    """Return the contracts as a chain shows them: greeks with six decimals."""
    found = []
    for put, strike, dte, years, oi, volume, multiplier, vol, usable in CONTRACTS:
        known = years > 0 and not math.isnan(vol)
        shown = delta(put, SPOT, strike, years, vol) if known else NAN
        bend = gamma(SPOT, strike, years, vol) if known else NAN
        greeks = round(shown, 6), round(bend, 6)
        given = (put, strike, dte, years, oi, volume, multiplier, vol, *greeks)
        found.append(dict(zip(COLUMNS, (*given, RATE, CARRY, usable), strict=True)))
    return found


def counts(row: dict[str, float]) -> bool:
    return bool(row["usable"]) and row["years"] > 0 and not math.isnan(row["vol"])


def exposures(row: dict[str, float]) -> dict[str, float]:
    """Return the dollars of one contract: calls +, puts -, the delta as it is."""
    if not counts(row):
        return dict.fromkeys(KINDS, NAN)
    put, strike, vol = int(row["put"]), row["strike"], row["vol"]
    years = max(row["years"], FLOOR)
    slope, bend = row["delta"], row["gamma"]
    if row["years"] < FLOOR:
        slope = delta(put, SPOT, strike, years, vol)
        bend = gamma(SPOT, strike, years, vol)
    sign = -1 if put else 1
    shares = row["oi"] * row["multiplier"]
    gex = sign * bend * shares * SPOT**2 * 0.01
    return {
        "gex": gex,
        "dex": slope * shares * SPOT,
        "vex": sign * vanna(SPOT, strike, years, vol) * 0.01 * shares * SPOT,
        "chex": sign * charm(put, SPOT, strike, years, vol) / 365 * shares * SPOT,
        "dag": abs(slope) * gex,
    }


def by_strike(chain: list[dict[str, float]]) -> list[dict[str, float]]:
    found = []
    for strike in sorted({row["strike"] for row in chain if row["years"] > 0}):
        sums = {"strike": strike}
        for side, put in (("call", 0), ("put", 1)):
            here = [
                r for r in chain
                if r["strike"] == strike and r["put"] == put and r["years"] > 0
            ]  # fmt: skip
            for kind in KINDS:
                parts = [exposures(row)[kind] for row in here if counts(row)]
                sums[f"{side}_{kind}"] = sum(parts)
            sums[f"{side}_oi"] = sum(row["oi"] for row in here)
            sums[f"{side}_shares"] = sum(row["oi"] * row["multiplier"] for row in here)
        for kind in KINDS:
            sums[f"net_{kind}"] = sums[f"call_{kind}"] + sums[f"put_{kind}"]
        found.append(sums)
    return found


def pain(strikes: list[dict[str, float]], at: float) -> tuple[float, float]:
    calls = sum(s["call_shares"] * max(0.0, at - s["strike"]) for s in strikes)
    puts = sum(s["put_shares"] * max(0.0, s["strike"] - at) for s in strikes)
    return calls, puts


def nearest(strikes: list[float], spot: float) -> float:
    return min(strikes, key=lambda strike: (abs(strike - spot), strike))


def most(strikes: list[dict[str, float]], name: str, sign: int = 1) -> float:
    best = max(sign * s[name] for s in strikes)
    return nearest([s["strike"] for s in strikes if sign * s[name] == best], SPOT)


def profile(chain: list[dict[str, float]], spot: float) -> float:
    """Return net GEX repriced at a spot: near expiries weigh less, vols stay."""
    total = 0.0
    for row in chain:
        if counts(row):
            years = max(row["years"], FLOOR)
            bend = gamma(spot, row["strike"], years, row["vol"])
            sign = -1 if row["put"] else 1
            weight = min(1.0, row["dte"] / 5)
            total += sign * weight * bend * row["oi"] * row["multiplier"] * spot**2 * 0.01
    return total


def flip(chain: list[dict[str, float]]) -> tuple[float, int]:
    """Return the zero of the profile nearest to spot, and how many there are."""
    roots = []
    cells = 4000
    for n in range(cells):
        low = SPOT * (0.8 + 0.4 * n / cells)
        high = SPOT * (0.8 + 0.4 * (n + 1) / cells)
        if profile(chain, low) * profile(chain, high) < 0:
            for _ in range(60):
                middle = (low + high) / 2
                same = profile(chain, low) * profile(chain, middle) > 0
                low, high = (middle, high) if same else (low, middle)
            roots.append(low)
    return min(roots, key=lambda root: abs(root - SPOT)), len(roots)


def half_up(x: float) -> int:
    return math.floor(x + 0.5)


def levels(chain: list[dict[str, float]]) -> dict[str, float]:
    strikes = by_strike(chain)
    total = {s["strike"]: sum(pain(strikes, s["strike"])) for s in strikes}
    least = min(total.values())
    tied = [strike for strike, value in total.items() if value == least]
    call_wall, put_wall = most(strikes, "call_gex"), most(strikes, "put_gex", -1)
    above = [s for s in strikes if s["strike"] >= SPOT]
    below = [s for s in strikes if s["strike"] <= SPOT]
    magnet = max(strikes, key=lambda s: abs(s["net_gex"]))
    near = [s for s in strikes if abs(s["strike"] - SPOT) <= 0.05 * SPOT]
    all_oi = sum(s["call_oi"] + s["put_oi"] for s in near)
    share = (magnet["call_oi"] + magnet["put_oi"]) / all_oi if magnet in near else 0.0
    pull = abs(magnet["net_gex"]) / sum(abs(s["net_gex"]) for s in strikes)
    distance = abs(magnet["strike"] - SPOT) / SPOT * 100
    parts = [
        half_up(100 * min(1, share / 0.20)),
        half_up(100 * max(0, 1 - distance / 1.0)),
        half_up(100 * max(0, 1 - 1.25 / 6.5)),
        half_up(100 * min(1, pull / 0.35)),
    ]
    score = 0.3 * parts[0] + 0.25 * parts[1] + 0.25 * parts[2] + 0.2 * parts[3]
    found = {f"net_{kind}": sum(s[f"net_{kind}"] for s in strikes) for kind in KINDS}
    root, crossings = flip(chain)
    return found | {
        "call_wall": call_wall,
        "put_wall": put_wall,
        "call_wall_strength": max(s["call_gex"] for s in strikes)
        / sum(s["call_gex"] for s in strikes),
        "put_wall_strength": min(s["put_gex"] for s in strikes)
        / sum(s["put_gex"] for s in strikes),
        "call_wall_otm": most(above, "call_gex"),
        "put_wall_otm": most(below, "put_gex", -1),
        "max_positive_gamma": most(strikes, "net_gex"),
        "max_negative_gamma": most(strikes, "net_gex", -1),
        "max_pain": nearest(tied, SPOT),
        "max_pain_tied": len(tied),
        "max_pain_at_102.5": nearest(tied, 102.5),
        "max_pain_at_104": nearest(tied, 104.0),
        "flip": root,
        "flip_crossings": crossings,
        "pin_magnet": magnet["strike"],
        "pin_distance_pct": distance,
        "pin_oi": parts[0],
        "pin_proximity": parts[1],
        "pin_time": parts[2],
        "pin_gamma": parts[3],
        "pin_score": half_up(score),
    }


def write(path: Path, table: list[dict[str, float]]) -> None:
    lines = [",".join(table[0])]
    lines += [",".join(map(repr, row.values())) for row in table]
    path.write_text("\n".join(lines) + "\n", encoding="ascii")


def main() -> None:
    folder = Path(sys.argv[1])
    chain = rows()
    write(folder / "chain.csv", [row | exposures(row) for row in chain])
    strikes = by_strike(chain)
    for sums in strikes:
        sums["call_pain"], sums["put_pain"] = pain(strikes, sums["strike"])
    write(folder / "strikes.csv", strikes)
    found = levels(chain)
    lines = ["name,value", *(f"{name},{value!r}" for name, value in found.items())]
    (folder / "levels.csv").write_text("\n".join(lines) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
