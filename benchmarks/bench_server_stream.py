"""Rows pushed to a thousand WebSocket clients: how many a second, and how late when paced.

Rows that each have to be written to everybody before the next one comes, rows that come all
at once, and fifty rows a second, each at its own instant, from which its delay is counted.
"""

import argparse
import json
import statistics
from pathlib import Path
from typing import Any

from fed import Fed, feeding

CLIENTS = 1_000
PER_SECOND = 50
PACED_S = 5
TIMED = 10
"""One client in so many has its delays noted."""
WAYS = {"alone": 150, "together": 1_000}
"""Rows a round."""


def unpaced(fed: Fed, way: str, rows: int, clients: int) -> dict[str, Any]:
    """Return frames a second from the first push to the last frame that came."""
    clients_of = fed.listening(clients, rows)
    before = fed.up.cpu_s
    fed.talk.ask(f"{way} {rows} 0")
    begun = fed.talk.hear()
    heard = clients_of.hear()
    took = (heard["last_ns"] - begun["begun_ns"]) / 1e9
    spent = fed.up.cpu_s - before
    clients_of.end()
    return {
        "per_second": heard["rows"] / took,
        "missing": heard["wanted"] - heard["rows"],
        "server_cpu": spent / took,
        "load_cpu": heard["load_cpu_s"] / took,
    }


def paced(fed: Fed, clients: int, seconds: float) -> dict[str, Any]:
    """Return how late rows came, each counted from its own instant."""
    rows = int(PER_SECOND * seconds)
    clients_of = fed.listening(clients, rows, timed="cursor", every=TIMED)
    fed.talk.ask(f"paced {rows} {PER_SECOND}")
    begun = fed.talk.hear()
    heard = clients_of.hear()
    clients_of.end()
    late = sorted(
        came - begun["begun_ns"] - (number - begun["first"]) * 1e9 / PER_SECOND
        for client in heard["came"]
        for number, came in client
    )
    return {
        "p50_ms": statistics.median(late) / 1e6,
        "p99_ms": late[len(late) * 99 // 100] / 1e6,
        "worst_ms": late[-1] / 1e6,
        "missing": heard["wanted"] - heard["rows"],
    }


def medians(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    told = {
        name: statistics.median(one[name] for one in rounds)
        for name in rounds[0]
        if name != "missing"
    }
    return told | {"missing": sum(one["missing"] for one in rounds), "rounds": rounds}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="few clients")
    asked = parser.parse_args()
    clients = CLIENTS // 10 if asked.quick else CLIENTS
    found: dict[str, Any] = {"clients": clients}
    with feeding(asked.work) as fed:
        for way, rows in WAYS.items():
            rounds = [unpaced(fed, way, rows, clients) for _ in range(asked.runs)]
            found[way] = medians(rounds)
        rounds = [paced(fed, clients, PACED_S) for _ in range(asked.runs)]
        found["paced"] = medians(rounds)
        found["dropped"] = fed.dropped
    print(json.dumps(found))


if __name__ == "__main__":
    main()
