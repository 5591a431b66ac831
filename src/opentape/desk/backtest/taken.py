"""A feed taken as a session, entry by entry, as fast as it comes."""

from collections.abc import Iterator

from opentape.desk.engine.intake import Intake
from opentape.desk.journal.ports import Entry, Sessions, Settled, Solved
from opentape.desk.journal.spelling import spell_beside, spell_method
from opentape.desk.options import Method
from opentape.desk.outcomes.played import STEP_NS
from opentape.desk.ports import Feed, Tick
from opentape.desk.state.beside import Beside
from opentape.market.chain import Chain
from opentape.market.columns import PrintBatch
from opentape.market.errors import BadFile


class Played:
    """One session of a feed, read once; fills `Taken`.

    A chain counts from the instant on at which it came, as if it were solved at once.

    Parameters
    ----------
    feed
        In steps of `STEP_NS`.
    beside
        What is known beside the feed.
    sessions
        Where it is kept besides; nowhere unless given.
    """

    def __init__(
        self,
        feed: Feed,
        method: Method,
        beside: Beside,
        sessions: Sessions | None = None,
    ) -> None:
        self._intake = Intake(feed, sessions)
        self._settled = Settled(spell_method(method), spell_beside(beside))
        journal = self._intake.journal
        self.date, self.contracts = journal.date, journal.contracts
        self.stocks = journal.stocks

    def entries(self, first: int = 0, until_ns: int | None = None) -> Iterator[Entry]:
        """Yield all, whatever is asked for.

        Raises
        ------
        BadFile
            If the feed is of more than one session.
        """
        del first, until_ns
        intake = self._intake
        yield intake.keep(self._settled, ())
        for fact in intake.facts():
            if intake.ends_before(fact):
                raise BadFile(
                    f"a tape must be of one session to tell outcomes, begins on {self.date}"
                )
            yield intake.keep(fact, ())
            if isinstance(fact, Chain):
                yield intake.keep(Solved(fact.underlying, fact.as_of), ())
            elif isinstance(fact, PrintBatch):
                yield self._passed((int(fact.ts_event[-1]) // STEP_NS + 1) * STEP_NS)
        intake.journal.close()

    def _passed(self, now_ns: int) -> Entry:
        """Let the step of a print end: what is silent for long enough closes with it."""
        entry = self._intake.keep(Tick(now_ns), ())
        self._intake.tick(now_ns)
        return entry
