"""`opentape watch`, killed at any moment, its server gone and back: each signal once."""

import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

import wire_signals
from opentape.cli.main import main
from receiver import receiver
from server import until
from stub_server import StubServer

RNG = random.Random(11)
KILLS = 4


@contextmanager
def watching(server: str, hook: str, state: Path) -> Generator[None]:
    """Watch in a process of its own, which is killed."""
    command = [sys.executable, "-m", "opentape", "watch", "SPY", "--when", "score >= 0"]
    where = ["--url", server, "--to", f"webhook:{hook}", "--state", str(state)]
    pace = ["--poll", "0.2", "--no-top"]
    process = subprocess.Popen([*command, *where, *pace], stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        yield
    finally:
        process.kill()
        process.wait()


def told(bodies: list[dict]) -> list[str]:
    return [body["data"]["key"] for body in bodies]


@contextmanager
def finding(server: StubServer) -> Generator[list[str]]:
    """Let a server find signals, three a second; their ids."""
    found: list[str] = []
    over = threading.Event()

    def find() -> None:
        while not over.wait(0.3):
            signal = wire_signals.signal(RNG)
            found.append(signal["id"])
            server.add("SPY", signal)

    thread = threading.Thread(target=find)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()


@pytest.mark.slow
def test_it_is_killed_again_and_again(tmp_path) -> None:
    """Nothing is lost; what comes twice carries the same key, and is rare."""
    server, state = StubServer(), tmp_path / "state.db"
    server.start()
    with receiver() as hook:
        with finding(server) as expected:
            for number in range(KILLS):
                seen = len(hook.bodies)
                with watching(server.url, hook.url, state):
                    until(lambda seen=seen: len(hook.bodies) > seen + 1, 90)
                    time.sleep(RNG.random() * 0.3)
                if number % 3 == 0:
                    server.stop()
                    server.start()
        with watching(server.url, hook.url, state):
            until(lambda: set(told(hook.bodies)) >= set(expected), 90)
            time.sleep(0.5)
        found = told(hook.bodies)
    server.stop()
    assert set(found) == set(expected)
    # a kill between a post and its note costs one post more, never two
    assert len(found) - len(set(found)) <= KILLS
    assert len(expected) > 2 * KILLS


def test_a_server_of_ours_is_watched(server, tmp_path) -> None:
    """Told once, by the stream or by asking; a restart tells nothing again."""
    state = tmp_path / "state.db"
    asked = ["watch", "SPX", "NVDA", "--preset", "golden", "--state", str(state), "--once"]
    where = ["--url", server.base, "--key", server.key, "--no-top"]
    with receiver() as hook:
        result = CliRunner().invoke(main, [*asked, *where, "--to", f"webhook:{hook.url}"])
        assert result.exit_code == 0, result.output
        first = told(hook.bodies)
        CliRunner().invoke(main, [*asked, *where, "--to", f"webhook:{hook.url}"])
        assert told(hook.bodies) == first
    expected = set()
    with server.client() as client:
        for symbol in ("SPX", "NVDA"):
            body = client.get(f"/v1/flow/signals/{symbol}").json()
            expected |= {s["id"] for s in body["signals"] if "golden" in s["tags"]}
    assert set(first) == expected
    assert len(first) == len(expected) > 3


def test_a_rehearsal_tells_nobody_and_remembers_nothing(server, tmp_path) -> None:
    state = tmp_path / "state.db"
    rules = tmp_path / "rules.toml"
    rules.write_text(
        '[destinations.desk]\nkind = "slack"\nurl = "$NO_SUCH_VARIABLE"\n'
        '[destinations.book]\nkind = "webhook"\nurl = "http://127.0.0.1:1"\n'
        '[[rule]]\nname = "all"\nsymbols = ["NVDA"]\nto = ["desk"]\nlimit = 5\n'
    )
    asked = ["watch", "--rules", str(rules), "--dry-run", "--once", "--no-top"]
    where = ["--url", server.base, "--key", server.key, "--state", str(state)]
    for _ in range(2):
        result = CliRunner().invoke(main, [*asked, *where])
        assert result.exit_code == 0, result.output
        lines = result.stdout.splitlines()
        assert len(lines) == 5
        assert all(line.startswith("would tell desk: NVDA ") for line in lines)
    assert not state.exists()


def test_rows_for_a_table(server, tmp_path) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    asked = ["watch", "SPX", "--when", "score >= 60", "--once", "--no-top"]
    where = ["--url", server.base, "--key", server.key, "--state", str(tmp_path / "s.db")]
    folder = tmp_path / "alerts"
    result = CliRunner().invoke(main, [*asked, *where, "--to", f"parquet:{folder}"])
    assert result.exit_code == 0, result.output
    (file,) = folder.iterdir()
    table = pq.read_table(file)
    assert min(table["score"].to_pylist()) >= 60
    assert json.dumps(table["key"].to_pylist())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--to", "slack"], "destination 'slack' of the kind slack needs a url"),
        (["--to", "slack:$NO_SUCH"], "the variable NO_SUCH is not set"),
        (["--to", "pigeon"], "a kind is one of"),
        (["--to", "bell", "--to", "bell"], "two destinations are named 'bell'"),
        (["--when", "scoer > 5"], "did you mean 'score'?"),
        (["--rules", "none.toml"], "rules none.toml cannot be read"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_asked(tmp_path, arguments, says) -> None:
    more = ["--url", "http://127.0.0.1:1", "--state", str(tmp_path / "state.db")]
    result = CliRunner().invoke(main, ["watch", *arguments, *more])
    assert result.exit_code == 2
    assert says in result.stderr
