"""Black-Scholes-Merton in many digits: the answers that golden tables hold.

Every greek is written out and, row by row, compared with mpmath's numerical derivative of
the price, so a wrong formula cannot get into a table.
"""

# ruff: noqa: PLR0913, PLR0917 - formulas have many inputs

import csv
from collections.abc import Callable, Iterable
from pathlib import Path

import mpmath as mp

DIGITS = 60
AGREE = mp.mpf(10) ** -30
"""What a formula and the derivative of the price may differ by, relative."""
HALF_ULP = mp.mpf(2) ** -53

mp.mp.dps = DIGITS

INPUTS = ("put", "spot", "strike", "years", "rate", "carry", "vol")
SPOT, STRIKE, YEARS, RATE, _CARRY, VOL = range(6)


def normal(x: mp.mpf) -> mp.mpf:
    """Return the normal distribution function, exact in the tails too."""
    return mp.erfc(-x / mp.sqrt(2)) / 2


def density(x: mp.mpf) -> mp.mpf:
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def price(put: int, s: mp.mpf, k: mp.mpf, t: mp.mpf, r: mp.mpf, q: mp.mpf, v: mp.mpf):
    """Return the price of a European option under a continuous carry."""
    phi = -1 if put else 1
    sd = v * mp.sqrt(t)
    d1 = (mp.log(s / k) + (r - q) * t) / sd + sd / 2
    return phi * (
        s * mp.exp(-q * t) * normal(phi * d1) - k * mp.exp(-r * t) * normal(phi * (d1 - sd))
    )


def greeks(put: int, s: mp.mpf, k: mp.mpf, t: mp.mpf, r: mp.mpf, q: mp.mpf, v: mp.mpf):
    """Return price and greeks by name; derivatives by time are by calendar time."""
    phi = -1 if put else 1
    root = mp.sqrt(t)
    sd = v * root
    d1 = (mp.log(s / k) + (r - q) * t) / sd + sd / 2
    d2 = d1 - sd
    carried, discount = mp.exp(-q * t), mp.exp(-r * t)
    near, far, n1 = normal(phi * d1), normal(phi * d2), density(d1)
    value = phi * (s * carried * near - k * discount * far)
    delta = phi * carried * near
    gamma = carried * n1 / (s * sd)
    vega = s * carried * n1 * root
    turn = (2 * (r - q) * t - d2 * sd) / (2 * t * sd)
    square = d1 * d2
    return {
        "price": value,
        "delta": delta,
        "gamma": gamma,
        "theta": -vega * v / (2 * t)
        + phi * (q * s * carried * near - r * k * discount * far),
        "vega": vega,
        "rho": phi * k * t * discount * far,
        "vanna": -carried * n1 * d2 / v,
        "charm": q * delta - carried * n1 * turn,
        "vomma": vega * square / v,
        "dual_delta": -phi * discount * far,
        "speed": -gamma / s * (d1 / sd + 1),
        "zomma": gamma * (square - 1) / v,
        "color": gamma * (q + 1 / (2 * t) + turn * d1),
        "ultima": -vega / v**2 * (square * (1 - square) + d1**2 + d2**2),
        "lambda": delta * s / value,
        "veta": vega * (q + (r - q) * d1 / sd - (1 + square) / (2 * t)),
    }


# which derivative of the price each greek is, and its sign
DERIVATIVES = {
    "delta": ((SPOT,), 1),
    "gamma": ((SPOT, SPOT), 1),
    "theta": ((YEARS,), -1),
    "vega": ((VOL,), 1),
    "rho": ((RATE,), 1),
    "vanna": ((SPOT, VOL), 1),
    "charm": ((SPOT, YEARS), -1),
    "vomma": ((VOL, VOL), 1),
    "dual_delta": ((STRIKE,), 1),
    "speed": ((SPOT, SPOT, SPOT), 1),
    "zomma": ((SPOT, SPOT, VOL), 1),
    "color": ((SPOT, SPOT, YEARS), -1),
    "ultima": ((VOL, VOL, VOL), 1),
    "veta": ((VOL, YEARS), -1),
}


def check(put: int, at: tuple[mp.mpf, ...], found: dict[str, mp.mpf]) -> None:
    """Raise where a formula is not the derivative of the price that it should be."""

    def of(*given: mp.mpf) -> mp.mpf:
        return price(put, *given)

    for name, (by, sign) in DERIVATIVES.items():
        orders = tuple(by.count(place) for place in range(6))
        # the step is absolute, so digits are spent on inputs that are small, and on
        # terms of the price that cancel
        with mp.workdps(DIGITS + 60):
            exact = sign * mp.diff(of, tuple(+x for x in at), orders)
        size = max(abs(exact), abs(found["price"]) * mp.mpf(10) ** -25)
        if abs(found[name] - exact) > AGREE * size:
            raise ArithmeticError(f"{name} at {at}: {found[name]} is not {exact}")


def slack(
    work: Callable[..., dict[str, mp.mpf]], at: tuple[mp.mpf, ...]
) -> dict[str, mp.mpf]:
    """Return by how much each answer moves when every input moves by half an ulp.

    No float64 program can be asked for more: its inputs are rounded themselves.
    """
    step = mp.mpf(10) ** -25
    base = work(*at)
    moved = dict.fromkeys(base, mp.mpf(0))
    for place, value in enumerate(at):
        if not value:
            continue
        bumped = list(at)
        bumped[place] = value * (1 + step)
        there = work(*bumped)
        for name, answer in base.items():
            moved[name] += abs(there[name] - answer) / step * HALF_ULP
    return moved


def exactly(x: float) -> mp.mpf:
    """Return a float64 as the number that it is."""
    return mp.mpf(float(x))


def write(path: Path, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Write a table; floats with all their digits."""
    with path.open("w", newline="", encoding="ascii") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(list(columns))
        for row in rows:
            table.writerow([repr(c) if isinstance(c, float) else c for c in row])
