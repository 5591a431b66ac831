"""One rule: what is asked of a server, which of the answers matter, and when."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from opentape.client.ask import Ask
from opentape.client.wire import asks
from opentape.client.wire.replies import FlowSummaryReply, SignalsReply
from opentape.scanner.rules.errors import BadRule
from opentape.scanner.rules.expression import Condition, condition
from opentape.scanner.rules.facts import FLOW, Facts

NEW_YORK: Final = ZoneInfo("America/New_York")
TODAY: Final = "today"
_SPAN: Final = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")


class Query(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a server is asked for: it looks only at this."""

    window_minutes: Annotated[int, Meta(ge=1, le=10_080)] = 240
    """How far back."""
    min_score: Annotated[int, Meta(ge=0, le=100)] = 0
    intent: Literal["bullish", "bearish", "neutral"] | None = None
    structure: Literal["sweep", "block"] | None = None
    expiry: Annotated[str, Meta(pattern=r"^(today|\d{4}-\d{2}-\d{2})$")] | None = None
    """A date, or ``today`` in New York."""
    limit: Annotated[int, Meta(ge=1, le=500)] = 50
    """Signals of an answer; which are golden is decided among them."""

    def ask(self, symbol: str, today: dt.date) -> Ask[SignalsReply]:
        """Return the question about a symbol."""
        return asks.flow_signals(
            symbol,
            window_minutes=self.window_minutes,
            min_score=self.min_score,
            limit=self.limit,
            intent=self.intent,
            structure=self.structure,
            expiry=today.isoformat() if self.expiry == TODAY else self.expiry,
        )

    def keeps(self, facts: Facts) -> bool:
        """Return whether a signal that came from elsewhere would be in the answer.

        The window and the limit are the caller's to hold.
        """
        signal = facts.signal
        today = self.expiry == TODAY
        fits = signal.dte == 0 if today else self.expiry in {None, signal.expiry}
        return (
            fits
            and (signal.score or 0) >= self.min_score
            and self.intent in {None, signal.intent}
            and self.structure in {None, signal.structure}
        )


class Span(msgspec.Struct, frozen=True):
    """A part of the day in New York; it may go past midnight."""

    begin: dt.time
    end: dt.time

    def __contains__(self, moment: dt.datetime) -> bool:
        """Return whether an instant lies in it, its end left out."""
        at = moment.astimezone(NEW_YORK).time()
        if self.begin <= self.end:
            return self.begin <= at < self.end
        return at >= self.begin or at < self.end


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """Which signals of which symbols matter, and whom they are told to."""

    name: str
    symbols: tuple[str, ...] = ()
    """Empty: the watchlist that it is run with."""
    query: Query = Query()
    when: Condition | None = None
    """None: all that the query finds."""
    cooldown_minutes: float = 0
    """After an alert about a symbol this rule says no more of it for so long."""
    quiet: tuple[Span, ...] = ()
    """When it says nothing."""
    to: tuple[str, ...] = ()
    """Names of destinations; empty: all there are."""

    @property
    def needs_flow(self) -> bool:
        """Whether it looks at what flow does to dealers, which is a question more."""
        names = self.when.names if self.when is not None else frozenset[str]()
        return any(name.startswith(FLOW) for name in names)

    def holds(self, facts: Facts) -> bool:
        """Return whether a signal of the answer matters."""
        return self.when is None or self.when(facts)

    def takes(self, facts: Facts) -> bool:
        """Return whether a signal that came from elsewhere than an answer matters."""
        return self.query.keeps(facts) and self.holds(facts)

    def chosen(
        self, symbol: str, reply: SignalsReply, flow: FlowSummaryReply | None = None
    ) -> Iterator[Facts]:
        """Yield what matters in an answer, in its order."""
        return filter(self.holds, facts_of(symbol, reply, flow))


def facts_of(
    symbol: str, reply: SignalsReply, flow: FlowSummaryReply | None = None
) -> Iterable[Facts]:
    """Yield the signals of an answer and what stood beside them."""
    # a server without a chain says 0
    spot = reply.underlying_price or None
    for signal in reply.signals:
        yield Facts(symbol, signal, spot, reply.chain, flow)


def span(text: str) -> Span:
    """Return a part of the day from its text.

    Raises
    ------
    BadRule
        If it is none.

    Examples
    --------
    >>> span("16:15-09:30").begin
    datetime.time(16, 15)
    """
    found = _SPAN.fullmatch(text.strip())
    try:
        first, minute, last, end = map(int, found.groups() if found else ())
        return Span(dt.time(first, minute), dt.time(last, end))
    except ValueError as error:
        raise BadRule(f"quiet hours are HH:MM-HH:MM in New York, was {text!r}") from error


def made(name: str, query: Query, when: str | None, **given: Any) -> Rule:
    """Return a rule with its condition read.

    Raises
    ------
    BadRule
        If the condition is none.
    """
    read = condition(when) if when else None
    return Rule(name=name, query=query, when=read, **given)
