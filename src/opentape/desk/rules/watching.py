"""Watching: all rules that are enabled, over what the engine tells and publishes."""

from collections.abc import Sequence

from opentape.desk.engine.record import Told
from opentape.desk.live import Event
from opentape.desk.rules.crossings import Crossings
from opentape.desk.rules.flows import Flows
from opentape.desk.rules.options import AlertOptions
from opentape.desk.rules.pairs import nothing
from opentape.desk.rules.ports import ReadCondition, Rules
from opentape.desk.rules.rule import Found
from opentape.desk.rules.signals import SignalRules
from opentape.desk.state.market import Market


class Watching:
    """Looks whether rules fire; belongs to one thread.

    How rules stand is remembered here as soon as it is found; whoever asks must keep it.
    """

    def __init__(self, rules: Rules, read: ReadCondition, options: AlertOptions) -> None:
        self._rules, self._read_condition, self._options = rules, read, options
        self._changes = -1
        self._read()

    @property
    def looks_at_views(self) -> bool:
        """Whether any rule is about what a view shows."""
        return not (self._crossings.is_empty and self._flows.is_empty)

    @property
    def looks_at_signals(self) -> bool:
        """Whether any rule is about signals."""
        return not self._signals.is_empty

    def refresh(self) -> None:
        """Take in rules that were changed; all that was found before must be kept."""
        if self._rules.changes() != self._changes:
            self._read()

    def told(self, links: Sequence[Told], now_ns: int) -> Found:
        """Return what signals bring that are new."""
        found = nothing()
        for link in links:
            if link.event is Event.NEW and link.signal is not None:
                found.add(self._signals.look(link.signal, now_ns))
        return found

    def published(self, market: Market, now_ns: int) -> Found:
        """Return what a view brings."""
        found = self._crossings.look(market, now_ns)
        found.add(self._flows.look(market, now_ns))
        return found

    def _read(self) -> None:
        changes = self._rules.changes()
        rules, stood = self._rules.watched(), self._rules.standing()
        standing = {(one.rule_id, one.symbol): one for one in stood}
        self._crossings = Crossings(rules, standing)
        self._flows = Flows(rules, standing, self._options.flow_every_s)
        self._signals = SignalRules(rules, standing, self._read_condition)
        self._changes = changes
