"""The live book beside the settled one: what today's flow has made of a chain."""

from opentape.desk.state.outline import Outline
from opentape.desk.state.settled import Cut
from opentape.market.errors import NoData
from opentape.positioning.positions import Floats
from opentape.positioning.shift import (
    described,
    direction,
    effective,
    interest,
    move,
)


class Live:
    """A settled book, the same with the open interest of now, and the way between.

    Parameters
    ----------
    settled
        The morning's book, which is not changed.
    simulated : float64, one a contract of the book
        Open interest as estimated now, below 0 where the estimate says so; NaN where
        nothing was traded.
    confidence
        How far the estimate is to be trusted, 0 to 1.

    Raises
    ------
    NoData
        If no contract of the book counts, for want of a vol or of open interest.
    """

    def __init__(self, settled: Cut, simulated: Floats, confidence: float) -> None:
        book = settled.outline.book
        official = book.positions.oi
        self.expiry = settled.expiry
        self.settled = settled.outline
        now = book.with_oi(effective(official, simulated))
        self.outline = Outline(now, weighted=settled.expiry is None)
        """The live book."""
        self.interest = interest(official, simulated)
        self.confidence = confidence
        # of the figures that are shown: what is said follows from them to the last cent
        self.gex = move(self.settled.net("gex"), self.outline.net("gex"))
        self.dex = move(self.settled.net("dex"), self.outline.net("dex"))
        turn = direction(
            self.gex.settled,
            self.gex.live,
            self.interest.contracts_with_flow,
            book.options,
        )
        if turn is None or self.gex.live is None:
            raise NoData("no contract has both a vol and an open interest")
        self.net_gex = self.gex.live
        self.direction = turn
        self.description = described(turn, self.gex, self.interest)
