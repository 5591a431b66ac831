"""Answers a second, and how long one waits, over HTTP with 32 connections that stay open.

Signals of one underlying, 50 and 500 of them, its summary, and a watchlist: the summaries
of a hundred underlyings, asked by one client at once. Of a market that stands still, where
an answer is computed once, and of one that moves sixty times as fast as it was, where every
view that is published makes all answers anew. The same reply from FastAPI in the same run.
"""

import argparse
import json
import shutil
import statistics
import sys
from pathlib import Path
from typing import Any

import serving
from options import versions
from serving import HERE, NAMES, Place, Up, answering, free_port, load, prepare, started

SYMBOL = "SPY"
WHOLE = "windowMinutes=10080"
FIFTY = f"/v1/flow/signals/{SYMBOL}?limit=50&{WHOLE}"
ALL = f"/v1/flow/signals/{SYMBOL}?limit=500&{WHOLE}"
SUMMARY = f"/v1/flow/signals/{SYMBOL}/summary?{WHOLE}"
STILL = 1e-6
"""So slow that nothing moves."""
FAST = 60.0


def rounds(up: Up, path: str, runs: int) -> dict[str, Any]:
    """Return the medians of several rounds of one path, and what they cost the server."""
    before = up.cpu_s
    found = load(up, path, rounds=runs, seconds=1.5)
    names = ("per_second", "p50_ms", "p99_ms", "bytes")
    medians = {name: statistics.median(one[name] for one in found) for name in names}
    asked = sum(one["per_second"] for one in found) / runs * (runs + 0.5) * 1.5
    return {"rounds": found, **medians, "cpu_us": (up.cpu_s - before) / asked * 1e6}


def watchlist(up: Up, runs: int) -> dict[str, Any]:
    """Return how long one client waits for the summaries of every underlying."""
    symbols = json.loads(up.get("/v1/tickers"))["tickers"][:NAMES]
    paths = [f"/v1/flow/signals/{symbol}/summary" for symbol in symbols]
    took = sorted(load(up, *paths, once=True, rounds=runs, seconds=1.5))
    return {
        "symbols": len(paths),
        "sweeps": len(took),
        "p50_ms": statistics.median(took) * 1e3,
        "p99_ms": took[len(took) * 99 // 100] * 1e3,
    }


def of_market(up: Up, runs: int) -> dict[str, Any]:
    return {
        "fifty": rounds(up, FIFTY, runs),
        "all": rounds(up, ALL, runs),
        "summary": rounds(up, SUMMARY, runs),
        "watchlist": watchlist(up, runs),
    }


def of_rival(replies: dict[str, bytes], place: Place, runs: int) -> dict[str, Any]:
    """Return what FastAPI does with replies that opentape gave."""
    found = {}
    for name, body in replies.items():
        port, file = free_port(), place.store / f"{name}.json"
        file.write_bytes(body)
        script = str(HERE / "rival_fastapi.py")
        named = ["--reply", str(file), "--port", str(port), "--key", place.key]
        with started([sys.executable, script, *named]) as process:
            up = Up(port, process, place.key)
            answering(port, "/docs", process)
            same = json.loads(body) == json.loads(up.get(ALL))
            found[name] = rounds(up, ALL, runs) | {"same": same}
            found[f"{name}, encoded"] = rounds(up, f"/encoded/{SYMBOL}", runs)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="a small market")
    asked = parser.parse_args()
    place = prepare(asked.work, quick=asked.quick)
    try:
        with serving.serving(place, speed=STILL, begin="15:59") as up:
            replies = {"fifty": up.get(FIFTY), "all": up.get(ALL)}
            still = of_market(up, asked.runs)
        with serving.serving(place, speed=FAST, begin="14:30") as up:
            moving = of_market(up, asked.runs)
        rival = of_rival(replies, place, asked.runs)
    finally:
        shutil.rmtree(place.store, ignore_errors=True)
    counts = {name: json.loads(body)["count"] for name, body in replies.items()}
    print(json.dumps({
        "still": still, "moving": moving, "rival": rival, "signals": counts,
        "versions": versions("fastapi", "pydantic", "uvicorn", "uvloop"),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
