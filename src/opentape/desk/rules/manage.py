"""What owners of rules do with them."""

from typing import Any, Final

import msgspec
from msgspec import UNSET

from opentape.desk.clock import Clock
from opentape.desk.keys.gates import Gates, Question
from opentape.desk.keys.key import Key
from opentape.desk.rules import replies
from opentape.desk.rules.asked import AlertChange, FiringsQuery, NewAlert
from opentape.desk.rules.options import AlertOptions
from opentape.desk.rules.ports import ReadCondition, Rules
from opentape.desk.rules.rule import Crossing, Rule, RuleKind, new_rule_id
from opentape.desk.webhooks.manage import place_of
from opentape.market.calendar import trade_date
from opentape.market.errors import BadField, NotFound
from opentape.market.roots import clean_symbol

_ABOUT: Final = {
    RuleKind.LEVEL: "/v1/flow/levels",
    RuleKind.FLOW: "/v1/flow/summary",
    RuleKind.SIGNAL: "/v1/flow/signals",
}
"""Where what a rule watches can be asked for."""
_OF_KINDS: Final = {
    "price": {RuleKind.PRICE},
    "level": {RuleKind.LEVEL},
    "crossing": {RuleKind.PRICE, RuleKind.LEVEL},
    "directions": {RuleKind.FLOW},
    "when": {RuleKind.SIGNAL},
}
"""Which kinds of rules a field is for."""
_USUAL: Final = {"crossing": Crossing.ANY, "directions": ()}


class Alerts:
    """The rules of all keys; each key sees its own."""

    def __init__(
        self,
        rules: Rules,
        read: ReadCondition,
        gates: Gates,
        options: AlertOptions,
        clock: Clock,
    ) -> None:
        self._rules, self._read, self._gates = rules, read, gates
        self._options, self._clock = options, clock

    def list(self, key: Key) -> replies.AlertsReply:
        """Return the rules of a key."""
        found = [replies.alert(one) for one in self._rules.of(key.id)]
        return replies.AlertsReply(data=found, count=len(found))

    def make(self, key: Key, wish: NewAlert) -> replies.Alert:
        """Make a rule.

        Raises
        ------
        BadField
            If it cannot be watched, or the key has as many as it may.
        PlanTooLow
            If the key may not ask for what it watches.
        """
        most = self._options.most_rules
        if len(self._rules.of(key.id)) >= most:
            raise BadField(f"a key must have {most} alerts or fewer", "kind")
        made = Rule(
            id=new_rule_id(),
            key_id=key.id,
            created_ns=self._clock.wall_ns(),
            **msgspec.structs.asdict(wish),
        )
        return self._kept(key, made)

    def one(self, key: Key, rule_id: str) -> replies.Alert:
        """Return one rule of a key."""
        return replies.alert(self._mine(key, rule_id))

    def change(self, key: Key, rule_id: str, change: AlertChange) -> replies.Alert:
        """Change a rule; what it saw before is forgotten. Raises as `make`."""
        given = msgspec.structs.asdict(change)
        changed = {name: value for name, value in given.items() if value is not UNSET}
        old = self._mine(key, rule_id)
        return self._kept(key, msgspec.structs.replace(old, **changed))

    def remove(self, key: Key, rule_id: str) -> replies.RemovedAlertReply:
        """Forget a rule and its firings."""
        self._rules.remove(self._mine(key, rule_id).id)
        return replies.RemovedAlertReply(id=rule_id)

    def firings(self, key: Key, rule_id: str, query: FiringsQuery) -> replies.FiringsReply:
        """Return a page of a rule's firings, newest first."""
        mine = self._mine(key, rule_id)
        page = self._rules.firings(mine.id, place_of(query.cursor), query.limit + 1)
        shown = page[: query.limit]
        more = len(page) > query.limit
        return replies.FiringsReply(
            data=[one.fired for one in shown],
            next_cursor=str(shown[-1].seq) if more else None,
        )

    def _mine(self, key: Key, rule_id: str) -> Rule:
        for one in self._rules.of(key.id):
            if one.id == rule_id:
                return one
        raise NotFound("an alert must be one that this key has made")

    def _kept(self, key: Key, rule: Rule) -> replies.Alert:
        symbols = tuple(dict.fromkeys(map(clean_symbol, rule.symbols)))
        rule = msgspec.structs.replace(rule, symbols=symbols)
        _check(rule)
        if rule.when is not None:
            self._read(rule.when)
        self._check_plan(key, rule)
        self._rules.put(rule)
        return replies.alert(rule)

    def _check_plan(self, key: Key, rule: Rule) -> None:
        today = trade_date(self._clock.wall_ns())
        for symbol in rule.symbols or ("",):
            query = {"symbol": symbol} if symbol else {}
            path = _ABOUT.get(rule.kind, "/stockquote")
            self._gates.check(key.plan, Question(path, query, today))


def _check(rule: Rule) -> None:
    """See that a rule has what its kind needs, and nothing else.

    Raises
    ------
    BadField
        If it has not.
    """
    for field, kinds in _OF_KINDS.items():
        if rule.kind not in kinds and getattr(rule, field) != _USUAL.get(field):
            raise BadField(f"{field} is not for alerts of kind {rule.kind}", field)
    if rule.kind is not RuleKind.SIGNAL and not rule.symbols:
        raise BadField(f"symbols is required for alerts of kind {rule.kind}", "symbols")
    needed: dict[RuleKind, Any] = {
        RuleKind.PRICE: rule.price,
        RuleKind.LEVEL: rule.level,
    }
    if needed.get(rule.kind, rule) is None:
        raise BadField(f"{rule.kind} is required for alerts of that kind", rule.kind)
