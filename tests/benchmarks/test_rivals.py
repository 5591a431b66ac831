"""The plain rival agrees with the naive twin, and the data-frame rivals with it."""

import datetime as dt
import importlib
import math
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import naive

REPO = Path(__file__).resolve().parents[2]
MAKER = runpy.run_path(str(REPO / "scripts" / "make_tape.py"))


@pytest.fixture(scope="module", autouse=True)
def _benchmarks_importable() -> Iterator[None]:
    sys.path.insert(0, str(REPO / "benchmarks"))
    yield
    sys.path.remove(str(REPO / "benchmarks"))


@pytest.fixture(scope="module")
def pure() -> ModuleType:
    return importlib.import_module("rival_pure")


@pytest.fixture(scope="module")
def tape() -> dict[str, np.ndarray]:
    return MAKER["make_tape"](20_000, 600, seed=5, cancels=0.002)


@pytest.fixture(scope="module")
def files(tape: dict[str, np.ndarray], tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("tape")
    MAKER["write"](MAKER["tape_table"](tape), folder / "tape.parquet")
    MAKER["write"](MAKER["oi_table"](tape), folder / "oi.parquet")
    return folder / "tape.parquet", folder / "oi.parquet"


@pytest.fixture(scope="module")
def found(pure: ModuleType, files: tuple[Path, Path]) -> list[dict]:
    return pure.signals(pure.read(*files))


def contract_key(symbol: str) -> tuple[str, dt.date, int, str]:
    expiry = dt.date(2000 + int(symbol[6:8]), int(symbol[8:10]), int(symbol[10:12]))
    return symbol[:6].strip(), expiry, int(symbol[13:]), symbol[12]


def nanos(usd: float) -> int | None:
    return None if math.isnan(usd) else round(usd * 1e9)


def naive_prints(tape: dict[str, np.ndarray]) -> Iterator[naive.NaivePrint]:
    columns = {name: tape[name].tolist() for name in tape}
    for row in range(len(columns["ts_event"])):
        letter = columns["conditions"][columns["condition"][row]]
        yield naive.NaivePrint(
            columns["ts_event"][row],
            *contract_key(columns["symbols"][columns["symbol"][row]]),
            nanos(columns["price"][row]),
            columns["size"][row],
            nanos(columns["bid"][row]),
            nanos(columns["ask"][row]),
            columns["venues"][columns["venue"][row]],
            naive.classify_letter(letter.strip()),
            columns["sequence"][row],
            nanos(columns["spot"][row]),
            row,
        )


def naive_form(signal: dict[str, Any]) -> tuple:
    return (
        *(signal[name] for name in ("ts", "last_ts", "side", "size", "premium", "legs")),
        *(tuple(signal["venues"]), signal["iso_legs"], signal["structure"]),
        *(signal["aggressor"], signal["open_interest"], signal["contract_net_oi_delta"]),
        *(signal["open_close_bias"], signal["open_close_confidence"], signal["intent"]),
        *(signal["score"], tuple(signal["score_breakdown"].values())),
    )


def pure_form(signal: dict[str, Any]) -> tuple:
    return (
        *(naive.iso(signal["ts"]), naive.iso(signal["last_ts"]), signal["side"]),
        *(signal["size"], signal["premium"], signal["legs"], tuple(signal["venues"])),
        *(signal["iso_legs"], signal["structure"], signal["aggressor"]),
        *(signal["open_interest"], signal["net_oi_delta"], signal["bias"]),
        *(signal["confidence"], signal["intent"], signal["score"]),
        tuple(signal["points"]),
    )


def test_plain_python_agrees_with_the_naive_twin(
    tape: dict[str, np.ndarray], found: list[dict]
) -> None:
    settled = zip(tape["listed"].tolist(), tape["open_interest"].tolist(), strict=True)
    oi = {contract_key(symbol): contracts for symbol, contracts in settled}
    expected = naive.signals(list(naive_prints(tape)), oi)
    assert sorted(map(pure_form, found)) == sorted(map(naive_form, expected))


def test_plain_python_gives_the_same_twice(
    pure: ModuleType, files: tuple[Path, Path], found: list[dict]
) -> None:
    assert pure.signals(pure.read(*files)) == found


def test_parents_are_block_sized_and_short(found: list[dict]) -> None:
    assert {signal["structure"] for signal in found} == {"sweep", "block"}
    for signal in found:
        assert signal["size"] >= 100
        assert sum(signal["points"]) == signal["score"]
        assert 0 <= signal["last_ts"] - signal["ts"] <= 3 * 10**9
        assert (signal["structure"] == "sweep") == (signal["legs"] > 1)


def test_every_print_that_stands_is_counted_once(
    pure: ModuleType, files: tuple[Path, Path], tape: dict[str, np.ndarray]
) -> None:
    read = pure.read(*files)
    _, state = pure.fold(read)
    cancels = tape["conditions"][tape["condition"]] == "A"
    assert cancels.sum() > 10
    taken = int(tape["size"][cancels].sum())
    counted = sum(sum(mine[:3]) for mine in state.values())
    assert counted == int(tape["size"].sum()) - 2 * taken


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frame_rivals_agree_with_plain_python(
    library: str, files: tuple[Path, Path], found: list[dict]
) -> None:
    pytest.importorskip(library)
    rival = importlib.import_module(f"rival_{library}")
    frame = rival.signals(rival.read(*files))
    columns = ("symbol", "ts", "last_ts", "size", "premium", "legs", "iso_legs", "intent")
    columns += ("structure", "aggressor", "bias", "score")
    rows = zip(*(frame[name].to_list() for name in columns), strict=True)
    assert sorted(rows) == sorted(tuple(s[name] for name in columns) for s in found)


def test_a_cancel_takes_the_latest_print_like_itself() -> None:
    taken_back = importlib.import_module("harness").taken_back
    like = [7, 1, 10, 500]
    rows = [[0, *like, False], [1, *like, False], [2, *like, True], [3, *like, False]]
    assert sorted(taken_back(rows)) == [1, 2]
    assert sorted(taken_back([*rows, [4, *like, True], [5, *like, True]])) == [
        0,
        1,
        2,
        3,
        4,
        5,
    ]
    assert taken_back([[0, *like, True]]) == [0]


def test_a_chain_is_cut_where_it_outlasts_the_span() -> None:
    split_long = importlib.import_module("harness").split_long
    ts = np.array([*range(0, 7_600, 400), 100, 200]) * 1_000_000
    opens = np.zeros(ts.size, bool)
    opens[[0, 19]] = True
    assert split_long(ts, opens) == [0, 8, 16]
    assert split_long(ts[:0], opens[:0]) == []
