"""What every measurement shares: the tape it reads, the clock, and the report it prints.

A measurement is one process that prints one JSON line, so that peak memory is its own.
"""

import argparse
import json
import resource
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

SCALE = 10_000
"""Prices are integers of a hundredth of a cent in the rivals, as the quote rule needs."""
GAP_NS = 500_000_000
SPAN_NS = 3_000_000_000
BLOCK = 100
PARTS = ("premium", "size_vs_oi", "aggressor", "sweep", "opening_bias", "tenor")

CANCELS = "ACEGO"
UNSIGNED = "cdfghijlmknopqrsBDFHJTtuLMPQ"
NO_SWEEP = UNSIGNED + "aReN"
EXCLUDED = "tu"
ISO = "Sb"


def arguments(description: str | None) -> argparse.Namespace:
    """Return what the driver asks of a measurement."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--tape", type=Path, required=True)
    parser.add_argument("--oi", type=Path, required=True)
    parser.add_argument("--out", type=Path, help="where signals go; end to end if given")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--limit", type=int, help="read only that many prints")
    return parser.parse_args()


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds one call took, and what it gave."""
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def repeated(work: Callable[[], Any], runs: int) -> tuple[list[float], Any]:
    """Return the seconds of each of several calls, and what the last one gave."""
    seconds, result = [], None
    for _ in range(runs):
        result = None
        took, result = timed(work)
        seconds.append(took)
    return seconds, result


def peak_mb() -> float:
    """Return the most memory this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def report(seconds: list[float], prints: int, **more: object) -> None:
    """Print a measurement as one JSON line."""
    line = {
        "seconds": seconds,
        "median": statistics.median(seconds),
        "prints": prints,
        "peak_mb": peak_mb(),
    }
    print(json.dumps(line | more))


def taken_back(alike: list[list[int]]) -> list[int]:
    """Return the rows that cancels remove, themselves included.

    Rows are (row, contract, venue, size, price, is cancel), in order; a cancel takes the
    latest print before it of its contract, venue, size and price.
    """
    gone, same = [], {}
    for row, *key, cancel in alike:
        waiting = same.setdefault(tuple(key), [])
        if not cancel:
            waiting.append(row)
            continue
        gone.append(row)
        if waiting:
            gone.append(waiting.pop())
    return gone


def split_long(ts: np.ndarray, opens: np.ndarray) -> list[int]:
    """Return rows that open a new window only because theirs would last too long.

    `opens` marks where chains begin. Few chains outlast the span, so a loop over those is
    all that a vectorised rival needs.
    """
    starts = np.flatnonzero(opens)
    ends = np.append(starts[1:], ts.size)
    long = ts[ends - 1] - ts[starts] > SPAN_NS if ts.size else starts > 0
    cuts = []
    for start, end in zip(starts[long].tolist(), ends[long].tolist(), strict=True):
        first = None
        for row, at in enumerate(ts[start:end].tolist(), start):
            if first is None or at - first > SPAN_NS:
                cuts.append(row)
                first = at
    return cuts
