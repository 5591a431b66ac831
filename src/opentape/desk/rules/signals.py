"""Signals: which of those that are new a condition holds for."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from opentape.desk.rules.pairs import Pair, Standing, nothing
from opentape.desk.rules.ports import Condition, ReadCondition
from opentape.desk.rules.rule import Found, Rule, RuleKind
from opentape.flow.signal import Signal


class _Asked(NamedTuple):
    rule: Rule
    holds: Condition | None


class SignalRules:
    """Rules about signals."""

    def __init__(
        self, rules: Sequence[Rule], standing: Standing, read: ReadCondition
    ) -> None:
        self._standing = standing
        self._by_symbol = defaultdict[str, list[_Asked]](list)
        self._of_all: list[_Asked] = []
        self._pairs: dict[tuple[str, str], Pair] = {}
        for rule in (one for one in rules if one.kind is RuleKind.SIGNAL):
            asked = _Asked(rule, None if rule.when is None else read(rule.when))
            for symbol in rule.symbols:
                self._by_symbol[symbol].append(asked)
            if not rule.symbols:
                self._of_all.append(asked)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to look for."""
        return not (self._of_all or self._by_symbol)

    def look(self, signal: Signal, now_ns: int) -> Found:
        """Return what a new signal brings."""
        found = nothing()
        for rule, holds in self._asked(signal.symbol):
            if holds is not None and not holds(signal):
                continue
            pair = self._pair(rule, signal.symbol)
            firing = pair.fire(now_ns, signal.last_ts, signal.id, signal=signal)
            if firing is not None:
                found.firings.append(firing)
                found.stood.append(pair.stood())
        return found

    def _asked(self, symbol: str) -> Iterator[_Asked]:
        yield from self._of_all
        yield from self._by_symbol.get(symbol, ())

    def _pair(self, rule: Rule, symbol: str) -> Pair:
        key = rule.id, symbol
        if key not in self._pairs:
            self._pairs[key] = Pair(rule, symbol, self._standing)
        return self._pairs[key]
