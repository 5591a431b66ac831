"""The generated tape has the shape of a day, and the same seed gives the same bytes."""

import datetime as dt
import hashlib
import runpy
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from opentape.market import conditions, venues
from opentape.market.contract import NO_CONTRACT, Contracts

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "make_tape.py"
SCRIPT_NAMES = runpy.run_path(str(SCRIPT))
make_tape = SCRIPT_NAMES["make_tape"]


@pytest.fixture(scope="module")
def tape() -> dict[str, np.ndarray]:
    return make_tape(20_000, seed=3, cancels=0.005)


def share(mask: np.ndarray) -> float:
    return float(mask.mean())


def test_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    digests = set()
    for name in ("one", "two"):
        out, oi = tmp_path / f"{name}.parquet", tmp_path / f"{name}_oi.parquet"
        arguments = ["--prints", "5000", "--seed", "11", "--out", str(out), "--oi", str(oi)]
        SCRIPT_NAMES["main"](arguments)
        digests.add(hashlib.sha256(out.read_bytes() + oi.read_bytes()).hexdigest())
    assert len(digests) == 1


def test_another_seed_gives_another_tape(tape: dict[str, np.ndarray]) -> None:
    other = make_tape(20_000, seed=4)
    assert not np.array_equal(other["ts_event"][:100], tape["ts_event"][:100])


def test_files_hold_our_columns(tmp_path: Path) -> None:
    out, oi = tmp_path / "tape.parquet", tmp_path / "oi.parquet"
    SCRIPT_NAMES["main"](["--prints", "1000", "--out", str(out), "--oi", str(oi)])
    prints = pq.read_table(out)
    assert prints.column_names == [
        *("ts_event", "symbol", "price", "size", "bid", "ask"),
        *("spot", "venue", "condition", "sequence"),
    ]
    assert str(prints.schema.field("ts_event").type) == "timestamp[ns, tz=UTC]"
    assert pq.read_table(oi).column_names == ["symbol", "open_interest"]


def test_rows_are_in_order_of_time_within_one_session(tape: dict[str, np.ndarray]) -> None:
    assert np.all(np.diff(tape["ts_event"]) >= 0)
    assert np.all(np.diff(tape["sequence"]) > 0)
    opens = dt.datetime(2026, 9, 16, 13, 30, tzinfo=dt.UTC)
    since = tape["ts_event"] / 1e9 - opens.timestamp()
    assert since.min() >= 0
    assert since.max() < 7.5 * 3600


def test_every_symbol_parses_and_every_traded_series_is_listed(
    tape: dict[str, np.ndarray],
) -> None:
    places = Contracts().intern(tape["symbols"].tolist())
    assert not np.any(places == NO_CONTRACT)
    assert np.unique(places).size == places.size == 2_000
    assert np.isin(tape["symbols"], tape["listed"]).all()
    assert tape["listed"].size > 2 * places.size
    assert tape["open_interest"].size == tape["listed"].size
    assert tape["open_interest"].min() == 0


def test_venues_and_conditions_are_known(tape: dict[str, np.ndarray]) -> None:
    assert all(venues.venue_of(mic) for mic in tape["venues"].tolist())
    assert all(conditions.classify(c) is not None for c in tape["conditions"].tolist())


def test_prices_are_positive_cents_and_never_absurd(tape: dict[str, np.ndarray]) -> None:
    price, bid, ask = tape["price"], tape["bid"], tape["ask"]
    assert price.min() > 0
    assert tape["size"].min() >= 1
    assert np.abs(price * 100 - np.rint(price * 100)).max() < 1e-6
    assert not np.any((price > 10 * ask) & (ask >= bid))
    assert not np.any((10 * price < bid) & (ask >= bid))


def test_prints_lie_where_prints_lie(tape: dict[str, np.ndarray]) -> None:
    price, bid, ask = tape["price"], tape["bid"], tape["ask"]
    market = bid < ask
    assert share(market) > 0.98
    assert 0.25 < share(market & (price == ask)) < 0.4
    assert 0.25 < share(market & (price == bid)) < 0.4
    assert 0.12 < share(market & np.isclose(2 * price, bid + ask)) < 0.3
    assert 0.005 < share(market & ((price > ask) | (price < bid))) < 0.03
    assert np.isnan(bid).any() or np.any(bid >= ask)


def test_sizes_are_heavy_tailed(tape: dict[str, np.ndarray]) -> None:
    size = tape["size"]
    assert 2 <= np.median(size) <= 5
    assert 0.02 < share(size >= 100) < 0.08
    assert np.percentile(size, 99) > 150


@pytest.mark.parametrize(
    ("letters", "low", "high"),
    [
        ("I ", 0.50, 0.60),
        ("a", 0.13, 0.21),
        ("fghijlm", 0.10, 0.16),
        ("e", 0.04, 0.09),
        ("cd", 0.025, 0.055),
        ("knopqrs", 0.005, 0.02),
        ("S", 0.015, 0.05),
        ("BDFH", 0.001, 0.006),
        ("A", 0.003, 0.007),
    ],
)
def test_conditions_come_in_their_shares(
    tape: dict[str, np.ndarray], letters: str, low: float, high: float
) -> None:
    codes = np.flatnonzero(np.isin(tape["conditions"], list(letters)))
    assert low < share(np.isin(tape["condition"], codes)) < high


def test_cancels_follow_a_print_like_themselves(tape: dict[str, np.ndarray]) -> None:
    code = int(np.flatnonzero(tape["conditions"] == "A")[0])
    names = ("symbol", "venue", "size", "price")
    keys = list(zip(*(tape[name].tolist() for name in names), strict=True))
    seen = set()
    for key, condition in zip(keys, tape["condition"].tolist(), strict=True):
        if condition == code:
            assert key in seen
        else:
            seen.add(key)


def test_the_day_is_u_shaped(tape: dict[str, np.ndarray]) -> None:
    half_hour = (tape["ts_event"] - tape["ts_event"][0]) // (30 * 60 * 10**9)
    count = np.bincount(half_hour)
    assert count[0] > 2 * count[6]
    assert count[12] > 1.5 * count[6]


def test_only_the_names_asked_for_trade() -> None:
    tape = make_tape(500, 100, symbols=["NVDA", "NONE"])
    assert {symbol[:6].strip() for symbol in tape["symbols"].tolist()} == {"NVDA", "NONE"}
