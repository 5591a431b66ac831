"""Crossings: spot through a price, the flip or a wall, for all rules at once.

Rules are columns: a view costs one look at each symbol and a few operations on arrays, and
only those whose side changed are looked at one by one. What a rule sees first is where it
begins; spot at a level counts as above it.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np

from opentape.desk.rules.pairs import Pair, Standing, nothing, pairs_of
from opentape.desk.rules.rule import Crossing, Firing, Found, LevelName, Rule, RuleKind
from opentape.desk.state.market import Market
from opentape.desk.state.name import Name
from opentape.desk.state.settled import SettledChain
from opentape.market.calendar import iso
from opentape.market.errors import OpentapeError

_SIDES: Final = {"": 0, "up": 1, "down": -1}
_NAMES: Final = {side: name for name, side in _SIDES.items()}
_ANY: Final = 0
_DIRECTIONS: Final = {Crossing.UP: 1, Crossing.DOWN: -1, Crossing.ANY: _ANY}


class Crossings:
    """Rules about spot."""

    def __init__(self, rules: Sequence[Rule], standing: Standing) -> None:
        mine = (one for one in rules if one.kind in {RuleKind.PRICE, RuleKind.LEVEL})
        self._pairs = pairs_of(mine, standing)
        self._symbols = sorted({one.symbol for one in self._pairs})
        at = {symbol: place for place, symbol in enumerate(self._symbols)}
        self._place = np.array([at[one.symbol] for one in self._pairs], np.int64)
        self._side = np.array([_SIDES[one.side] for one in self._pairs], np.int8)
        self._way = np.array([_DIRECTIONS[one.rule.crossing] for one in self._pairs])
        self._level = np.array(
            [np.nan if one.rule.price is None else one.rule.price for one in self._pairs]
        )
        self._named = defaultdict[str, list[int]](list)
        """Places of pairs whose level the chain names, by symbol."""
        for place, one in enumerate(self._pairs):
            if one.rule.kind is RuleKind.LEVEL:
                self._named[one.symbol].append(place)
        self._chains: dict[str, SettledChain | None] = {}

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to look for."""
        return not self._pairs

    def look(self, market: Market, now_ns: int) -> Found:
        """Return what a view brings."""
        found = nothing()
        if not self._pairs:
            return found
        moved = self._new_levels(market)
        names = market.names
        spots = np.array([_spot(names.get(symbol)) for symbol in self._symbols])
        spot = spots[self._place]
        known = ~(np.isnan(spot) | np.isnan(self._level))
        side = np.where(spot >= self._level, 1, -1).astype(np.int8)
        places: list[int] = np.flatnonzero(known & (side != self._side)).tolist()
        for at in places:
            silent = self._side[at] == 0 or at in moved
            self._side[at] = side[at]
            pair = self._pairs[at]
            pair.side = _NAMES[int(side[at])]
            if not silent and self._way[at] in {_ANY, side[at]}:
                passed = _Passed(float(spot[at]), float(self._level[at]))
                found.firings.extend(_fired(pair, passed, iso(market.as_of_ns), now_ns))
            found.stood.append(pair.stood())
        return found

    def _new_levels(self, market: Market) -> set[int]:
        """Take the levels of chains that are new; return whose side that may change.

        A wall is beyond spot by what it is: that a new one is, is no crossing. That the
        flip passed spot is one, whichever of them moved.
        """
        moved = set[int]()
        for symbol, places in self._named.items():
            name = market.names.get(symbol)
            chain = name and name.standing_chain
            if chain is self._chains.get(symbol, _ANY):
                continue
            self._chains[symbol] = chain
            levels = _levels(chain)
            for at in places:
                level = self._pairs[at].rule.level
                self._level[at] = np.nan if level is None else levels[level]
                if level is not LevelName.FLIP:
                    moved.add(at)
        return moved


class _Passed(NamedTuple):
    spot: float
    level: float


def _fired(pair: Pair, passed: _Passed, as_of: str, now_ns: int) -> Iterator[Firing]:
    """Yield the firing of a crossing, unless the rule is to be silent."""
    firing = pair.fire(
        now_ns,
        as_of,
        f"{as_of} {pair.side}",
        spot=passed.spot,
        level=passed.level,
        level_name=pair.rule.level,
        crossing=Crossing(pair.side),
    )
    if firing is not None:
        yield firing


def _spot(name: Name | None) -> float:
    """Return the newest price of an underlying, dollars; NaN where none is known."""
    if name is None:
        return np.nan
    if name.stock is not None:
        return name.stock.quote.price
    chain = name.standing_chain
    return np.nan if chain is None else _number(chain.chain.spot)


def _levels(chain: SettledChain | None) -> dict[LevelName, float]:
    if chain is None:
        return dict.fromkeys(LevelName, np.nan)
    try:
        outline = chain.cut().outline
    except OpentapeError:
        # nothing can be made of this chain: its levels are not known
        return dict.fromkeys(LevelName, np.nan)
    return {
        LevelName.FLIP: _number(outline.gamma_flip),
        LevelName.CALL_WALL: _number(outline.levels.call_wall_otm),
        LevelName.PUT_WALL: _number(outline.levels.put_wall_otm),
    }


def _number(value: float | None) -> float:
    return np.nan if value is None else value
