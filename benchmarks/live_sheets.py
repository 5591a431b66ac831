"""What the measurements of the live path found, as tables."""

from typing import Any

from sheets import Sheet

Found = dict[str, Any]

KINDS = {"all": "all", "recent": "of the last 3,000 prints", "any": "from anywhere"}
AIM_P99_MS = 100.0
CANCELS_NOTE = (
    "From the cancel to everything that is told of it, raw minutes made anew; late in a "
    "day folded 1,000 prints at a time, a tick after each batch. Half of the cancels take "
    "back one of the last 3,000 prints."
)
RAW_NOTE = (
    "The whole day, parents and contracts alone, and with the minutes of every underlying "
    "and expiry and the newest prints beside."
)


def live_sheets(found: Found) -> list[Sheet]:
    """Return every table of what was measured."""
    return [cancels(found), raw(found["speeds"])]


def cancels(found: Found) -> Sheet:
    """Return the table of how long cancels take."""
    rows = [
        (f"{day['prints']:,}", label, *(f"{day[kind][name]:.2f}" for name in
                                        ("p50_ms", "p99_ms", "worst_ms")))
        for day in found["days"].values()
        for kind, label in KINDS.items()
    ]  # fmt: skip
    worst = max(day["all"]["p99_ms"] for day in found["days"].values())
    aim = "met" if worst <= AIM_P99_MS else "missed"
    note = f"{CANCELS_NOTE} The aim is {AIM_P99_MS:.0f} ms at p99: {aim}."
    columns = ("prints of the day", "cancels", "p50 ms", "p99 ms", "worst ms")
    return Sheet("Cancels", note, columns, rows)


def raw(speeds: Found) -> Sheet:
    """Return the table of prints a second with and without the raw tape."""
    sizes = list(speeds["alone"])
    labels = {"alone": "fold only", "raw": "with raw minutes and prints"}
    rows = [
        (label, *(f"{speeds[name][size] / 1e6:.2f}" for size in sizes))
        for name, label in labels.items()
    ]
    columns = ("million prints/s", *(f"{int(size):,} a batch" for size in sizes))
    return Sheet("Raw flow", RAW_NOTE, columns, rows)
