"""The load counts what came, the made-up tape is what it says, the tables hold together."""

import importlib
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from opentape.api.stream.protocol import text_frame

REPO = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module", autouse=True)
def _benchmarks_importable() -> Iterator[None]:
    sys.path.insert(0, str(REPO / "benchmarks"))
    yield
    sys.path.remove(str(REPO / "benchmarks"))


@pytest.fixture(scope="module")
def tape() -> ModuleType:
    return importlib.import_module("made_prints")


def in_pieces(client: Any, data: bytes, rng: random.Random) -> None:
    """Hand bytes over as a socket does, in pieces of any size."""
    while data:
        room = client.get_buffer(-1)
        count = min(rng.randint(1, 700), len(data))
        room[:count] = data[:count]
        client.buffer_updated(count)
        data = data[count:]


class Transport:
    def __init__(self) -> None:
        self.written: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.written.append(data)


def test_every_row_is_counted_however_it_is_cut() -> None:
    load = importlib.import_module("load_stream")
    rng = random.Random(5)
    rows = [
        b'{"id":"ZAAA-%d-20260717-200000-C-buy-2400-XCBO-9","x":"%b","cursor":"ab-c.%d"}'
        % (1_000 + at, b"x" * rng.choice((0, 50, 900, 70_000)), at)
        for at in range(60)
    ]
    told = {"cursor": load.number_of, "id": load.instant_of}
    for name, first in (("cursor", 0), ("id", 1_000)):
        heard = load.Heard(60)
        client = load.Client(heard, b"GET", told=told[name])
        client.connection_made(Transport())
        head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"
        pings = b"\x89\x04abcd"
        in_pieces(client, head + b"".join(pings + text_frame(row) for row in rows), rng)
        assert (heard.open, heard.rows) == (1, 60)
        assert [number for number, _ in client.came] == list(range(first, first + 60))


def test_every_answer_is_counted_however_it_is_cut() -> None:
    load = importlib.import_module("load_http")
    answered: list[int] = []
    line = load.Connection(lambda line, _: answered.append(line.bytes))
    line.connection_made(Transport())
    rng = random.Random(6)
    for size in (10, 0, 2_000, 100_000):
        line.ask(b"GET /")
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size
        in_pieces(line, head + b"x" * size, rng)
    assert answered == [10, 0, 2_000, 100_000]
    line.ask(b"GET /")
    with pytest.raises(RuntimeError, match="refused"):
        in_pieces(
            line, b"HTTP/1.1 429 Too Many\r\nContent-Length: 0\r\n\r\n" + b" " * 700, rng
        )


def test_prints_come_at_their_rates(tape: ModuleType) -> None:
    contracts, places = tape.listed(20_000)
    made = tape.made(5.0, places)
    ts = made.prints.ts_event / 1e9
    assert len(contracts) == tape.NAMES * tape.EACH
    assert made.bursts.tolist() == [[1e9, 1.1e9], [3e9, 3.1e9]]
    assert (np.diff(ts) >= 0).all()
    for second, rate in ((0, 20_000), (2, 20_000), (4, 20_000)):
        assert np.count_nonzero((ts >= second) & (ts < second + 1)) == rate
    assert np.count_nonzero((ts >= 1) & (ts < 1.1)) == pytest.approx(20_000, abs=2)


def test_blocks_stand_alone_on_their_contracts(tape: ModuleType) -> None:
    _, places = tape.listed(20_000)
    made = tape.made(5.0, places)
    prints = made.prints
    block = prints.size == tape.BLOCK
    assert block.sum() == made.blocks == prints.rows // tape.ONE_IN
    of_blocks = prints.contract[block]
    assert not np.isin(prints.contract[~block], of_blocks).any()
    for contract in np.unique(of_blocks):
        times = prints.ts_event[prints.contract == contract]
        assert (np.diff(times) > 3 * 10**9).all() or times.size == 1
    assert prints.size[~block].max() < 10


def test_the_rival_answers_with_the_fields_of_ours() -> None:
    pytest.importorskip("fastapi")
    rival = importlib.import_module("rival_fastapi")
    from opentape.api.document.examples import ANSWERS  # noqa: PLC0415

    answer = ANSWERS["/v1/flow/signals/{symbol}"]
    assert rival.Reply.model_validate(answer).model_dump() == answer


def measured(**more: Any) -> dict[str, Any]:
    return {"per_second": 20_000.0, "p50_ms": 1.0, "p99_ms": 2.0, "bytes": 48_000.0,
            "cpu_us": 50.0, "same": True, "missing": 0, "server_cpu": 1.0,
            "load_cpu": 0.5, "symbols": 100, **more}  # fmt: skip


def found(**push: Any) -> dict[str, Any]:
    names = ("fifty", "all", "fifty, encoded", "all, encoded", "summary", "watchlist")
    every = {name: measured() for name in names}
    delays = {
        f"{name}{part}_ms": 0.5
        for name in ("", "burst_")
        for part in ("p50", "p99", "p99.9", "worst")
    }
    counts = {"prints": 9, "folded": 9, "blocks": 3, "signals": 3, "missing": 0,
              "dropped": 0, "server_cpu": 1.0}  # fmt: skip
    return {
        "http": {"still": every, "moving": every, "rival": every,
                 "versions": {"fastapi": "1"}},
        "stream": {"alone": measured(per_second=2e5), "together": measured(),
                   "paced": measured(), "clients": 1_000, "dropped": 0},
        "push": delays | counts | push,
    }  # fmt: skip


def test_what_was_lost_is_told() -> None:
    sheets = importlib.import_module("server_sheets")
    told = {row[0]: row[1:] for row in sheets.server_sheets(found())[0].rows}
    assert told["50 signals, answers/s"] == ("20,000", "12,000", "met")
    assert told["print to push, p99, ms"] == ("0.50", "5.0", "met")
    assert told["rows missing or clients dropped"] == ("0", "0", "met")
    lossy = sheets.server_sheets(found(signals=2, folded=8))[0]
    assert lossy.rows[-1][1:] == ("2", "0", "missed")


def test_every_row_of_a_table_has_a_cell_a_column() -> None:
    sheets = importlib.import_module("server_sheets")
    for sheet in sheets.server_sheets(found()):
        assert {len(row) for row in sheet.rows} == {len(sheet.columns)}, sheet.title
