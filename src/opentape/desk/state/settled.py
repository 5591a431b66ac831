"""The settled chain of an underlying, and what is made of it once, when first asked."""

import datetime as dt
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.desk.chain.analysed import Analysed, analysed, of_expiry
from opentape.desk.chain.settle import marks_of
from opentape.desk.chain.sides import Sides, sides
from opentape.desk.state.outline import Outline
from opentape.flow.judge.enrich import ChainMarks
from opentape.market.chain import Chain
from opentape.market.errors import NoData
from opentape.positioning.book import Book
from opentape.positioning.flip import Flip
from opentape.positioning.options import LevelOptions
from opentape.volatility.options import ChainOptions
from opentape.volatility.slices import Given


class Cut(NamedTuple):
    """The unexpired contracts of a chain, or of one of its expiries, and what they hold."""

    expiry: dt.date | None
    """The one expiry; None for all of them."""
    contract: NDArray[np.int32]
    """Places in the table of contracts, one for each of the positions of the book."""
    outline: Outline


class SettledChain:
    """A chain with the morning's open interest; shared by every view that it is part of."""

    def __init__(self, chain: Chain, chains: ChainOptions, levels: LevelOptions) -> None:
        self.chain = chain
        self._options = (chains, levels)
        self._cuts: dict[dt.date | None, Cut] = {}

    @cached_property
    def analysed(self) -> Analysed:
        """What is computed of the chain, when it is first asked for.

        Raises
        ------
        OpentapeError
            If nothing can be.
        """
        return analysed(self.chain, *self._options, Given(), None)

    def cut(self, expiry: dt.date | None = None) -> Cut:
        """Return what one expiry holds, or all of them.

        Raises
        ------
        NoData
            If the chain does not list the expiry, or nothing of it is left.
        """
        found = self._cuts.get(expiry)
        if found is None:
            found = self._cuts[expiry] = self._cut(expiry)
        return found

    def book(self, expiry: dt.date | None = None) -> Book:
        """Return the settled book, cut to one expiry if it is given.

        Raises
        ------
        NoData
            As `cut`.
        """
        return self.cut(expiry).outline.book

    def flip(self, expiry: dt.date | None = None) -> Flip:
        """Return the spot of zero gamma of the settled book.

        Raises
        ------
        NoData
            As `cut`.
        """
        return self.cut(expiry).outline.flip

    @cached_property
    def marks(self) -> ChainMarks:
        """Vols and greeks in the order of contracts, as signals are enriched with them."""
        found = self.analysed
        marks = marks_of(found.chain, found.surface, found.skew)
        order = np.argsort(marks.contract)
        return ChainMarks._make(column[order] for column in marks)

    @cached_property
    def sides(self) -> Sides:
        """What the quotes say beyond their middles."""
        return sides(self.analysed)

    def _cut(self, expiry: dt.date | None) -> Cut:
        chain, held, whole = self.analysed.chain, self.analysed.held, self.analysed.book
        left = np.flatnonzero(of_expiry(chain, expiry) & held.live)
        if not left.size:
            raise NoData(f"every contract of {expiry or 'the chain'} has expired")
        book = Book(held.take(left), whole.spot, whole.options)
        outline = Outline(book, weighted=expiry is None)
        return Cut(expiry, chain.contract[left], outline)
