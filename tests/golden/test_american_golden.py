"""American prices, slopes and vols against QuantLib's most exact method.

`README.md` beside this file says how the table was made. The answer is good to about 1e-9
of the strike; ours is a boundary of fewer nodes, and is granted what a tenth of a cent is
to an index at 6,000.
"""

import csv
from pathlib import Path

import numpy as np
import pytest

from opentape.pricing import american
from opentape.pricing.implied import Reason

TABLE = Path(__file__).parent / "pricing" / "american.csv"
INPUTS = ("put", "spot", "strike", "years", "rate", "carry", "vol")
PRICE_ERROR = 1.5e-6
"""Of the larger of spot and strike; reached at 150 % vol for two years."""
DELTA_ERROR = 1e-4
GAMMA_ERROR = 1e-2
"""Of a delta per standard deviation of spot; reached beside the boundary."""


@pytest.fixture(scope="module")
def wanted() -> dict[str, np.ndarray]:
    with TABLE.open(newline="", encoding="ascii") as file:
        rows = list(csv.DictReader(file))
    return {key: np.array([row[key] for row in rows], np.float64) for key in rows[0]}


@pytest.fixture(scope="module")
def inputs(wanted: dict[str, np.ndarray]) -> list[np.ndarray]:
    return [wanted[name] for name in INPUTS]


@pytest.fixture(scope="module")
def scale(wanted: dict[str, np.ndarray]) -> np.ndarray:
    return np.maximum(wanted["spot"], wanted["strike"])


def test_references_agree(wanted: dict[str, np.ndarray], scale: np.ndarray) -> None:
    """Two integral equations and a grid give the price that the rest is held against."""
    other = np.abs(wanted["equation_a"] - wanted["price"])
    assert np.all(other <= 1e-5 * scale)
    assert np.quantile(other / scale, 0.95) < 1e-9
    assert np.all(np.abs(wanted["grid_price"] - wanted["price"]) <= 1e-5 * scale)


def test_prices(
    wanted: dict[str, np.ndarray], inputs: list[np.ndarray], scale: np.ndarray
) -> None:
    error = np.abs(american.price(*inputs) - wanted["price"]) / scale
    worst = int(np.argmax(error))
    assert np.all(error <= PRICE_ERROR), (worst + 2, error[worst])
    assert np.median(error) < PRICE_ERROR / 100


def test_slopes(wanted: dict[str, np.ndarray], inputs: list[np.ndarray]) -> None:
    found = american.greeks(*inputs)
    assert np.array_equal(found.price, american.price(*inputs))
    # empty cells: the exercise boundary is too near for the reference's differences
    told = ~np.isnan(wanted["delta"])
    assert told.sum() >= wanted["delta"].size - 5
    off = np.abs(found.delta - wanted["delta"])[told]
    assert np.all(off <= DELTA_ERROR), off.max()
    deviation = wanted["spot"] * wanted["vol"] * np.sqrt(wanted["years"])
    off = (np.abs(found.gamma - wanted["gamma"]) * deviation)[told]
    assert np.all(off <= GAMMA_ERROR), off.max()


def test_vols_give_the_prices_back(
    wanted: dict[str, np.ndarray], inputs: list[np.ndarray], scale: np.ndarray
) -> None:
    solved = american.solve(wanted["put"], wanted["price"], *inputs[1:6])
    floor = np.where(wanted["put"] > 0, 1, -1) * (wanted["strike"] - wanted["spot"])
    # where the time value is less than the error of a price, nothing tells the vol
    told = wanted["price"] - np.maximum(floor, 0.0) > PRICE_ERROR * scale
    assert told.sum() > wanted["put"].size // 2
    assert np.all(solved.reason[told] == Reason.SOLVED)
    vol = np.where(told, solved.vol, inputs[6])
    again = american.price(*inputs[:6], vol)
    off = np.abs(again - wanted["price"])[told] / scale[told]
    assert np.all(off <= 1e-9), off.max()


def test_vols_where_they_matter(
    wanted: dict[str, np.ndarray], inputs: list[np.ndarray], scale: np.ndarray
) -> None:
    solved = american.solve(wanted["put"], wanted["price"], *inputs[1:6])
    vega = american.greeks(*inputs).vega
    told = vega * inputs[6] > 0.01 * scale
    assert told.sum() > 60
    off = np.abs(solved.vol - inputs[6])[told] / inputs[6][told]
    assert np.all(off <= PRICE_ERROR / 0.01), off.max()
    assert np.median(off) < 1e-6
