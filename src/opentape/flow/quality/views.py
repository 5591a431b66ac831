"""What a reader sees of the ledger: all flaws of a date as they were known at an instant.

A view never changes, so that any number of questions read it on any thread. What it takes
to tell is reckoned when it is first asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.flow.quality.numbers import Standing
from opentape.flow.quality.order import Found
from opentape.flow.quality.records import MINUTE_NS, NO_PLACE, Kind, Source, flaws
from opentape.flow.quality.touch import touching
from opentape.flow.records import Records
from opentape.market.contract import Contracts

MARGIN_NS: Final = 1_000_000_000
"""A flaw so long before the first leg of a signal touches it."""


@dataclass(eq=False, kw_only=True)
class Quality:
    """The ledger of a trade date."""

    contracts: Contracts
    stocks: Sequence[str]
    """Stock symbols, by the places that flaws of stock prints name."""
    rows: int
    """Rows of the option tape that were folded."""
    stock_rows: int
    noted: Records
    """`records.FLAW`: the newest that are kept, in the order they were noted."""
    unmatched: Records
    """Cancels that took nothing back."""
    standing: Standing
    forgotten: NDArray[np.int64]
    """Flaws by kind that were noted and are no longer kept."""

    @cached_property
    def found(self) -> Found:
        """What the numbers tell."""
        return self.standing.now()

    @cached_property
    def flaws(self) -> Records:
        """Every flaw that is kept, those of one kind and underlying together, by time."""
        parts = [self.noted, self.unmatched, self.found.flaws, self._gaps]
        every = _told_once(np.concatenate(parts))
        return every[
            np.lexsort(
                (
                    every["sequence"],
                    every["row"],
                    every["ts"],
                    self.owners(every),
                    _venues(every),
                    every["source"],
                    every["kind"],
                )
            )
        ]

    @cached_property
    def incidents(self) -> Records:
        """Flaws of one kind, underlying and venue that came within a minute, as one.

        Each gap is one by itself. By what they are of, then by time.
        """
        every = self.flaws
        if not every.size:
            return every
        begins = self._begins(every)
        first = np.flatnonzero(begins)
        merged = every[first]
        merged["count"] = np.add.reduceat(every["count"], first)
        merged["last"] = np.maximum.reduceat(every["last"], first)
        return merged

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """Rows, of gaps numbers, of open interest contracts, by kind."""
        every = self.flaws
        told = np.bincount(every["kind"], every["count"], len(Kind)).astype(np.int64)
        return told + self.forgotten

    def owners(self, some: Records) -> NDArray[np.int64]:
        """Return the underlying or stock of flaws; below 0 for those of the whole feed."""
        owners = some["place"].astype(np.int64)
        listed = (some["source"] != Source.STOCK_PRINTS) & (owners != NO_PLACE)
        owners[listed] = self.contracts.underlyings(some["place"][listed])
        return owners

    def symbols(self, some: Records) -> list[str | None]:
        """Return the underlying or stock of flaws; None for those of the whole feed."""
        names, stocks = self.contracts.underlying_names(), self.stocks
        of_stock: list[bool] = (some["source"] == Source.STOCK_PRINTS).tolist()
        owners: list[int] = self.owners(some).tolist()
        return [
            None if owner < 0 else stocks[owner] if mine else names[owner]
            for owner, mine in zip(owners, of_stock, strict=True)
        ]

    def touched(self, parents: Records) -> NDArray[np.int64]:
        """Return which kinds of flaws touched parents, a bit a kind."""
        masks = np.zeros(parents.size, np.int64)
        touching(parents, MARGIN_NS, self._by_contract, self._of_feed, masks)
        return masks

    @cached_property
    def _gaps(self) -> Records:
        holes = self.found.holes
        told = flaws(holes.size)
        told["kind"] = Kind.GAP
        told["ts"] = np.minimum(holes["before"], holes["after"])
        told["last"] = np.maximum(holes["before"], holes["after"])
        told["sequence"], told["value"] = holes["first"], holes["last"]
        told["count"] = holes["last"] - holes["first"] + 1
        return told

    @cached_property
    def _by_contract(self) -> Records:
        some = self.flaws
        mine = some[(some["source"] != Source.STOCK_PRINTS) & (some["place"] != NO_PLACE)]
        return mine[np.lexsort((mine["ts"], mine["place"]))]

    @cached_property
    def _of_feed(self) -> Records:
        some = self.flaws
        return some[np.isin(some["kind"], (Kind.GAP, Kind.CLOCK_SKEW))]

    def _begins(self, every: Records) -> NDArray[np.bool_]:
        """Return where an incident begins among flaws that are in order."""
        begins = np.ones(every.size, np.bool_)
        same = every["kind"][1:] != Kind.GAP
        of = (every["kind"], every["source"], self.owners(every), _venues(every))
        for column in of:
            same &= column[1:] == column[:-1]
        begins[1:] = ~same | (every["ts"][1:] > every["last"][:-1] + MINUTE_NS)
        return begins


def _venues(some: Records) -> NDArray[np.uint8]:
    """Return the venues of flaws that are of a venue; 0 for all others."""
    return np.where(some["kind"] == Kind.CLOCK_SKEW, some["venue"], 0)


def _told_once(every: Records) -> Records:
    """Return flaws; open interest that is missing once a contract, when it first was."""
    missing = (every["kind"] == Kind.MISSING_OI) & (every["place"] != NO_PLACE)
    if not missing.any():
        return every
    some = every[missing]
    some = some[np.lexsort((-some["row"], some["ts"], some["place"]))]
    first = np.unique(some["place"], return_index=True)[1]
    return np.concatenate([every[~missing], some[first]])
