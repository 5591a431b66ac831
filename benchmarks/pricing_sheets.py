"""What the pricing and positioning measurements found, as tables with ratios."""

from typing import Any, Final

from sheets import Sheet

Found = dict[str, Any]

JOBS: Final = {
    "implied": "bench_pricing_implied.py",
    "greeks": "bench_pricing_greeks.py",
    "american": "bench_pricing_american.py",
    "smile": "bench_pricing_smile.py",
    "levels": "bench_positioning_levels.py",
}
"""Measurements by name; each is a process of its own."""

HARD_NOTE = (
    "1,500 golden prices from 1e-300 up, an hour to ten years, 1 to 500 % vol, over and "
    "over. Errors are relative, at or out of the money where the price determines the vol; "
    "wrong is an error over 1e-6, or no vol there. QuantLib at its default accuracy."
)
CHAIN_NOTE = (
    "5,240 contracts of ten expiries, over and over. Errors as above; in the money most "
    "prices tell less of a vol than a float64 holds, and ours is none where they tell "
    "nothing."
)
SETS = {
    "hard": ("Implied vol, hard prices", HARD_NOTE),
    "chain": ("Implied vol, a chain", CHAIN_NOTE),
}
SMALL, MANY = 0.1, 10.0
AIM_COLD, AIM_WARM, AIM_ERROR = 6.0, 7.0, 1e-12
AIM_GREEKS, AIM_AMERICAN, AIM_AMERICAN_VOL, AIM_VOL_ERROR = 30.0, 1.0, 0.1, 1e-6
AIM_SNAPSHOT_MS, AIM_CHANGE_US, AIM_SMILE_MS = 8.0, 50.0, 50.0


def pricing_sheets(found: Found) -> list[Sheet]:
    """Return every table of what was measured."""
    return [
        pricing_aims(found),
        *(implied(found["implied"], name) for name in SETS),
        greeks(found["greeks"]),
        american(found["american"]),
        american_vols(found["american"]),
        levels(found["levels"]),
        smile(found["smile"]),
        rivals(found),
    ]


def named(lines: list[Found], engine: str, **also: str) -> Found:
    """Return the line of an engine."""
    wanted = {"engine": engine, **also}
    return next(one for one in lines if all(one[key] == wanted[key] for key in wanted))


def speed(line: Found, unit: float = 1e6) -> str:
    per_unit = line["per_second"] / unit
    return f"{per_unit:.2f}" if per_unit >= SMALL else f"{per_unit:.4f}"


def ratio(ours: Found, line: Found) -> str:
    times = ours["per_second"] / line["per_second"]
    return f"{times:.1f}" if times < MANY else f"{times:,.0f}"


def implied(found: Found, chosen: str) -> Sheet:
    """Return vols a second and their errors, beside the rivals."""
    lines = [one for one in found["found"] if one["set"] == chosen]
    ours = named(lines, "opentape, two cores")
    rows = []
    for one in lines:
        if "per_second" not in one:
            rows.append((one["engine"], "", one["why"], "", "", "", "", ""))
            continue
        wrong = f"{one['wrong']:,} of {one['told']:,}"
        rows.append((
            one["engine"], str(one["threads"]), speed(one), ratio(ours, one),
            f"{one['worst']:.1e}", f"{one['median']:.1e}", wrong, f"{one['none']:,}",
        ))  # fmt: skip
    columns = (
        "engine", "threads", "million/s", "opentape is faster by", "worst error",
        "median error", "wrong", "no vol",
    )  # fmt: skip
    return Sheet(*SETS[chosen], columns, rows)


def greeks(found: Found) -> Sheet:
    """Return options a second with all their greeks."""
    ours = named(found["found"], "opentape, two cores")
    rows = []
    for one in found["found"]:
        gives = str(one["gives"])
        if "per_second" not in one:
            rows.append((one["engine"], "", gives, one["why"], "", ""))
            continue
        rows.append((
            one["engine"], str(one["threads"]), gives, speed(one), ratio(ours, one),
            f"{one['apart']:.0e}",
        ))  # fmt: skip
    columns = (
        "engine", "threads", "numbers an option", "million options/s",
        "opentape is faster by", "deltas apart",
    )  # fmt: skip
    note = "The chain above. Ours are the price and fifteen greeks, theirs what they have."
    return Sheet("Greeks", note, columns, rows)


def american(found: Found) -> Sheet:
    """Return American prices a second and their errors."""
    note = (
        "Golden options, a session to three years, rates of both signs; "
        "errors are in parts of spot or strike against a reference good to 1e-9."
    )
    return _american("American prices", note, found["prices"])


def american_vols(found: Found) -> Sheet:
    """Return American vols a second and their errors."""
    note = "The same options, where the price tells the vol; errors are relative."
    return _american("American implied vols", note, found["vols"])


def _american(title: str, note: str, lines: list[Found]) -> Sheet:
    ours = named(lines, "opentape, one core")
    rows = [
        (
            one["engine"], str(one["threads"]), speed(one, 1e3), ratio(ours, one),
            f"{one['worst']:.1e}", f"{one['median']:.1e}", str(one["none"]),
        )
        for one in lines
    ]  # fmt: skip
    columns = (
        "engine", "threads", "thousand/s", "one core is faster by", "worst error",
        "median error", "no answer",
    )  # fmt: skip
    return Sheet(title, note, columns, rows)


def levels(found: Found) -> Sheet:
    """Return how long a chain takes to become levels."""
    ours = found["profile_ms"]
    rows = [
        ("snapshot to levels: all sums, walls, max pain, pin, flip",
         f"{found['snapshot_ms']:.2f} ms", ""),
        ("the gamma profile and its flip alone", f"{ours:.2f} ms", "1.0"),
        ("the profile by numpy", f"{found['numpy_ms']:.1f} ms",
         f"{found['numpy_ms'] / ours:.1f}"),
        ("the profile by fast-vollib", f"{found['fast_vollib_ms']:.1f} ms",
         f"{found['fast_vollib_ms'] / ours:.1f}"),
        ("one contract's open interest changes", f"{found['change_us']:.1f} us", ""),
        ("the same, and totals and walls are asked for",
         f"{found['change_and_levels_us']:.1f} us", ""),
    ]  # fmt: skip
    apart = max(found["apart"].values())
    note = (
        f"{found['contracts']:,} contracts x {found['spots']} spots; profiles are at most "
        f"{apart:.0e} of the peak apart."
    )
    return Sheet("Chain to levels", note, ("job", "median", "opentape is faster by"), rows)


def smile(found: Found) -> Sheet:
    """Return how long the fits take and what they break."""
    ours = named(found["found"], "opentape")["ms"]
    rows = [
        (
            one["engine"], f"{one['ms']:.1f}", f"{one['ms'] / ours:.1f}",
            f"{one['rmse'] * 100:.3f}", str(one["absent"]),
            f"{one['butterfly_published']} / {one['butterfly_dense']}",
            f"{one['calendar_published']} / {one['calendar_dense']}",
        )
        for one in found["found"]
    ]  # fmt: skip
    columns = (
        "engine", "ms", "opentape is faster by", "error, vol points", "absent",
        "butterflies", "calendars",
    )  # fmt: skip
    note = (
        f"{found['points']:,} noisy vols of {found['expiries']} expiries. Arbitrage is "
        "counted in slices and pairs of neighbours, on the published grid / on a dense one."
    )
    return Sheet("SVI fit of a chain", note, columns, rows)


def pricing_aims(found: Found) -> Sheet:
    """Return what was aimed at."""
    hard = [one for one in found["implied"]["found"] if one["set"] == "hard"]
    chain = [one for one in found["implied"]["found"] if one["set"] == "chain"]
    cold, warm = "opentape, two cores", "opentape, warm, two cores"
    american_price = named(found["american"]["prices"], "opentape, one core")
    american_vol = named(found["american"]["vols"], "opentape, one core")
    fitted = named(found["smile"]["found"], "opentape")
    broken = sum(fitted[name] for name in fitted if name.startswith(("butter", "calendar")))
    per = 1e6
    least = [
        ("vols, million/s", named(chain, cold)["per_second"] / per, AIM_COLD),
        ("vols, warm, million/s", named(chain, warm)["per_second"] / per, AIM_WARM),
        ("greeks, million/s",
         named(found["greeks"]["found"], cold)["per_second"] / per, AIM_GREEKS),
        ("American prices, million/s a core", american_price["per_second"] / per,
         AIM_AMERICAN),
        ("American vols, million/s a core", american_vol["per_second"] / per,
         AIM_AMERICAN_VOL),
    ]  # fmt: skip
    most = [
        ("vols, worst error, hard", named(hard, cold)["worst"], AIM_ERROR),
        ("American vols, median error", american_vol["median"], AIM_VOL_ERROR),
        ("snapshot to levels, ms", found["levels"]["snapshot_ms"], AIM_SNAPSHOT_MS),
        ("a change of open interest, us", found["levels"]["change_us"], AIM_CHANGE_US),
        ("SVI fit, ms", fitted["ms"], AIM_SMILE_MS),
        ("its violations on a dense grid", broken, 0),
    ]
    checks = [(*one, one[1] >= one[2]) for one in least]
    checks += [(*one, one[1] <= one[2]) for one in most]
    rows = [(n, f"{v:.3g}", f"{a:g}", "met" if ok else "missed") for n, v, a, ok in checks]
    return Sheet("Aims of pricing", "", ("what", "measured", "aim", ""), rows)


def rivals(found: Found) -> Sheet:
    """Return the versions of everything that was compared."""
    seen: dict[str, str] = {}
    for one in found.values():
        seen |= one.get("versions", {})
    rows = [(name, seen[name]) for name in sorted(seen, key=str.lower)]
    note = (
        "vollib is what py_vollib is now called; py_vollib_vectorized runs on numpy 1.26.4 "
        "and numba 0.59.1."
    )
    return Sheet("Versions", note, ("library", "version"), rows)
