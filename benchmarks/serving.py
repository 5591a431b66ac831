"""What the measurements of the server share: a market, a key, processes that serve and ask.

The server is the product's own, started as a user starts it, over a simulated session of a
hundred underlyings. Load comes from a process of its own on loopback. Everything that is
started here is ended here.
"""

# ruff: noqa: S603 - the processes are our own

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
HOST = "127.0.0.1"
NAMES, PRINTS, MINUTES = 100, 600_000, 10
OPENTAPE = (sys.executable, "-m", "opentape")
PATIENCE_S = 120.0
WITHOUT_LIMIT = 10**9


class Place(NamedTuple):
    """Where a server's files are."""

    market: Path
    store: Path
    key: str


class Up(NamedTuple):
    """A server that answers."""

    port: int
    process: "subprocess.Popen[Any]"
    key: str

    @property
    def cpu_s(self) -> float:
        """Seconds of a processor that it has used."""
        return cpu_s(self.process.pid)

    def get(self, path: str) -> bytes:
        url = f"http://{HOST}:{self.port}{path}"
        asked = urllib.request.Request(url, headers={"X-Api-Key": self.key})
        with urllib.request.urlopen(asked, timeout=PATIENCE_S) as answer:  # noqa: S310
            return answer.read()


def prepare(work: Path, *, quick: bool) -> Place:
    """Return a market and a key, made once and kept."""
    prints = PRINTS // 10 if quick else PRINTS
    market = work / f"server-market-{prints}"
    if not (market / "tape.parquet").exists():
        work.mkdir(parents=True, exist_ok=True)
        wanted = ("--names", NAMES, "--prints", prints, "--snapshot-minutes", MINUTES)
        command = (*OPENTAPE, "simulate", "--out", market, *wanted, "-q")
        subprocess.run([str(part) for part in command], check=True)
    return Place(market, *new_key(work))


def new_key(work: Path) -> tuple[Path, str]:
    """Return where keys are, and one without limits."""
    store = work / f"server-store-{os.getpid()}"
    command = [*_with(store), "keys", "create", "--rate", str(WITHOUT_LIMIT)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return store, done.stdout.strip()


def _with(store: Path) -> list[str]:
    return ["env", f"OPENTAPE_STORE_FOLDER={store}", *OPENTAPE]


@contextmanager
def serving(place: Place, *, speed: float, begin: str) -> Generator[Up]:
    """Serve a market from a time of its session on, all that was before at once."""
    port = free_port()
    options = ("--speed", speed, "--from", begin, "--port", port, "--fresh", "-q")
    command = [*_with(place.store), "serve", str(place.market), *map(str, options)]
    with started(command) as process:
        up = Up(port, process, place.key)
        ready(up)
        until(lambda: metric(up, "opentape_chains_solved_total") >= NAMES, process)
        time.sleep(1)
        yield up


@contextmanager
def started(command: Sequence[str]) -> Generator["subprocess.Popen[bytes]"]:
    """Run a process and end it."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def load(up: Up, *paths: str, **options: object) -> Any:
    """Return what the load found out, asking a server for paths."""
    named = [f"--{name}={value}" for name, value in options.items() if value is not True]
    named += [f"--{name}" for name, value in options.items() if value is True]
    where = ["--port", str(up.port), "--key", up.key]
    script = str(HERE / "load_http.py")
    done = subprocess.run(
        [sys.executable, script, *paths, *where, *named],
        check=True, stdout=subprocess.PIPE,
    )  # fmt: skip
    return json.loads(done.stdout)


def free_port() -> int:
    with socket.create_server((HOST, 0)) as listening:
        return int(listening.getsockname()[1])


def until(true: Any, process: "subprocess.Popen[Any]") -> None:
    """Wait until something is true, as long as a process lives."""
    ends = time.monotonic() + PATIENCE_S
    while not true():
        if process.poll() is not None or time.monotonic() > ends:
            raise RuntimeError("the server did not come up")
        time.sleep(0.05)


def ready(up: Up) -> None:
    """Wait until a server can answer."""
    until(lambda: _answers(up.port, "/ready"), up.process)


def answering(port: int, path: str, process: "subprocess.Popen[Any]") -> None:
    """Wait until a server answers, whatever it says."""
    until(lambda: _answers(port, path, refused=True), process)


def _answers(port: int, path: str, *, refused: bool = False) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}{path}", timeout=5):
            return True
    except urllib.error.HTTPError:
        return refused
    except OSError:
        return False


def metric(up: Up, name: str) -> float:
    lines = up.get("/metrics").decode().splitlines()
    return float(next(line for line in lines if line.startswith(f"{name} ")).split()[1])


def cpu_s(pid: int) -> float:
    """Return the seconds of a processor that a process has used."""
    told = Path(f"/proc/{pid}/stat")
    if not told.exists():
        return float("nan")
    fields = told.read_text().rpartition(") ")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")
