"""A server and whoever watches it, killed in the middle: each signal is told once."""

import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

import markets
from opentape.client import Client
from receiver import receiver
from server import until

PATIENCE_S = 240.0
"""Kernels may have to be compiled, by each server."""
SYMBOLS = ("NVDA", "AAPL")
STILL = "0.001"
"""So slow that nothing moves while it is looked at."""
RULES = """
[[rule]]
name = "all"
window_minutes = 10080
limit = 500
"""


@contextmanager
def process(*arguments: object, folder: Path) -> Generator[subprocess.Popen[bytes]]:
    """Run the command in a process of its own, and kill it at the end."""
    command = [sys.executable, "-m", "opentape", *map(str, arguments)]
    given = ["--config", str(folder / "settings.toml")]
    quiet = subprocess.DEVNULL
    running = subprocess.Popen([*command, *given], stdout=quiet, stderr=quiet)  # noqa: S603
    try:
        yield running
    finally:
        running.send_signal(signal.SIGKILL)
        running.wait()


@contextmanager
def serving(folder: Path, port: int, until_time: str) -> Generator[None]:
    """Serve a market that has come so far, and goes no further."""
    asked = ("--speed", STILL, "--from", until_time, "--port", port, "--quiet")
    with process("serve", folder / "market", *asked, folder=folder) as running:
        until(lambda: running.poll() is not None or is_ready(port), PATIENCE_S)
        assert running.poll() is None, "the server did not start"
        yield


def is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/ready").is_success
    except httpx.HTTPError:
        return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


def standing(port: int) -> set[str]:
    """Ids of all signals that stand."""
    with Client(f"http://127.0.0.1:{port}") as client:
        asked = {"window_minutes": 10_080, "limit": 500}
        replies = [client.flow_signals(symbol, **asked) for symbol in SYMBOLS]
    return {one.id for reply in replies for one in reply.signals}


@pytest.mark.long
def test_a_server_and_its_watch_are_killed(tmp_path: Path) -> None:
    markets.folder(tmp_path / "market", 5_000, symbols=SYMBOLS, snapshot_minutes=390)
    (tmp_path / "rules.toml").write_text(RULES)
    settings = f'[store]\nfolder = "{tmp_path / "store"}"\n'
    (tmp_path / "settings.toml").write_text(settings)
    port = free_port()
    with receiver() as hook:

        def told() -> Counter[str]:
            return Counter(body["data"]["key"] for body in hook.bodies)

        def all_told(beyond: int) -> bool:
            stand = standing(port)
            return len(stand) > beyond and stand <= told().keys()

        def watch() -> AbstractContextManager[object]:
            where = ("--url", f"http://127.0.0.1:{port}", "--to", f"webhook:{hook.url}")
            rest = ("--rules", tmp_path / "rules.toml", "--state", tmp_path / "state.db")
            pace = ("--poll", 0.5, "--no-top")
            return process("watch", *SYMBOLS, *where, *rest, *pace, folder=tmp_path)

        with ExitStack() as later:
            with watch():
                with serving(tmp_path, port, "13:00"):
                    until(lambda: len(told()) > 3, PATIENCE_S)
                # its server alone is killed under it, then it in the middle of telling
                first = told()
                later.enter_context(serving(tmp_path, port, "17:00"))
                until(lambda: len(told()) > len(first), PATIENCE_S)
            with watch():
                until(lambda: all_told(len(first)), PATIENCE_S)
        found = told()
    assert 3 < len(first) < len(found)
    # a kill between a post and its note costs one post more
    assert sum(found.values()) - len(found) <= 1
