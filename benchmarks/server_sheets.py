"""What the measurements of the server found, as tables."""

from typing import Any, Final

from sheets import Sheet

Found = dict[str, Any]

JOBS: Final = {
    "http": "bench_server_http.py",
    "stream": "bench_server_stream.py",
    "push": "bench_print_to_push.py",
}
"""Measurements by name; each is a process of its own that starts others."""
ASKED: Final = {
    "fifty": "50 signals",
    "all": "500 signals",
    "summary": "summary",
}
AIM_FIFTY, AIM_ALL, AIM_P99_MS, AIM_WATCHLIST_MS = 12_000, 8_000, 5.0, 100.0
AIM_FRAMES, AIM_PACED_MS = 100_000, 20.0
AIM_PUSH_MS, AIM_PUSH_P99_MS = 1.0, 5.0
MANY = 1_000
HTTP_NOTE = (
    "One worker, 32 connections that stay open, a key counted against its limit; load from "
    "a process of its own on the same cores. A market of 100 underlyings that stands still "
    "and one that moves sixty times as fast as it was, whose views make answers anew. The "
    "rival checks a key too and answers with the same signals, encoded each time as "
    "models, or sent again as bytes."
)
WATCH_NOTE = "The summaries of all underlyings, asked by one client at once."
STREAM_NOTE = (
    "Rows alone: each is written to everybody before the next one comes. Together: all are "
    "pushed at once. Paced: fifty rows a second, each delay from the row's own instant."
)
PUSH_NOTE = (
    "Twenty thousand prints a second, two hundred thousand for 100 ms every two seconds, "
    "ten clients. From the instant at which a block's window closes by the schedule to its "
    "row at a client, so that whatever waits is counted."
)


def server_sheets(found: Found) -> list[Sheet]:
    """Return every table of what was measured."""
    http = found["http"]
    return [aims(found), answers(http), watchlist(http), stream(found["stream"]),
            push(found["push"])]  # fmt: skip


def aims(found: Found) -> Sheet:
    """Return the table of what was aimed at."""
    still, moving = found["http"]["still"], found["http"]["moving"]
    frames, pushed = found["stream"], found["push"]
    checks = [
        ("50 signals, answers/s", still["fifty"]["per_second"], AIM_FIFTY),
        ("500 signals, answers/s", still["all"]["per_second"], AIM_ALL),
        ("frames/s to 1,000 clients, rows alone", frames["alone"]["per_second"],
         AIM_FRAMES),
    ]  # fmt: skip
    rows = [met(name, value, aim, value >= aim) for name, value, aim in checks]
    checks = [
        ("50 signals, p99, ms", still["fifty"]["p99_ms"], AIM_P99_MS),
        ("summaries of 100 underlyings, ms", still["watchlist"]["p50_ms"],
         AIM_WATCHLIST_MS),
        ("the same while they move, ms", moving["watchlist"]["p50_ms"], AIM_WATCHLIST_MS),
        ("paced rows to 1,000 clients, p99, ms", frames["paced"]["p99_ms"], AIM_PACED_MS),
        ("print to push, p50, ms", pushed["p50_ms"], AIM_PUSH_MS),
        ("print to push, p99, ms", pushed["p99_ms"], AIM_PUSH_P99_MS),
        ("rows missing or clients dropped", missing(found), 0),
    ]  # fmt: skip
    rows += [met(name, value, aim, value <= aim) for name, value, aim in checks]
    return Sheet("Aims of the server", "", ("what", "measured", "aim", ""), rows)


def met(name: str, value: float, aim: float, ok: bool) -> tuple[str, ...]:  # noqa: FBT001
    shown = f"{value:,.0f}" if aim >= MANY or not aim else f"{value:.2f}"
    return name, shown, f"{aim:,}", "met" if ok else "missed"


def missing(found: Found) -> int:
    """Return how much was lost, in all measurements."""
    frames, pushed = found["stream"], found["push"]
    lost = sum(frames[way]["missing"] for way in ("alone", "together", "paced"))
    behind = pushed["prints"] - pushed["folded"] + pushed["blocks"] - pushed["signals"]
    return int(lost + frames["dropped"] + pushed["missing"] + pushed["dropped"] + behind)


def answers(http: Found) -> Sheet:
    """Return the table of answers a second."""
    rows = []
    for market in ("still", "moving"):
        for key, label in ASKED.items():
            rows.append(line(f"opentape, {market}", label, http[market][key], None))
    named = f"FastAPI {http['versions']['fastapi']}"
    for key in ("fifty", "all"):
        ours = http["still"][key]
        rival = http["rival"]
        rows.append(line(f"{named}, models", ASKED[key], rival[key], ours))
        again = rival[f"{key}, encoded"]
        rows.append(line(f"{named}, the bytes again", ASKED[key], again, ours))
    same = all(http["rival"][key]["same"] for key in ("fifty", "all"))
    note = HTTP_NOTE if same else f"{HTTP_NOTE} THE REPLIES DIFFER."
    columns = ("server", "answer", "kB", "answers/s", "p50 ms", "p99 ms",
               "processor, us", "opentape is faster by")  # fmt: skip
    return Sheet("Answers over HTTP", note, columns, rows)


def line(server: str, label: str, one: Found, ours: Found | None) -> tuple[str, ...]:
    faster = "" if ours is None else f"{ours['per_second'] / one['per_second']:.1f}"
    return (
        server, label, f"{one['bytes'] / 1_000:.1f}", f"{one['per_second']:,.0f}",
        f"{one['p50_ms']:.2f}", f"{one['p99_ms']:.2f}", f"{one['cpu_us']:.0f}", faster,
    )  # fmt: skip


def watchlist(http: Found) -> Sheet:
    """Return the table of one client that asks for many."""
    rows = [
        (market, f"{one['symbols']}", f"{one['p50_ms']:.1f}", f"{one['p99_ms']:.1f}")
        for market in ("still", "moving")
        for one in [http[market]["watchlist"]]
    ]
    columns = ("market", "underlyings", "p50 ms", "p99 ms")
    return Sheet("A watchlist", WATCH_NOTE, columns, rows)


def stream(found: Found) -> Sheet:
    """Return the table of rows pushed to many clients."""
    rows = [
        (f"rows {way}", f"{one['per_second']:,.0f}", "", "", f"{one['missing']}",
         f"{one['server_cpu']:.2f}", f"{one['load_cpu']:.2f}")
        for way in ("alone", "together")
        for one in [found[way]]
    ]  # fmt: skip
    paced = found["paced"]
    rows.append((
        "rows paced", f"{50 * found['clients']:,}", f"{paced['p50_ms']:.1f}",
        f"{paced['p99_ms']:.1f}", f"{paced['missing']}", "", "",
    ))  # fmt: skip
    columns = ("way", "frames/s", "p50 ms", "p99 ms", "missing", "server's cores",
               "load's cores")  # fmt: skip
    return Sheet(
        f"Rows to {found['clients']:,} WebSocket clients", STREAM_NOTE, columns, rows
    )


def push(found: Found) -> Sheet:
    """Return the table of delays from print to push."""
    rows = [
        (label, *(f"{found[f'{name}{part}_ms']:.2f}" for part in ("p50", "p99", "p99.9",
                                                                  "worst")))
        for label, name in (("all", ""), ("of prints in bursts", "burst_"))
    ]  # fmt: skip
    counted = (
        f"{int(found['folded']):,} of {int(found['prints']):,} prints were folded, "
        f"{int(found['signals']):,} of {int(found['blocks']):,} blocks were pushed, "
        f"{int(found['missing'])} rows did not come; the server used "
        f"{found['server_cpu']:.2f} cores."
    )
    columns = ("rows", "p50 ms", "p99 ms", "p99.9 ms", "worst ms")
    return Sheet("Print to push", f"{PUSH_NOTE} {counted}", columns, rows)
