"""From a print to the row that is pushed for it, beyond the half second of its window.

Twenty thousand prints a second flow in, and two hundred thousand for a tenth of a second
every two seconds. A delay is counted from the instant at which a block's window closes by
the schedule, whenever the server came to it: what waits behind a burst counts in full.
"""

import argparse
import json
import statistics
from pathlib import Path
from typing import Any

import numpy as np

from fed import feeding

WINDOW_NS = 500_000_000
SECONDS = 14.0
SETTLES_S = 2.0
"""The first prints are not counted: everything is met for the first time."""
CLIENTS = 10


def measured(work: Path, seconds: float) -> dict[str, Any]:
    """Return what one run came to."""
    with feeding(work, seconds) as fed:
        clients = fed.listening(CLIENTS, 10**9, timed="id", seconds=seconds + 6)
        before = fed.up.cpu_s
        fed.talk.ask("play")
        plan, told = fed.talk.hear(), fed.talk.hear()
        spent = (fed.up.cpu_s - before) / seconds
        heard = clients.hear()
        clients.end()
        dropped = fed.dropped
    blocks = plan["blocks"]
    came = np.array([one for client in heard["came"] for one in client], np.int64)
    return delays(came, plan) | {
        "prints": told["prints"], "folded": told["folded"], "blocks": blocks,
        "signals": told["signals"], "batches": told["batches"], "views": told["views"],
        "missing": blocks * CLIENTS - heard["rows"], "dropped": dropped,
        "failure": told["failure"], "server_cpu": spent,
    }  # fmt: skip


def delays(came: np.ndarray, plan: dict[str, Any]) -> dict[str, float]:
    """Return delays of all rows and of those of bursts, milliseconds."""
    first = came[:, 0] - plan["begun_ns"]
    counted = first > SETTLES_S * 1e9
    late = (came[:, 1] - came[:, 0] - WINDOW_NS) / 1e6
    within = np.zeros(first.size, bool)
    for begin, end in plan["bursts"]:
        within |= (first >= begin) & (first < end)
    told = {"rows": int(counted.sum())}
    for name, which in (("", counted), ("burst_", counted & within)):
        for part in (50, 99, 99.9):
            told[f"{name}p{part}_ms"] = float(np.percentile(late[which], part))
        told[f"{name}worst_ms"] = float(late[which].max())
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="a few seconds")
    asked = parser.parse_args()
    seconds = 5.0 if asked.quick else SECONDS
    rounds = [measured(asked.work, seconds) for _ in range(asked.runs)]
    medians = {
        name: statistics.median(one[name] for one in rounds)
        for name in rounds[0]
        if name != "failure"
    }
    print(json.dumps(medians | {"clients": CLIENTS, "rounds": rounds}))


if __name__ == "__main__":
    main()
