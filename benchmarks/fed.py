"""A server that is fed here and clients that listen to it, each in its own process."""

# ruff: noqa: S603 - the processes are our own

import json
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import serving
from serving import HERE, Up


class Talk:
    """A process that is asked in lines and answers in lines of JSON."""

    def __init__(self, command: list[str]) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        self._stdin: Any = self.process.stdin
        self._stdout: Any = self.process.stdout

    def ask(self, line: str) -> None:
        self._stdin.write(f"{line}\n")
        self._stdin.flush()

    def hear(self) -> Any:
        """Return the next line that it says."""
        line = self._stdout.readline()
        if not line:
            raise RuntimeError(f"{self.process.args} ended before it answered")
        return json.loads(line) if line.startswith(("{", "[")) else line.strip()

    def end(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(serving.PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Fed(NamedTuple):
    """A server that is told what to push."""

    talk: Talk
    up: Up

    def listening(self, clients: int, rows: int, **options: object) -> Talk:
        """Return clients that are connected and wait to be told to begin."""
        named = [f"--{name}={value}" for name, value in options.items()]
        where = ["--port", str(self.up.port), "--key", self.up.key]
        counts = ["--clients", str(clients), "--rows", str(rows)]
        script = str(HERE / "load_stream.py")
        talk = Talk([sys.executable, script, *where, *counts, *named])
        if talk.hear() != "ready":
            raise RuntimeError("the clients could not connect")
        talk.ask("begin")
        return talk

    @property
    def dropped(self) -> int:
        """Clients that were given up so far."""
        return int(serving.metric(self.up, "opentape_stream_dropped_total"))


@contextmanager
def feeding(work: Path, seconds: float = 1.0) -> Generator[Fed]:
    """Run a server of made-up prints for so many seconds, not begun yet."""
    work.mkdir(parents=True, exist_ok=True)
    store, key = serving.new_key(work)
    port = serving.free_port()
    script, named = str(HERE / "server_fed.py"), ["--seconds", str(seconds)]
    where = ["--port", str(port), "--store", str(store)]
    talk = Talk([sys.executable, script, *where, *named])
    try:
        up = Up(port, talk.process, key)
        serving.ready(up)
        yield Fed(talk, up)
    finally:
        talk.end()
        shutil.rmtree(store, ignore_errors=True)
