"""Pairs: one rule and one symbol, how it stands, and whether it may fire."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from opentape.desk.rules.rule import Fired, Firing, Found, Rule, Stood, firing_id
from opentape.market.calendar import iso

_MINUTE_NS: Final = 60 * 10**9
Standing = Mapping[tuple[str, str], Stood]
"""How rules stood, by rule and symbol."""


class Pair:
    """A rule, for one symbol."""

    def __init__(self, rule: Rule, symbol: str, standing: Standing) -> None:
        self.rule, self.symbol = rule, symbol
        stood = standing.get((rule.id, symbol))
        self.side = stood.side if stood else ""
        self._fired_ns = stood.fired_ns if stood else None

    def fire(self, now_ns: int, as_of: str, cause: str, **told: Any) -> Firing | None:
        """Return a firing; None while the rule is to be silent.

        Parameters
        ----------
        as_of
            The tape's clock, as the wire spells it.
        cause
            What it came of: told again, it is the same firing.
        """
        quiet_ns = round(self.rule.cooldown_minutes * _MINUTE_NS)
        if self._fired_ns is not None and now_ns - self._fired_ns < quiet_ns:
            return None
        self._fired_ns = now_ns
        rule = self.rule
        fired = Fired(
            id=firing_id(rule.id, self.symbol, cause),
            rule=rule.id,
            name=rule.name,
            kind=rule.kind,
            symbol=self.symbol,
            timestamp=iso(now_ns),
            as_of=as_of,
            **told,
        )
        return Firing(rule.key_id, now_ns, fired)

    def stood(self) -> Stood:
        """Return how it stands now."""
        return Stood(self.rule.id, self.symbol, self.side, self._fired_ns)


def pairs_of(rules: Iterable[Rule], standing: Standing) -> list[Pair]:
    """Return a pair for every symbol that a rule names."""
    return [Pair(rule, symbol, standing) for rule in rules for symbol in rule.symbols]


def nothing() -> Found:
    """Return that nothing was found."""
    return Found([], [])
