"""What came after the signals of the sessions that are over."""

from typing import Annotated, Protocol

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from opentape.desk.outcomes.outcomes import Outcomes
from opentape.desk.outcomes.outcomes import outcomes as measured
from opentape.desk.outcomes.record import MOST, Record
from opentape.desk.state.market import Market
from opentape.market.calendar import trade_date


class OutcomesQuery(msgspec.Struct, frozen=True, kw_only=True):
    """How far back."""

    sessions: Annotated[int, Meta(ge=1, le=MOST)] = 20
    """The newest sessions before that of the answer, at most so many."""


class Remembering(Protocol):
    """What remembers sessions that are over."""

    @property
    def record(self) -> Record:
        """Their signals, and what came after."""
        ...


def outcomes(market: Market, past: Remembering | None, query: OutcomesQuery) -> Outcomes:
    """Return what came after signals; nothing where no sessions are kept."""
    score = market.options.score
    if past is None:
        return measured([], score)
    found = past.record.before(trade_date(market.as_of_ns), query.sessions)
    return replace(measured(found.sessions, score), left_out=found.left_out)
