"""Exposures and levels of a small chain against plain arithmetic, one contract at a time.

`README.md` beside this file says how the tables were made. Sums are of the same few terms
in any order, so they agree to rounding.
"""

import csv
from pathlib import Path

import numpy as np
import pytest

from opentape.positioning.book import Book
from opentape.positioning.exposure import exposures
from opentape.positioning.max_pain import pain, whole
from opentape.positioning.options import FlipOptions, LevelOptions
from opentape.positioning.positions import Positions

TABLES = Path(__file__).parent / "positioning"
SPOT = 100.4
HOURS = 1.25
ROUNDING = 1e-11
KINDS = ("gex", "dex", "vex", "chex", "dag")


def columns(name: str) -> dict[str, np.ndarray]:
    with (TABLES / name).open(newline="", encoding="ascii") as file:
        rows = list(csv.DictReader(file))
    return {key: np.array([row[key] for row in rows], np.float64) for key in rows[0]}


@pytest.fixture(scope="module")
def chain() -> dict[str, np.ndarray]:
    return columns("chain.csv")


@pytest.fixture(scope="module")
def strikes() -> dict[str, np.ndarray]:
    return columns("strikes.csv")


@pytest.fixture(scope="module")
def wanted() -> dict[str, float]:
    with (TABLES / "levels.csv").open(newline="", encoding="ascii") as file:
        return {row["name"]: float(row["value"]) for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def positions(chain: dict[str, np.ndarray]) -> Positions:
    types = {"put": bool, "usable": bool, "dte": np.int64}
    given = {n: chain[n].astype(types.get(n, np.float64)) for n in Positions._fields}
    return Positions(**given)


@pytest.fixture(scope="module")
def book(positions: Positions) -> Book:
    # twelve contracts are too few for a flip by default
    return Book(positions, SPOT, LevelOptions(flip=FlipOptions(fewest_solved=5)))


def close(found: np.ndarray, expected: np.ndarray) -> bool:
    scale = np.nanmax(np.abs(expected))
    return np.allclose(found, expected, rtol=ROUNDING, atol=scale * 1e-15, equal_nan=True)


@pytest.mark.parametrize("kind", KINDS)
def test_exposure_of_each_contract(
    positions: Positions, chain: dict[str, np.ndarray], kind: str
) -> None:
    found = getattr(exposures(positions, SPOT), kind)
    assert close(found, chain[kind]), (found, chain[kind])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("side", ["call", "put", "net"])
def test_exposure_by_strike(
    book: Book, strikes: dict[str, np.ndarray], side: str, kind: str
) -> None:
    assert np.array_equal(book.strike, strikes["strike"])
    found = getattr(book.strikes, f"{side}_{kind}")
    expected = strikes[f"{side}_{kind}"]
    # a strike where no contract counts is zero in the table
    assert close(np.nan_to_num(found), expected), (found, expected)


def test_open_interest_by_strike(book: Book, strikes: dict[str, np.ndarray]) -> None:
    for name in ("call_oi", "put_oi", "call_shares", "put_shares"):
        assert np.array_equal(getattr(book.strikes, name), strikes[name]), name


@pytest.mark.parametrize("kind", KINDS)
def test_totals(book: Book, wanted: dict[str, float], kind: str) -> None:
    found = getattr(book.totals(), f"net_{kind}")
    assert found == pytest.approx(wanted[f"net_{kind}"], rel=1e-9)


@pytest.mark.parametrize(
    "name",
    [
        "call_wall", "put_wall", "call_wall_strength", "put_wall_strength", "call_wall_otm",
        "put_wall_otm", "max_positive_gamma", "max_negative_gamma",
    ],
)  # fmt: skip
def test_walls(book: Book, wanted: dict[str, float], name: str) -> None:
    assert getattr(book.levels(), name) == pytest.approx(wanted[name], rel=1e-12)


def test_max_pain_and_its_tie(
    book: Book,
    positions: Positions,
    strikes: dict[str, np.ndarray],
    wanted: dict[str, float],
) -> None:
    found = whole(positions, SPOT)
    assert wanted["max_pain_tied"] == 2
    assert found.level == book.pain().level == wanted["max_pain"]
    assert np.array_equal(found.strike, strikes["strike"])
    assert np.array_equal(found.call, strikes["call_pain"])
    assert np.array_equal(found.put, strikes["put_pain"])
    shares = strikes["call_shares"], strikes["put_shares"]
    for spot in (102.5, 104):
        level = pain(strikes["strike"], *shares, float(spot)).level
        assert level == wanted[f"max_pain_at_{spot}"]


def test_gamma_flip(book: Book, wanted: dict[str, float]) -> None:
    found = book.flip()
    assert found.status == "available"
    assert found.level == pytest.approx(wanted["flip"], abs=0.01)
    assert len(found.crossings) == wanted["flip_crossings"]


def test_pin_risk(book: Book, wanted: dict[str, float]) -> None:
    found = book.pin(HOURS)
    parts = [found.oi_score, found.proximity_score, found.time_score, found.gamma_score]
    names = ("pin_oi", "pin_proximity", "pin_time", "pin_gamma")
    assert parts == [wanted[name] for name in names]
    assert found.score == wanted["pin_score"]
    assert found.magnet == wanted["pin_magnet"]
    assert found.distance_pct == pytest.approx(wanted["pin_distance_pct"], abs=5e-4)
