"""A market held in memory, delivered at so many prints a second whatever its own pace."""

import random
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from opentape.desk.ports import NOTHING_YET, Delivered, Fact, Tick
from opentape.desk.state.beside import Beside
from opentape.feeds.chains.read import read_chains
from opentape.feeds.market.stock import StockFile
from opentape.feeds.open_interest import read_open_interest
from opentape.feeds.tape import open_tape
from opentape.market.calendar import day_of, trade_date
from opentape.market.chain import Chain
from opentape.market.columns import PrintBatch, StockBatch
from opentape.market.contract import Contracts
from opentape.market.open_interest import OpenInterest
from opentape.store.market import days
from opentape.wiring.feed import read_beside

SECOND_NS = 10**9
FAULTS = "busted_print=0.01,duplicate=0.002"
"""What a simulated market is made with, so that prints are taken back."""
PAUSE_S = 0.002
MOST = 5_000
"""Prints of a batch."""
SILENT = 0.3
"""How often time is told between two batches."""


class Told(NamedTuple):
    """What comes between the prints, once they have come so far."""

    ts_ns: int
    fact: Chain | OpenInterest


class Held(NamedTuple):
    """All of a market."""

    contracts: Contracts
    told: list[Told]
    """In order of time; open interest with the first instant of its date."""
    prints: PrintBatch
    stocks: StockBatch
    symbols: list[str]
    beside: Beside

    @property
    def last_ns(self) -> int:
        """Return the instant of its last print."""
        return int(self.prints.ts_event[-1])


def held(market: Path) -> Held:
    """Read the folder of a market, all of its days."""
    contracts, told, symbols = Contracts(), list[Told](), list[str]()
    prints, stocks = list[PrintBatch](), list[StockBatch]()
    folders = [day.folder for day in days.days_of(market)]
    for folder in folders:
        tape = open_tape([folder / days.TAPE])
        opening, *later = sorted((folder / days.CHAINS).glob("*.parquet"))
        # contracts are placed in the order in which they are met
        told += _chains([opening], contracts)
        batch = PrintBatch.joined(list(tape.batches()))
        places = contracts.adopt(tape.contracts.keys, tape.contracts.roots)
        rows = batch.row + sum(one.rows for one in prints)
        prints.append(batch._replace(contract=places[batch.contract], row=rows))
        told += _chains(later, contracts)
        interest, _ = read_open_interest(folder / days.INTEREST, contracts)
        begins_ns, _ = day_of(trade_date(int(batch.ts_event[0])))
        told.append(Told(begins_ns, interest))
        stock = StockFile(folder / days.STOCK)
        batches = list(stock.batches())
        symbols += [name for name in stock.symbols if name not in symbols]
        mine = np.array([symbols.index(name) for name in stock.symbols], np.int32)
        stocks += [one._replace(symbol=mine[one.symbol]) for one in batches]
    return Held(
        contracts,
        sorted(told, key=lambda one: one.ts_ns),
        PrintBatch.joined(prints),
        StockBatch.joined(stocks),
        symbols,
        read_beside(folders[-1]).beside,
    )


def _chains(paths: Sequence[Path], contracts: Contracts) -> Iterator[Told]:
    for path in paths:
        for one in read_chains([path], contracts):
            yield Told(one.chain.as_of, one.chain)


class Pressed:
    """Plays what is held; fills `Feed`.

    Contracts are named as they come, as in a feed that is decoded.

    Parameters
    ----------
    rate
        Prints a second.
    seed
        Where time is told, and how prints are cut into batches.
    """

    name = "a market under pressure"

    def __init__(self, held: Held, rate: float, seed: int = 0) -> None:
        self._held, self._rate = held, rate
        self._random = random.Random(seed)
        self._stopped = False
        self._stock = 0
        self.contracts = Contracts()
        roots = held.contracts.roots
        none = np.zeros(len(roots), np.int64)
        self.contracts.pack(roots, none, none, none.astype(np.bool_))
        self.quiet: Callable[[], bool] = lambda: True
        """Says whether all chains so far were solved and count."""

    @property
    def identity(self) -> str:
        return self.name

    @property
    def date(self):
        return trade_date(int(self._held.prints.ts_event[0]))

    @property
    def stocks(self):
        return self._held.symbols

    def stop(self) -> None:
        self._stopped = True

    def facts(self, after=NOTHING_YET) -> Iterator[Fact]:
        ts, end = self._held.prints.ts_event, self._held.prints.rows
        told = self._left(after)
        came, began = after.prints, time.monotonic()
        self._stock = after.stocks
        while came < end and not self._stopped:
            due = after.prints + int((time.monotonic() - began) * self._rate)
            due = min(due, came + 1 + self._random.randrange(MOST), end)
            if due <= came:
                time.sleep(PAUSE_S)
                continue
            now_ns = int(ts[due - 1])
            while told and told[0].ts_ns <= now_ns:
                to = max(came, int(np.searchsorted(ts, told[0].ts_ns, "right")))
                yield from self._traded(came, to)
                came = to
                yield from self._stock_until(told[0].ts_ns - 1)
                yield self._known(told.popleft().fact)
            yield from self._traded(came, due)
            came = max(came, due)
            if came < end and self._random.random() < SILENT:
                yield Tick(int(ts[came]) - 1)
        if not self._stopped:
            yield from self._ended()

    def _left(self, after: Delivered) -> deque[Told]:
        """Return what is told behind what was taken."""
        interests = 0
        left = deque[Told]()
        for one in self._held.told:
            if isinstance(one.fact, OpenInterest):
                interests += 1
                if interests > after.interest:
                    left.append(one)
            # of one instant there are several, and not all of them may have been taken
            elif one.ts_ns >= after.chain_ns:
                left.append(one)
        return left

    def _ended(self) -> Iterator[StockBatch | Tick]:
        yield from self._stock_until(self._held.last_ns)
        while not self.quiet():
            yield Tick(self._held.last_ns)
            time.sleep(PAUSE_S)
        yield Tick(self._held.last_ns + 2 * SECOND_NS)

    def _traded(self, first: int, end: int) -> Iterator[PrintBatch | StockBatch]:
        """Yield prints, and those of stocks that came before."""
        if first < end:
            prints = self._held.prints.take(slice(first, end))
            yield from self._stock_until(int(prints.ts_event[0]))
            yield self._known(prints)

    def _stock_until(self, ts_ns: int) -> Iterator[StockBatch]:
        """Yield prints of stocks up to and with an instant."""
        stocks, first = self._held.stocks, self._stock
        self._stock = max(first, int(np.searchsorted(stocks.ts_event, ts_ns, "right")))
        if first < self._stock:
            yield stocks.take(slice(first, self._stock))

    def _known(self, fact: Fact) -> Fact:
        """Name the contracts of a fact that were not met."""
        if isinstance(fact, OpenInterest | StockBatch | Tick):
            return fact
        known, now = len(self.contracts), int(fact.contract.max()) + 1
        if known < now:
            held = self._held.contracts
            self.contracts.adopt(held.keys[known:now], held.roots)
        return fact._replace(contracts=self.contracts) if isinstance(fact, Chain) else fact
