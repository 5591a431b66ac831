"""A tape made to measure by: prints at a steady rate with bursts, and blocks among them.

Of every hundred prints one is a block on a contract that has no other print for seconds:
its window closes half a second after it, at an instant that is known beforehand. All other
prints are too small to be signals, on twenty thousand contracts.
"""

from typing import NamedTuple

import numpy as np

from opentape.market.columns import PrintBatch
from opentape.market.conditions import Condition
from opentape.market.contract import Contracts
from opentape.market.open_interest import OpenInterest

NAMES, EACH, BLOCKS = 100, 220, 20
"""Underlyings, contracts of each, and how many of those are for blocks."""
STEADY, BURST = 20_000, 200_000
BURST_S, EVERY_S = 0.1, 2.0
ONE_IN = 100
BLOCK = 200
LEAST_DAYS = 30
DOLLAR = 10**9


class Made(NamedTuple):
    """Prints whose instants count from when they begin to be played."""

    prints: PrintBatch
    blocks: int
    bursts: np.ndarray
    """Pairs of instants between which there is a burst."""


def instants(seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """Return when prints happen, and the bursts."""
    begins = np.arange(EVERY_S / 2, seconds - BURST_S, EVERY_S)
    bursts = np.stack([begins, begins + BURST_S], axis=1)
    steady = np.arange(int(seconds * STEADY)) / STEADY
    within = np.arange(int(BURST_S * (BURST - STEADY))) / (BURST - STEADY)
    every = np.concatenate([steady, *(begin + within for begin in begins)])
    every.sort()
    return (every * 1e9).astype(np.int64), (bursts * 1e9).astype(np.int64)


def listed(today: int) -> tuple[Contracts, np.ndarray]:
    """Return contracts, and their places: a row for each underlying."""
    contracts = Contracts()
    roots = [f"Z{chr(65 + n // 26)}{chr(65 + n % 26)}" for n in range(NAMES)]
    each = np.arange(EACH)
    days = today + LEAST_DAYS + 7 * (each % 10)
    mills = 50_000 + 1_000 * (each // 10)
    places = [
        contracts.intern_columns([root] * EACH, days, mills, each % 2 == 1)
        for root in roots
    ]
    return contracts, np.stack(places)


def interest(contracts: Contracts) -> OpenInterest:
    return OpenInterest(contracts.keys.copy(), np.full(len(contracts), 1_000))


def made(seconds: float, places: np.ndarray, seed: int = 7) -> Made:
    """Return prints for so many seconds."""
    ts, bursts = instants(seconds)
    rows, rng = ts.size, np.random.default_rng(seed)
    block = np.arange(rows) % ONE_IN == ONE_IN // 2
    of_blocks, of_others = places[:, :BLOCKS].T.ravel(), places[:, BLOCKS:].ravel()
    contract = rng.choice(of_others, rows)
    contract[block] = np.resize(of_blocks, int(block.sum()))
    batch = PrintBatch(
        ts_event=ts,
        sequence=np.arange(1, rows + 1),
        row=np.arange(rows),
        contract=contract.astype(np.int32),
        price=np.where(rng.random(rows) < 0.5, 205, 195) * (DOLLAR // 100),  # noqa: PLR2004
        size=np.where(block, BLOCK, rng.integers(1, 6, rows)).astype(np.int32),
        bid=np.full(rows, 195 * (DOLLAR // 100)),
        ask=np.full(rows, 205 * (DOLLAR // 100)),
        spot=np.full(rows, 60 * DOLLAR),
        venue=np.ones(rows, np.uint8),
        condition=np.full(rows, Condition.REGULAR, np.uint8),
        marks=np.zeros(rows, np.uint8),
        cancels=np.zeros(rows, np.int64),
    )
    return Made(batch, int(block.sum()), bursts)
