"""Which signals of an answer are told, where, and by which rules."""

import datetime as dt
from collections.abc import Callable, Sequence

from opentape.client.wire.replies import FlowSummaryReply, SignalsReply
from opentape.scanner.following import Question
from opentape.scanner.lines import key_of
from opentape.scanner.rules.facts import Facts
from opentape.scanner.rules.rule import Rule
from opentape.scanner.sinks.alert import Alert
from opentape.scanner.watching.memory import Memory

_MINUTE_NS = 60 * 10**9


class Chooser:
    """Holds answers against rules and writes down what is to be told.

    Parameters
    ----------
    destinations
        Names of all there are.
    now_ns
        Nanoseconds since 1970 UTC.
    """

    def __init__(
        self, memory: Memory, destinations: Sequence[str], now_ns: Callable[[], int]
    ) -> None:
        self._memory = memory
        self._all = tuple(destinations)
        self._now_ns = now_ns

    def take(
        self,
        asked: Question,
        reply: SignalsReply,
        flow: FlowSummaryReply | None,
        *,
        tell: bool = True,
    ) -> list[Alert]:
        """Return what is new in an answer, once it is written down; the oldest first.

        Parameters
        ----------
        tell
            If not, what is new is remembered and never told.
        """
        chosen = dict[str, tuple[Facts, list[Rule]]]()
        for rule in asked.rules:
            for facts in rule.chosen(asked.symbol, reply, flow):
                key = key_of(asked.symbol, facts.signal)
                chosen.setdefault(key, (facts, []))[1].append(rule)
        oldest_first = sorted(chosen.items(), key=lambda one: one[1][0].signal.ts or "")
        with self._memory.together():
            found = [self._weigh(key, *told, tell=tell) for key, told in oldest_first]
        return [alert for alert in found if alert is not None]

    def _weigh(
        self, key: str, facts: Facts, rules: Sequence[Rule], *, tell: bool
    ) -> Alert | None:
        now_ns, memory = self._now_ns(), self._memory
        wanted = {rule.name: set(rule.to or self._all) for rule in rules}
        every = [name for name in self._all if any(name in to for to in wanted.values())]
        fresh = memory.fresh(key, every, now_ns)
        if not fresh:
            return None
        speaking = [
            rule for rule in rules if tell and not self._silent(rule, facts, now_ns)
        ]
        told = [n for n in fresh if any(n in wanted[rule.name] for rule in speaking)]
        memory.hold(key, [name for name in fresh if name not in told], now_ns)
        if not told:
            return None
        for rule in speaking:
            if rule.cooldown_minutes:
                until_ns = now_ns + round(rule.cooldown_minutes * _MINUTE_NS)
                memory.cool(rule.name, facts.symbol, until_ns)
        at = dt.datetime.fromtimestamp(now_ns // 10**9, dt.UTC)
        names = tuple(rule.name for rule in speaking)
        alert = Alert(key=key, rules=names, facts=facts, at=at)
        memory.owe(alert, told, now_ns)
        return alert

    def _silent(self, rule: Rule, facts: Facts, now_ns: int) -> bool:
        moment = dt.datetime.fromtimestamp(now_ns // 10**9, dt.UTC)
        quiet = any(moment in span for span in rule.quiet)
        return quiet or self._memory.cooling(rule.name, facts.symbol, now_ns)
