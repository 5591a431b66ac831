"""Prices, greeks and implied vols against answers from mpmath and QuantLib.

`README.md` beside this file says how the tables were made. A column named `..._slack` is by
how much the exact answer moves when every input moves by half a unit in its last place:
what no float64 program can be asked to beat, and what ours is measured by.
"""

import csv
from pathlib import Path

import numpy as np
import pytest

from opentape.pricing import black, bsm, implied
from opentape.pricing.implied import Reason

TABLES = Path(__file__).parent / "pricing"
SPOT = ("put", "spot", "strike", "years", "rate", "carry", "vol")
FORWARD = ("put", "forward", "strike", "years", "rate", "vol")
GREEKS = (
    "price", "delta", "gamma", "theta", "vega", "rho", "vanna", "charm", "vomma",
    "dual_delta", "speed", "zomma", "color", "ultima", "lambda", "veta",
)  # fmt: skip
ROUNDINGS = 4
"""How many times the slack an answer may be off, beside the rounding of the answer."""
LAST_PLACES = 2 * float(np.finfo(np.float64).eps)
VOL_ERROR = 1e-12
"""What an implied vol may be off, relative, wherever the price determines it."""


def table(name: str) -> dict[str, np.ndarray]:
    """Return the columns of a table; text where a cell is no number."""
    with (TABLES / name).open(newline="", encoding="ascii") as file:
        rows = list(csv.DictReader(file))
    found = {}
    for column in rows[0]:
        cells = [row[column] for row in rows]
        try:
            found[column] = np.array(cells, np.float64)
        except ValueError:
            found[column] = np.array(cells)
    return found


def at(columns: dict[str, np.ndarray], names: tuple[str, ...]) -> list[np.ndarray]:
    return [columns[name] for name in names]


def granted(columns: dict[str, np.ndarray], name: str) -> np.ndarray:
    """Return by how much an answer may be off: inputs and answer are rounded."""
    if name == "lambda":  # a quotient, whose parts are each rounded
        parts = (
            granted(columns, part) / np.abs(columns[part]) for part in ("price", "delta")
        )
        return sum(parts) * np.abs(columns[name])
    return ROUNDINGS * columns[f"{name}_slack"] + LAST_PLACES * np.abs(columns[name])


def worst(error: np.ndarray, allowed: np.ndarray, columns: dict[str, np.ndarray]) -> str:
    """Return the row that is furthest beyond what is allowed, in words."""
    with np.errstate(divide="ignore", invalid="ignore"):
        times = np.where(np.isnan(error), np.inf, error / allowed)
    row = int(np.argmax(times))
    inputs = {
        name: float(columns[name][row]) for name in columns if name in (*SPOT, *FORWARD)
    }
    return f"row {row + 2}: {times[row]:.3g} times what is allowed, {inputs}"


@pytest.fixture(scope="module")
def european() -> dict[str, np.ndarray]:
    return table("european.csv")


@pytest.fixture(scope="module")
def black76() -> dict[str, np.ndarray]:
    return table("black76.csv")


@pytest.fixture(scope="module")
def hard() -> dict[str, np.ndarray]:
    return table("implied.csv")


def field(name: str) -> str:
    return "lambda_" if name == "lambda" else name


@pytest.mark.parametrize("name", GREEKS)
def test_european_greeks_are_exact_to_rounding(
    european: dict[str, np.ndarray], name: str
) -> None:
    found = getattr(bsm.greeks(*at(european, SPOT)), field(name))
    error = np.abs(found - european[name])
    allowed = granted(european, name)
    assert np.all(error <= allowed), worst(error, allowed, european)


@pytest.mark.parametrize("name", GREEKS)
def test_black_76_greeks_are_exact_to_rounding(
    black76: dict[str, np.ndarray], name: str
) -> None:
    found = getattr(black.greeks(*at(black76, FORWARD)), field(name))
    error = np.abs(found - black76[name])
    allowed = granted(black76, name)
    assert np.all(error <= allowed), worst(error, allowed, black76)


def test_short_cuts_give_what_the_greeks_give(european: dict[str, np.ndarray]) -> None:
    inputs = at(european, SPOT)
    delta, gamma = bsm.delta_gamma(*inputs)
    found = {"price": bsm.price(*inputs), "delta": delta, "gamma": gamma}
    for name, values in found.items():
        error = np.abs(values - european[name])
        allowed = granted(european, name)
        assert np.all(error <= allowed), worst(error, allowed, european)


def test_the_black_price_is_that_of_its_greeks(black76: dict[str, np.ndarray]) -> None:
    error = np.abs(black.price(*at(black76, FORWARD)) - black76["price"])
    allowed = granted(black76, "price")
    assert np.all(error <= allowed), worst(error, allowed, black76)


def test_the_vendor_sample_to_its_last_digit() -> None:
    """580 / 580 / 30 days / 0.18 of the documentation: 12.687211, and derived greeks."""
    found = bsm.greeks(0, 580.0, 580.0, 30 / 365, 0.045, 0.013, 0.18)
    assert round(float(found.price), 6) == 12.687211


# ---- implied vols


def vol_error(found: np.ndarray, hard: dict[str, np.ndarray]) -> np.ndarray:
    return np.abs(found - hard["vol"]) / hard["vol"]


def test_every_hard_price_gives_its_vol(hard: dict[str, np.ndarray]) -> None:
    solved = implied.solve(*at(hard, ("put", "price", *SPOT[1:-1])))
    assert np.all(solved.reason == Reason.SOLVED)
    error = vol_error(solved.vol, hard)
    allowed = np.maximum(VOL_ERROR, ROUNDINGS * hard["slack"])
    assert np.all(error <= allowed), worst(error, allowed, hard)


def test_where_the_price_determines_the_vol_it_is_found_to_a_few_last_places(
    hard: dict[str, np.ndarray],
) -> None:
    solved = implied.solve(*at(hard, ("put", "price", *SPOT[1:-1])))
    error = vol_error(solved.vol, hard)
    told = hard["slack"] < VOL_ERROR / 40
    assert told.sum() > 1000
    assert np.all(error[told] <= VOL_ERROR / 10), worst(
        error, np.where(told, VOL_ERROR / 10, np.inf), hard
    )


def test_the_black_form_agrees_where_there_is_no_carry(hard: dict[str, np.ndarray]) -> None:
    flat = hard["rate"] == hard["carry"]
    flat &= hard["rate"] == 0.0
    rows = {name: column[flat] for name, column in hard.items()}
    inputs = at(rows, ("put", "price", "spot", "strike", "years", "rate"))
    solved = implied.black(*inputs)
    assert flat.sum() > 300
    assert np.all(solved.reason == Reason.SOLVED)
    allowed = np.maximum(VOL_ERROR, ROUNDINGS * rows["slack"])
    error = vol_error(solved.vol, rows)
    assert np.all(error <= allowed), worst(error, allowed, rows)


@pytest.mark.parametrize(
    "times",
    [1e-300, 0.01, 0.1, 0.5, 0.99, 1.0, 1.01, 3.0, 100.0, np.nan, 0.0, -1.0, np.inf],
)
def test_a_first_guess_changes_no_answer(hard: dict[str, np.ndarray], times: float) -> None:
    inputs = at(hard, ("put", "price", *SPOT[1:-1]))
    solved = implied.solve(*inputs, guess=hard["vol"] * times)
    assert np.all(solved.reason == Reason.SOLVED)
    allowed = np.maximum(VOL_ERROR, ROUNDINGS * hard["slack"])
    error = vol_error(solved.vol, hard)
    assert np.all(error <= allowed), worst(error, allowed, hard)


def test_what_no_vol_gives_says_why() -> None:
    rows = table("bounds.csv")
    inputs = ("put", "price", "spot", "strike", "years", "rate", "carry")
    solved = implied.solve(*at(rows, inputs))
    assert np.all(np.isnan(solved.vol))
    for row, expected in enumerate(rows["reason"]):
        got = Reason(int(solved.reason[row])).name
        shown = [float(rows[name][row]) for name in inputs]
        right = got != "SOLVED" if expected == "any" else got == expected
        assert right, (row + 2, str(expected), got, shown)
