"""Run every measurement, print the tables and write RESULTS.md.

The tape is one generated day: 10 million prints of 200,000 contracts of 1.5 million listed.
Sessions are kept and read from it. Prices are measured on a generated chain and on the
golden tables, the server over a simulated market. Each measurement is a process of its own,
one after the other, in the same run; figures are medians. `--quick` is a small day and few
options for trying things out, `--only` one of the parts; both write beside the tape only.
"""

# ruff: noqa: S603, S607 - the processes are our own

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from rich.console import Console

from alert_sheets import JOBS as ALERT_JOBS
from alert_sheets import alert_sheets
from journal_sheets import PARTS as JOURNAL_PARTS
from journal_sheets import journal_sheets
from live_sheets import live_sheets
from pricing_sheets import JOBS, pricing_sheets
from server_sheets import JOBS as SERVER_JOBS
from server_sheets import server_sheets
from sheets import Sheet, markdown, show

HERE = Path(__file__).parent
PURE_PRINTS = 300_000
SEED = 7
FRAMES = ("polars", "pandas")
PARTS = ("tape", "pricing", "server", "journal", "alerts")
LIBRARIES = ("numpy", "numba", "pyarrow", "polars", "pandas")
MIB = 2**20
AIMS_US = {"1": 10, "1000": 50}
AIM_PRINTS, AIM_SECONDS, AIM_MB, AIM_OF_C = 30.0, 5.0, 2_000, 0.5


class Day(NamedTuple):
    """The files of a generated day."""

    tape: Path
    oi: Path
    work: Path

    @property
    def files(self) -> list[str]:
        """Options that tell a measurement what to read."""
        return ["--tape", str(self.tape), "--oi", str(self.oi)]


def prepare(prints: int, contracts: int, work: Path) -> Day:
    """Return the files of the day, made once and kept."""
    work.mkdir(parents=True, exist_ok=True)
    script = HERE.parent / "scripts" / "make_tape.py"
    stem = f"{prints}-{contracts}-{SEED}-{zlib.crc32(script.read_bytes()):08x}"
    day = Day(work / f"tape-{stem}.parquet", work / f"oi-{stem}.parquet", work)
    if not (day.tape.exists() and day.oi.exists()):
        half_made = day.tape.with_suffix(".part")
        numbers = ["--prints", prints, "--contracts", contracts, "--seed", SEED]
        files = ["--oi", day.oi, "--out", half_made]
        argv = [sys.executable, script, *numbers, *files]
        subprocess.run([str(part) for part in argv], check=True)
        half_made.rename(day.tape)
    return day


def measure(script: str, *options: object, before: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return what a measurement in a process of its own found."""
    argv = [*before, sys.executable, str(HERE / script), *map(str, options)]
    done = subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def measure_all(day: Day, runs: int, console: Console) -> dict[str, dict[str, Any]]:
    """Return everything there is to know, by name."""
    found: dict[str, dict[str, Any]] = {}

    def take(
        name: str, script: str, *options: object, before: tuple[str, ...] = ()
    ) -> None:
        console.print(f"[dim]{name} ...[/dim]")
        found[name] = measure(script, *options, before=before)

    with tempfile.TemporaryDirectory() as cache:
        cold = ("env", f"NUMBA_CACHE_DIR={cache}")
        for name in ("compiled", "cached"):
            take(name, "bench_flow_fold.py", *day.files, "--runs", 0, before=cold)
    take("fold", "bench_flow_fold.py", *day.files, "--runs", max(5, runs))
    for rival in FRAMES:
        take(rival, f"rival_{rival}.py", *day.files, "--runs", runs)
    take("pure", "rival_pure.py", *day.files, "--runs", runs, "--limit", PURE_PRINTS)
    for engine in ("opentape", *FRAMES):
        out = day.work / f"signals-{engine}.parquet"
        options = ("--of", engine, *day.files, "--out", out, "--runs", runs)
        take(f"{engine} end to end", "bench_replay.py", *options)
    take("cancels", "bench_cancels.py", *day.files, "--runs", runs)
    return found


def millions(prints: int, seconds: float) -> float:
    """Return million prints a second."""
    return prints / seconds / 1e6


def part_of_c(ours: dict[str, Any]) -> float:
    """Return our speed over that of C, run against run."""
    pairs = zip(ours["c"], ours["fold"], strict=True)
    return median([in_c / fold for in_c, fold in pairs])


def in_memory(found: dict[str, dict[str, Any]]) -> Sheet:
    """Return the table of the fold and the whole job on columns in memory."""
    ours = found["fold"]
    whole = millions(ours["prints"], median(ours["whole"]))
    fold = millions(ours["prints"], median(ours["fold"]))
    rows = [
        ("opentape, fold only", "1", f"{median(ours['fold']):.2f}", f"{fold:.2f}", ""),
        ("opentape", "1", f"{median(ours['whole']):.2f}", f"{whole:.2f}", "1.0"),
    ]
    if ours["c"]:
        took = median(ours["c"])
        speed = millions(ours["prints"], took)
        ratio = f"{part_of_c(ours):.2f} of it"
        rows.insert(1, ("C, fold only", "1", f"{took:.2f}", f"{speed:.2f}", ratio))
    for name, threads in (("polars", str(os.cpu_count())), ("pandas", "1"), ("pure", "1")):
        rival = found[name]
        speed = millions(rival["prints"], rival["median"])
        label = "plain Python, 300,000 prints" if name == "pure" else name.capitalize()
        took, faster = f"{rival['median']:.2f}", f"{whole / speed:.1f}"
        rows.append((label, threads, took, f"{speed:.2f}", faster))
    return Sheet(
        "In memory",
        "Integer columns to scored parents, cancels taken back; opentape also looks for "
        "duplicates, scores twice (`radar`) and keeps what `explain` needs, the rivals do "
        "not. Fold only: parents and the state of every contract.",
        ("engine", "threads", "seconds", "million prints/s", "opentape is faster by"),
        rows,
    )


def end_to_end(found: dict[str, dict[str, Any]]) -> Sheet:
    """Return the table of whole processes, from Parquet to Parquet."""
    ours = found["opentape end to end"]["median"]
    rows = []
    for engine in ("opentape", *FRAMES):
        one = found[f"{engine} end to end"]
        label = "opentape replay" if engine == "opentape" else engine.capitalize()
        rows.append((
            label, f"{one['median']:.2f}", f"{one['peak_mb']:,.0f}",
            f"{one['written_mb']:.1f}", f"{one['median'] / ours:.1f}",
        ))  # fmt: skip
    return Sheet(
        "End to end",
        "One process from its start to its end: tape and open interest from Parquet, "
        "signals to Parquet, compiled kernels in the cache.",
        ("engine", "seconds", "peak MiB", "signals MiB", "opentape is faster by"),
        rows,
    )


def latency(found: dict[str, dict[str, Any]]) -> Sheet:
    """Return the table of one call by batch size, and of compiling."""
    ours = found["fold"]["latency_us"]
    rows = [
        (f"{int(size):,}", f"{took:,.1f}", f"{int(size) / took:.2f}")
        for size, took in ours.items()
    ]
    cold, warm = (found[name]["first_call"]["first"] for name in ("compiled", "cached"))
    return Sheet(
        "Latency of one call",
        f"On a day under way. The first call of a process takes {cold:.1f} s more where "
        f"the kernels have to be compiled, {warm:.2f} s where they are in the cache.",
        ("prints in the call", "microseconds, median", "million prints/s"),
        rows,
    )


def agreement(found: dict[str, dict[str, Any]]) -> Sheet:
    """Return the table that shows that all did the same job."""
    rows = []
    for name in ("fold", *FRAMES):
        one = found[name]
        label = "opentape" if name == "fold" else name.capitalize()
        rows.append((label, *(f"{one[key]:,}" for key in ("parents", "size", "score"))))
    same = len({row[1:] for row in rows}) == 1
    if found["fold"]["c"]:
        agrees = found["fold"]["c_agrees"]
        same_c = "equals opentape field by field" if agrees else "DIFFERS"
        rows.append(("C (tape without cancels)", same_c, "", ""))
    note = "All agree." if same else "THEY DISAGREE: the times above are of different jobs."
    columns = ("engine", "parents", "contracts", "sum of scores")
    return Sheet("Agreement", note, columns, rows)


def aims(found: dict[str, dict[str, Any]]) -> Sheet:
    """Return the table of what was aimed at."""
    ours, process = found["fold"], found["opentape end to end"]
    fold = millions(ours["prints"], median(ours["fold"]))
    checks = [
        ("fold, million prints/s on one core", fold, AIM_PRINTS, fold >= AIM_PRINTS),
        ("a day end to end, s", process["median"], AIM_SECONDS,
         process["median"] <= AIM_SECONDS),
        ("its peak memory, MiB", process["peak_mb"], AIM_MB, process["peak_mb"] <= AIM_MB),
    ]  # fmt: skip
    if ours["c"]:
        part = part_of_c(ours)
        checks.append(("fold, part of the same in C", part, AIM_OF_C, part >= AIM_OF_C))
    for size, aim in AIMS_US.items():
        took = ours["latency_us"][size]
        checks.append((f"a call of {int(size):,}, microseconds", took, aim, took <= aim))
    rows = [(n, f"{v:,.2f}", f"{a:,}", "met" if ok else "missed") for n, v, a, ok in checks]
    return Sheet("Aims", "", ("what", "measured", "aim", ""), rows)


def circumstances(found: dict[str, dict[str, Any]], load: float) -> Iterator[str]:
    """Yield when, where and with what it was measured."""
    yield time.strftime("%Y-%m-%d, commit ") + commit()
    machine = f"{processor()}, {os.cpu_count()} cores, {memory_gb():.0f} GB"
    yield f"{machine}, {platform.system()}"
    named = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    compiler = f", {found['fold']['compiler']}" if "fold" in found else ""
    yield f"Python {platform.python_version()}, {named}{compiler}"
    busy = "" if load < 0.5 else ": the machine was busy, trust ratios only"  # noqa: PLR2004
    yield f"load before the run {load:.1f}{busy}"


def commit() -> str:
    """Return the commit that was measured, marked where files differ from it."""
    named = subprocess.run(
        ["git", "-C", str(HERE), "describe", "--always", "--dirty"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    return named.stdout.strip() or "unknown"


def processor() -> str:
    """Return the name of the processor."""
    described = Path("/proc/cpuinfo")
    if described.exists():
        for line in described.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def memory_gb() -> float:
    """Return how much memory the machine has."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9


def measure_pricing(work: Path, console: Console, *, quick: bool) -> dict[str, Any]:
    """Return what there is to know of prices and levels, by name."""
    found = {}
    for name, script in JOBS.items():
        console.print(f"[dim]{name} ...[/dim]")
        options: tuple[object, ...] = ("--work", work)
        if quick:
            options += ("--runs", 2)
            options += ("--rows", 20_000) if name in ("implied", "greeks") else ()
            options += ("--rows", 2_000) if name == "american" else ()
        found[name] = measure(script, *options)
    return found


def measure_server(
    work: Path, console: Console, *, runs: int, quick: bool
) -> dict[str, Any]:
    """Return what there is to know of the server, by name."""
    found = {}
    for name, script in SERVER_JOBS.items():
        console.print(f"[dim]{name} ...[/dim]")
        options: tuple[object, ...] = ("--work", work, "--runs", 1 if quick else runs)
        found[name] = measure(script, *options, *(("--quick",) if quick else ()))
    return found


def measure_journal(day: Day, prints: int, console: Console) -> dict[str, Any]:
    """Return what there is to know of sessions on disk, by part."""
    found = {}
    with tempfile.TemporaryDirectory(dir=day.work) as folder:
        for part in JOURNAL_PARTS:
            console.print(f"[dim]journal, {part} ...[/dim]")
            options = ("--tape", day.tape, "--work", folder, "--prints", prints)
            found[part] = measure("bench_journal.py", *options, "--part", part)
    return found


def measure_alerts(console: Console, *, quick: bool) -> dict[str, Any]:
    """Return what there is to know of webhooks and rules, by name."""
    found = {}
    for name, script in ALERT_JOBS.items():
        console.print(f"[dim]{name} ...[/dim]")
        fewer = quick and name == "deliveries"
        found[name] = measure(script, *(("--deliveries", 2_000) if fewer else ()))
    return found


def tape_sheets(found: dict[str, dict[str, Any]]) -> list[Sheet]:
    """Return every table of the tape."""
    made = (aims, in_memory, end_to_end, latency, agreement)
    return [sheet(found) for sheet in made] + live_sheets(found["cancels"])


def page(sheets: list[Sheet], facts: list[str], about: str) -> str:
    """Return the report as a page."""
    again = "`make bench` measures all of it again and writes this page."
    text = ["# Benchmarks", about, again, "\n".join(f"- {fact}" for fact in facts)]
    return "\n\n".join([*text, markdown(sheets)]) + "\n"


def measure_parts(
    asked: argparse.Namespace, work: Path, console: Console
) -> tuple[dict[str, Any], list[Sheet]]:
    """Return what was found of the parts that are asked for, and its tables."""
    parts = PARTS if asked.only is None else (asked.only,)
    found: dict[str, Any] = {}
    sheets: list[Sheet] = []
    if "tape" in parts:
        day = prepare(*size_of(quick=asked.quick), work)
        found = measure_all(day, asked.runs, console)
        sheets = tape_sheets(found)
    work.mkdir(parents=True, exist_ok=True)
    if "pricing" in parts:
        priced = measure_pricing(work, console, quick=asked.quick)
        sheets += pricing_sheets(priced)
        found |= priced
    if "server" in parts:
        served = measure_server(work, console, runs=asked.runs, quick=asked.quick)
        sheets += server_sheets(served)
        found |= served
    if "journal" in parts:
        prints, contracts = size_of(quick=asked.quick)
        kept = measure_journal(prepare(prints, contracts, work), prints, console)
        sheets += journal_sheets(kept)
        found |= kept
    if "alerts" in parts:
        alerted = measure_alerts(console, quick=asked.quick)
        sheets += alert_sheets(alerted)
        found |= alerted
    return found, sheets


def size_of(*, quick: bool) -> tuple[int, int]:
    """Return the prints and the contracts of the day."""
    return (300_000, 6_000) if quick else (10_000_000, 200_000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, help="where tapes are kept")
    parser.add_argument("--quick", action="store_true", help="a small day")
    parser.add_argument("--only", choices=PARTS, help="a part of it")
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    work = asked.work or Path(tempfile.gettempdir()) / "opentape-bench"
    console = Console()
    load = os.getloadavg()[0]
    found, sheets = measure_parts(asked, work, console)
    prints, contracts = size_of(quick=asked.quick)
    facts = list(circumstances(found, load))
    about = (
        f"A tape of {prints:,} prints of {contracts:,} contracts, chains, and a server; "
        "medians."
    )
    show(sheets, console)
    console.print("\n".join(facts))
    results = (work if asked.quick or asked.only else HERE) / "RESULTS.md"
    results.write_text(page(sheets, facts, about))
    (work / "results.json").write_text(json.dumps(found, indent=1))
    console.print(f"written to {results}")


if __name__ == "__main__":
    main()
