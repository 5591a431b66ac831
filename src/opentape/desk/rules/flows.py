"""Flows: what flow does to dealers' gamma, for those who want to know when that changes."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from opentape.desk.rules.pairs import Pair, Standing, nothing, pairs_of
from opentape.desk.rules.rule import Found, Rule, RuleKind
from opentape.desk.state.market import Market
from opentape.desk.state.name import Name
from opentape.market.calendar import iso
from opentape.market.errors import OpentapeError
from opentape.positioning.shift import Direction

_SECOND_NS: Final = 10**9


class Flows:
    """Rules about what flow does; the live book of a symbol is looked at now and then."""

    def __init__(self, rules: Sequence[Rule], standing: Standing, every_s: float) -> None:
        self._every_ns = round(every_s * _SECOND_NS)
        self._pairs = defaultdict[str, list[Pair]](list)
        for one in pairs_of((o for o in rules if o.kind is RuleKind.FLOW), standing):
            self._pairs[one.symbol].append(one)
        self._due_ns: dict[str, int] = {}

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to look for."""
        return not self._pairs

    def look(self, market: Market, now_ns: int) -> Found:
        """Return what a view brings."""
        found = nothing()
        for symbol, pairs in self._pairs.items():
            name = market.names.get(symbol)
            if name is None or now_ns < self._due_ns.get(symbol, 0):
                continue
            self._due_ns[symbol] = now_ns + self._every_ns
            direction = _direction(name)
            for pair in pairs if direction else ():
                _turn(found, pair, direction, iso(market.as_of_ns), now_ns)
        return found


def _turn(
    found: Found, pair: Pair, direction: Direction | None, as_of: str, now_ns: int
) -> None:
    if direction is None or pair.side == direction:
        return
    before = Direction(pair.side) if pair.side else None
    pair.side = direction.value
    wanted = pair.rule.directions
    if before is not None and (not wanted or direction in wanted):
        cause = f"{as_of} {direction}"
        firing = pair.fire(now_ns, as_of, cause, direction=direction, before=before)
        if firing is not None:
            found.firings.append(firing)
    found.stood.append(pair.stood())


def _direction(name: Name) -> Direction | None:
    try:
        return name.live().direction
    except OpentapeError:
        # without a chain nothing is known of it
        return None
