"""What was measured of webhooks and rules, as tables."""

from typing import Any, Final

from sheets import Sheet

Found = dict[str, Any]

JOBS: Final = {
    "deliveries": "bench_alerts_deliver.py",
    "rules": "bench_rules_watch.py",
}
AIM_DELIVERIES, AIM_FIRST_MS = 2_000, 50
DELIVERIES_NOTE = (
    "Events of a kilobyte, told fifty at a time, to five endpoints of one receiver on "
    "loopback that answers at once: signed, posted, and each attempt recorded in SQLite. "
    "The receiver shares the machine."
)
RULES_NOTE = "Price rules over a hundred underlyings whose prices move, one look at a view."


def alert_sheets(found: Found) -> list[Sheet]:
    """Return every table of what was measured."""
    return [deliveries(found["deliveries"]), rules(found["rules"])]


def deliveries(found: Found) -> Sheet:
    """Return how fast webhooks are delivered."""
    speed, first = found["delivered_a_second"], found["first_attempt_p99_ms"]
    rows = [
        ("put into the outbox a second", f"{found['told_a_second']:,.0f}", "", ""),
        ("delivered a second", f"{speed:,.0f}", f"{AIM_DELIVERIES:,}",
         "met" if speed >= AIM_DELIVERIES else "missed"),
        ("event to first attempt, p50, ms", f"{found['first_attempt_p50_ms']:.1f}", "", ""),
        ("event to first attempt, p99, ms", f"{first:.1f}", f"{AIM_FIRST_MS}",
         "met" if first <= AIM_FIRST_MS else "missed"),
    ]  # fmt: skip
    return Sheet("Webhooks", DELIVERIES_NOTE, ("what", "measured", "aim", ""), rows)


def rules(found: Found) -> Sheet:
    """Return how fast rules are held against views."""
    rows = [
        ("a look, median, us", f"{found['median_us']:,.0f}"),
        ("a look, p99, us", f"{found['p99_us']:,.0f}"),
        ("rules a second, millions", f"{found['rules_per_s'] / 1e6:.1f}"),
    ]
    return Sheet(f"{found['rules']:,} rules", RULES_NOTE, ("what", "measured"), rows)
