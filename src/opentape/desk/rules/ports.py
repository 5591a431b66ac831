"""What rules need from the outside."""

from collections.abc import Callable
from typing import NamedTuple, Protocol, TypeAlias

from opentape.desk.rules.rule import Fired, Rule, Stood
from opentape.flow.signal import Signal

Condition: TypeAlias = Callable[[Signal], bool]
"""Whether something is known to hold for a signal."""


class ReadCondition(Protocol):
    """Reads conditions on signals."""

    def __call__(self, text: str) -> Condition:
        """Return a condition.

        Raises
        ------
        BadField
            If it is none.
        """
        ...


class KeptFiring(NamedTuple):
    """A firing as it is kept."""

    seq: int
    """Its place among all."""
    fired: Fired


class Rules(Protocol):
    """Keeps rules and their firings; several processes may write at once."""

    def changes(self) -> int:
        """Return a number that moves whenever a rule changes; cheap."""
        ...

    def watched(self) -> list[Rule]:
        """Return those that are enabled and whose key is valid, oldest first."""
        ...

    def standing(self) -> list[Stood]:
        """Return how rules stand."""
        ...

    def of(self, key_id: str) -> list[Rule]:
        """Return those of a key, oldest first."""
        ...

    def put(self, rule: Rule) -> None:
        """Keep a rule, in place of the one with its id; how that stood is forgotten."""
        ...

    def remove(self, rule_id: str) -> None:
        """Forget a rule and its firings."""
        ...

    def firings(self, rule_id: str, before: int | None, most: int) -> list[KeptFiring]:
        """Return firings of a rule, newest first, before a place."""
        ...
