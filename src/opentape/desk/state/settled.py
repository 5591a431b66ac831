"""The settled chain of an underlying, and what is made of it once, when first asked."""

import datetime as dt
from functools import cached_property

from opentape.desk.chain.analysed import Analysed, of_expiry
from opentape.desk.chain.settle import marks_of
from opentape.flow.judge.enrich import ChainMarks
from opentape.market.errors import NoData, NotFound
from opentape.positioning.book import Book
from opentape.positioning.flip import Flip


class SettledChain:
    """A chain with the morning's open interest; shared by every view that it is part of."""

    def __init__(self, analysed: Analysed) -> None:
        self.analysed = analysed
        self._books: dict[dt.date | None, Book] = {None: analysed.book}
        self._flips: dict[dt.date | None, Flip] = {}

    def book(self, expiry: dt.date | None = None) -> Book:
        """Return the settled book, cut to one expiry if it is given.

        Raises
        ------
        NoData
            If the chain does not list the expiry.
        """
        if expiry not in self._books:
            chain, held = self.analysed.chain, self.analysed.held
            try:
                mine = of_expiry(chain, held, expiry)
            except NotFound as error:
                raise NoData(str(error)) from error
            whole = self.analysed.book
            self._books[expiry] = Book(mine, whole.spot, whole.options)
        return self._books[expiry]

    def flip(self, expiry: dt.date | None = None) -> Flip:
        """Return the spot of zero gamma of the settled book.

        Raises
        ------
        NoData
            If the chain does not list the expiry.
        """
        if expiry not in self._flips:
            self._flips[expiry] = self.book(expiry).flip(weighted=expiry is None)
        return self._flips[expiry]

    @cached_property
    def marks(self) -> ChainMarks:
        """Vols and greeks by contract, as signals are enriched with them."""
        analysed = self.analysed
        return marks_of(analysed.chain, analysed.surface, analysed.skew)
