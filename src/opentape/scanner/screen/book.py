"""What the live view knows: signals by their key, and which of them are wanted."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from opentape.client.wire.replies import FlowSummaryReply, SignalsReply
from opentape.scanner.following import Question
from opentape.scanner.lines import key_of
from opentape.scanner.rules.expression import Condition
from opentape.scanner.rules.facts import Facts
from opentape.scanner.rules.presets import PRESETS, preset
from opentape.scanner.rules.rule import Rule, facts_of

MOST = 2_000
"""Signals that are held; the oldest are let go."""


class Order(StrEnum):
    """What comes first."""

    TIME = "newest"
    SCORE = "score"
    PREMIUM = "premium"


class Wanted(NamedTuple):
    """Which signals are shown, and in which order."""

    symbol: str | None = None
    intent: str | None = None
    min_score: int = 0
    preset: str | None = None
    when: Condition | None = None
    order: Order = Order.TIME

    @property
    def text(self) -> str:
        """What is filtered, in a few words; empty if nothing is."""
        parts = (
            self.symbol,
            self.intent,
            f"score {self.min_score}+" if self.min_score else None,
            self.preset,
            self.when.text if self.when else None,
        )
        return ", ".join(part for part in parts if part)

    def rule(self) -> Rule:
        """Return the preset as a rule; one that takes all where there is none."""
        if self.preset is None or self.preset not in PRESETS:
            return Rule(name="all")
        return preset(self.preset)

    def holds(self, facts: Facts, rule: Rule) -> bool:
        """Return whether a signal is shown."""
        signal = facts.signal
        return (
            self.symbol in {None, facts.symbol}
            and self.intent in {None, signal.intent}
            and (signal.score or 0) >= self.min_score
            and (self.preset is None or rule.takes(facts))
            and (self.when is None or self.when(facts))
        )


class Book:
    """Signals by their key, the newest answer of each."""

    def __init__(self) -> None:
        self._facts = dict[str, Facts]()
        self.new = set[str]()
        """Keys that came with the last answer of their symbol."""
        self.spots = dict[str, Facts]()
        """The newest answer of each symbol, for its spot and levels."""

    def take(
        self, asked: Question, reply: SignalsReply, flow: FlowSummaryReply | None
    ) -> None:
        """Take an answer."""
        found = {
            key_of(asked.symbol, facts.signal): facts
            for facts in facts_of(asked.symbol, reply, flow)
        }
        self.new = found.keys() - self._facts.keys()
        self._facts |= found
        if found:
            self.spots[asked.symbol] = next(iter(found.values()))
        for key in [key for key, _ in newest(self._facts.items())][MOST:]:
            del self._facts[key]

    def __len__(self) -> int:
        return len(self._facts)

    def get(self, key: str) -> Facts | None:
        """Return a signal by its key."""
        return self._facts.get(key)

    def shown(self, wanted: Wanted) -> list[tuple[str, Facts]]:
        """Return what is wanted, by key, in the order that is wanted."""
        rule = wanted.rule()
        found = [
            (key, facts)
            for key, facts in newest(self._facts.items())
            if wanted.holds(facts, rule)
        ]
        if wanted.order is Order.SCORE:
            found.sort(key=lambda one: -(one[1].signal.score or 0))
        elif wanted.order is Order.PREMIUM:
            found.sort(key=lambda one: -(one[1].signal.premium or 0.0))
        return found


def newest(items: Iterable[tuple[str, Facts]]) -> list[tuple[str, Facts]]:
    """Return signals with the newest first."""
    return sorted(items, key=lambda one: one[1].signal.ts or "", reverse=True)
