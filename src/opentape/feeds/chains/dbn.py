"""Databento chains: files of cbbo quotes, beside them definitions and statistics.

They hold no price of the underlying.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from opentape.feeds.chains.told import Asked, Layout, Part, told
from opentape.feeds.raw.inflate import Inflated
from opentape.feeds.source import Ledger


def read(files: Sequence[Inflated], asked: Asked, ledger: Ledger) -> list[Part]:
    """Return the quotes that stand at the instant asked for, else at the newest.

    Raises
    ------
    BadFile
        If a file is damaged, or none holds quotes at or before the instant.
    """
    # databento_dbn costs a tenth of a second, which only its own files should pay
    from opentape.feeds.databento import StandingQuotes  # noqa: PLC0415

    quotes = StandingQuotes(ledger.contracts, ledger.skips, asked.as_of_ns)
    rows = [quotes.read(file) for file in files]
    contract, standing = quotes.standing()
    # what stands unchanged is as young as the newest record
    now = np.full(contract.size, standing.ts.max(initial=0))
    found = told(
        standing.row,
        contract,
        bid=standing.bid,
        ask=standing.ask,
        last=standing.last,
        bid_size=standing.bid_size,
        ask_size=standing.ask_size,
        open_interest=quotes.open_interest(contract),
        ts_quote=now,
        as_of=now,
    )
    none = found.take(np.zeros(contract.size, np.bool_))
    return [
        Part(none if at else found, count, _locator(file))
        for at, (file, count) in enumerate(zip(files, rows, strict=True))
    ]


def _locator(file: Inflated) -> Callable[[int], str]:
    return lambda row: f"{file.path}:row {row}"


LAYOUT: Final = Layout("Databento consolidated quotes", read)
