"""Orders: what the engine takes for a bet, and what each order was."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.desk.audit.evidence import Evidence
from opentape.desk.audit.overlap import Orders, any_of, by_order, majorities, orders_of
from opentape.desk.audit.tally import Tally, share
from opentape.flow.signal import Intent
from opentape.market.conditions import FLAG_MASK, FLAGS

_MULTI_LEG: Final = FLAGS.index("multi_leg")


def order_tallies(evidence: Evidence) -> Iterator[Tally]:
    """Yield how often legs, rolls and hedges are shown as bullish or bearish.

    An order is shown so if one of its prints is in a bullish or bearish signal. A leg
    carries the flag ``multi_leg`` if all its prints do, and has no letters if none does.
    """
    orders = orders_of(evidence)
    shown = evidence.shown
    directional = any_of(evidence, orders, shown != 0)
    wrong = any_of(evidence, orders, (shown != 0) & (shown != evidence.truth.direction))
    leg = orders.real & (by_order(evidence, orders, evidence.truth.package) != 0)
    lettered = FLAG_MASK[evidence.prints.condition] >> _MULTI_LEG & 1 == 1
    some_letters = any_of(evidence, orders, lettered)
    bare = any_of(evidence, orders, ~lettered)
    yield share("legs_directional", "all", directional[leg])
    yield share("legs_against_package", "all", wrong[leg])
    yield share("legs_flagged", "all", ~bare[leg])
    yield share("legs_without_letters", "all", ~some_letters[leg])
    unlettered = leg & ~some_letters
    yield share("legs_directional", "without letters", directional[unlettered])
    for name, column in (
        ("rolls_directional", evidence.truth.roll),
        ("hedges_directional", evidence.truth.hedge),
    ):
        mine = by_order(evidence, orders, column).astype(np.bool_)
        yield share(name, "all", directional[mine])
        large = mine & (orders.size >= evidence.options.gather.block_min_contracts)
        yield share(name, "block-sized", directional[large])


def direction_tallies(evidence: Evidence) -> Iterator[Tally]:
    """Yield how often bullish and bearish signals say what their order bets on.

    A signal's order is the one that more than half of its contracts are of. A single
    order is one that is no leg of a package. The baseline takes every bet for bullish.
    """
    orders = orders_of(evidence)
    intent = evidence.intent
    bets = intent != Intent.NEUTRAL
    mostly = majorities(evidence, orders, evidence.gathered, bets)
    direction = by_order(evidence, orders, evidence.truth.direction)
    single = orders.real & (by_order(evidence, orders, evidence.truth.package) == 0)
    order, said = mostly.order[bets], intent[bets]
    clear = single[order] & (direction[order] != 0)
    right = said[clear] == direction[order][clear]
    up = direction[order][clear] > 0
    yield share("direction_right", "of single orders", right, up)
    yield share("direction_false", "all", (order != 0) & (direction[order] == 0))
    yield share("direction_mixed", "all", order == 0)
    yield from _found(evidence, orders, mostly.parent, single & (direction != 0))


def _found(
    evidence: Evidence,
    orders: Orders,
    parent: NDArray[np.int64],
    betting: NDArray[np.bool_],
) -> Iterator[Tally]:
    """Yield how many block-sized single orders with a direction are shown with it."""
    large = betting & (orders.size >= evidence.options.gather.block_min_contracts)
    direction = by_order(evidence, orders, evidence.truth.direction)[large]
    # `NO_PARENT` finds the last, which says nothing
    said = np.append(evidence.intent, 0)[parent[large]]
    yield share("bets_shown", "single orders", said == direction)
    yield share("bets_reversed", "single orders", said == -direction)
