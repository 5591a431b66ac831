"""Rules held against the market as it stood, as `watch` holds them against a server."""

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec

from opentape.client.answer import read
from opentape.client.wire.replies import FlowSummaryReply, SignalsReply
from opentape.desk.ask.book.flow import flow_summary
from opentape.desk.ask.book.levels import FlowQuery
from opentape.desk.ask.signals import SignalsQuery, signals
from opentape.desk.backtest.ruled import Fired
from opentape.desk.backtest.walked import Moment
from opentape.desk.outcomes.columns import Recalled
from opentape.desk.state.market import Market
from opentape.market.errors import NotFound
from opentape.scanner.following import Question, questions
from opentape.scanner.rules.facts import Facts
from opentape.scanner.rules.rule import NEW_YORK, Rule
from opentape.scanner.watching.chooser import Chooser
from opentape.scanner.watching.memory import IN_MEMORY, Memory

_ONE: Final = ("backtest",)


class Firing:
    """What rules take of each moment: each signal once a rule, as it would be told.

    Parameters
    ----------
    symbols
        Those of rules that name none; empty for every underlying.
    """

    def __init__(self, rules: Sequence[Rule], symbols: Sequence[str]) -> None:
        self._rules, self._symbols = tuple(rules), tuple(symbols)
        self._now_ns = 0
        self._memories = [Memory(IN_MEMORY) for _ in rules]
        self._choosers = [
            Chooser(memory, rule.to or _ONE, lambda: self._now_ns)
            for memory, rule in zip(self._memories, rules, strict=True)
        ]
        self._asked = lru_cache(maxsize=None)(self._questions)
        self.fired: list[Fired] = []
        """In the order of time."""

    def hear(self, moment: Moment) -> None:
        """Ask what the rules want to know of what was just told of."""
        self._now_ns = moment.instant_ns
        asked = [one for symbol in moment.symbols for one in self._asked(symbol)]
        if asked:
            market = moment.market()
            for one in asked:
                self.fired += self._taken(one, market)

    def take(self) -> list[Fired]:
        """Return what fired since this was asked last."""
        taken, self.fired = self.fired, []
        for memory in self._memories:
            memory.prune(self._now_ns)
        return taken

    def close(self) -> None:
        """Forget everything."""
        for memory in self._memories:
            memory.close()

    def _questions(self, symbol: str) -> list[Question]:
        mine = [
            rule
            for rule in self._rules
            if symbol in (rule.symbols or self._symbols or (symbol,))
        ]
        found = questions(mine, (symbol,))
        return [one for one in found if one.symbol == symbol]

    def _taken(self, asked: Question, market: Market) -> Iterator[Fired]:
        reply = _answered(asked, market)
        flow = _flow(asked.symbol, market) if asked.needs_flow else None
        for rule in asked.rules:
            at = self._rules.index(rule)
            mine = asked._replace(rules=(rule,))
            for alert in self._choosers[at].take(mine, reply, flow):
                yield Fired(at, self._now_ns, alert.key, _recalled(alert.facts))


def _answered(asked: Question, market: Market) -> SignalsReply:
    """Return what a server would have answered."""
    today = dt.datetime.fromtimestamp(market.as_of_ns // 10**9, NEW_YORK).date()
    wanted = asked.query.ask(asked.symbol, today).query
    given = {name: value for name, value in wanted.items() if value is not None}
    query = msgspec.convert(given, SignalsQuery)
    return _read(signals(market, asked.symbol, query), SignalsReply)


def _flow(symbol: str, market: Market) -> FlowSummaryReply | None:
    try:
        return _read(flow_summary(market.name(symbol), FlowQuery()), FlowSummaryReply)
    except NotFound:
        return None


def _read(reply: msgspec.Struct, kind: type[Any]) -> Any:
    return read(msgspec.json.encode(reply), kind, "a question about the past")


def _recalled(facts: Facts) -> Recalled:
    return msgspec.convert({"symbol": facts.symbol} | facts.signal.to_dict(), Recalled)
