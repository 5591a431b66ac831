"""End to end: a day's Parquet and open interest in, a Parquet of signals out.

Measured as a user meets it: the whole process from its start to its end, and the most
memory it ever held. The tape has the sizes, clustering and number of contracts of a real
day, so both the decoding and the number of signals to write are what a user would see.
"""

# ruff: noqa: S603 - the processes are our own

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent


def command(engine: str, tape: Path, oi: Path, out: Path) -> list[str]:
    """Return the process that turns a tape into signals."""
    files = ["--oi", str(oi), "--out", str(out)]
    if engine == "opentape":
        return [str(Path(sys.executable).parent / "opentape"), "replay", str(tape), *files]
    script = str(HERE / f"rival_{engine}.py")
    return [sys.executable, script, "--tape", str(tape), *files, "--runs", "1"]


def run(argv: list[str]) -> tuple[float, float]:
    """Return the wall seconds and the peak megabytes of a process."""
    began = time.perf_counter()
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    took = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(argv)} failed: {said.decode()[-2_000:]}")
    return took, usage.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--of", choices=("opentape", "polars", "pandas"), required=True)
    parser.add_argument("--tape", type=Path, required=True)
    parser.add_argument("--oi", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    argv = command(asked.of, asked.tape, asked.oi, asked.out)
    run(argv)
    measured = [run(argv) for _ in range(asked.runs)]
    seconds = [took for took, _ in measured]
    print(
        json.dumps(
            {
                "seconds": seconds,
                "median": statistics.median(seconds),
                "peak_mb": max(peak for _, peak in measured),
                "written_mb": asked.out.stat().st_size / 2**20,
            }
        )
    )


if __name__ == "__main__":
    main()
