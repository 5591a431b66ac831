"""What was measured of sessions on disk, as tables."""

from statistics import median
from typing import Any, Final

from sheets import Sheet

Found = dict[str, Any]

PARTS: Final = ("append", "recover", "lake", "past")
"""In their order: `lake` takes what `recover` wrote, and `past` asks the lake."""
OURS: Final = "opentape"
APPEND_NOTE = (
    "A batch is on disk before the next is taken; it waits from the call until it is. The "
    "file is what the disk allows: no checksums, no order, no recovery."
)
DAY_NOTE = (
    "Written in batches of 1,000. The lake is read whole in the order that prints came, or "
    "one underlying alone, the newest first, from a session that is opened anew."
)
AIM_DURABLE, AIM_RECOVER, AIM_BYTES, AIM_BLOCKS_MS = 3.0, 5.0, 14.0, 20.0


def journal_sheets(found: Found) -> list[Sheet]:
    """Return every table of what was measured."""
    return [aims(found), append(found["append"]), day(found)]


def aims(found: Found) -> Sheet:
    """Return how the aims were met."""
    durable = found["append"]["append"][OURS]["1000"]["prints_s"] / 1e6
    lake = found["lake"]
    worst = max(each["best_ms"] for each in lake["last_blocks_ms"].values())
    checks = [
        ("million durable prints/s, 1,000 a batch", durable, AIM_DURABLE,
         durable >= AIM_DURABLE),
        ("recovery of the day, s", found["recover"]["recovered_s"], AIM_RECOVER,
         found["recover"]["recovered_s"] <= AIM_RECOVER),
        ("bytes a print in the lake", lake["lake_bytes_a_print"], AIM_BYTES,
         lake["lake_bytes_a_print"] <= AIM_BYTES),
        ("last 512 blocks of an underlying, ms", worst, AIM_BLOCKS_MS,
         worst <= AIM_BLOCKS_MS),
    ]  # fmt: skip
    rows = [(n, f"{v:,.2f}", f"{a:,}", "met" if ok else "missed") for n, v, a, ok in checks]
    return Sheet("Sessions on disk, aims", "", ("what", "measured", "aim", ""), rows)


def append(found: Found) -> Sheet:
    """Return prints a second and waiting by the size of a batch."""
    ours, rows = found["append"][OURS], list[tuple[str, ...]]()
    for name, by_size in found["append"].items():
        label = f"{name} {found['duckdb']}" if name.startswith("DuckDB") else name
        for size, told in by_size.items():
            faster = ours[size]["prints_s"] / told["prints_s"]
            rows.append((
                label, f"{int(size):,}", f"{told['prints_s'] / 1e6:.2f}",
                f"{told['p50_us']:,.0f}", f"{told['p99_us']:,.0f}", f"{faster:.1f}",
            ))  # fmt: skip
    note = f"{APPEND_NOTE} SQLite {found['sqlite']}."
    if "skipped" in found:
        note += f" DuckDB was not measured: {found['skipped']}."
    columns = ("kept by", "batch", "million prints/s", "us, median", "us, p99",
               "opentape is faster by")  # fmt: skip
    return Sheet("Keeping prints", note, columns, rows)


def day(found: Found) -> Sheet:
    """Return what a whole day takes."""
    recover, lake, past = found["recover"], found["lake"], found["past"]
    blocks = lake["last_blocks_ms"].values()
    rows = [
        ("written to the journal, s", f"{recover['written_s']:.1f}"),
        ("read from the journal, s", f"{recover['read_s']:.2f}"),
        ("recovered: read, folded and its views cut, s", f"{recover['recovered_s']:.2f}"),
        ("compacted, read back and compared, s", f"{lake['compacted_s']:.1f}"),
        ("read from the lake, s", f"{lake['read_s']:.2f}"),
        ("journal, bytes a print", f"{lake['journal_bytes_a_print']:.1f}"),
        ("lake, bytes a print", f"{lake['lake_bytes_a_print']:.1f}"),
        (
            "last 512 blocks, ms, best underlying",
            f"{min(b['best_ms'] for b in blocks):.1f}",
        ),
        ("last 512 blocks, ms, worst", f"{max(b['best_ms'] for b in blocks):.1f}"),
        ("at an instant, cold, after one hour, ms", f"{past['cold_ms'][0]:.0f}"),
        ("at an instant, cold, after six hours, ms", f"{past['cold_ms'][-1]:.0f}"),
        ("at an instant up to a minute later, ms", f"{median(past['later_ms']):.0f}"),
    ]
    title = f"A session of {recover['prints']:,} prints"
    return Sheet(title, DAY_NOTE, ("what", "measured"), rows)
