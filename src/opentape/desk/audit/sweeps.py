"""Sweeps: how many of the engine's are sweeps, and how many sweeps it finds."""

from collections.abc import Iterator
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from opentape.desk.audit.evidence import Evidence
from opentape.desk.audit.members import NO_PARENT, Gathered
from opentape.desk.audit.overlap import Orders, by_order, majorities, orders_of
from opentape.desk.audit.tally import Tally, share
from opentape.simulation.records import STYLES

_SWEEP: Final = STYLES.index("sweep")
_FEWEST: Final = 2
RULES: Final = ("window", "window, codes hidden", "strict", "strict, codes hidden")
"""The window rule, `sweep_strict`, and both where no print says that it is part of one."""


def sweep_tallies(evidence: Evidence) -> Iterator[Tally]:
    """Yield precision and recall under each of `RULES`.

    A true sweep is an order of style ``sweep`` with two prints or more. A sweep of the
    engine is right if more than half of its contracts are of one true sweep. A true sweep
    of the block size or more is found if one sweep of the engine holds more than half of
    its contracts.
    """
    orders = orders_of(evidence)
    true = by_order(evidence, orders, evidence.truth.style) == _SWEEP
    true &= orders.prints >= _FEWEST
    for rule in RULES:
        yield from _under(rule, evidence, orders, true)


def _under(
    rule: str, evidence: Evidence, orders: Orders, true: NDArray[np.bool_]
) -> Iterator[Tally]:
    gathered = _gathered(rule, evidence)
    sweeps = gathered.parents["sweep"]
    mostly = majorities(evidence, orders, gathered, sweeps)
    large = true & (orders.size >= evidence.options.gather.block_min_contracts)
    yield share("sweep_precision", rule, true[mostly.order[sweeps]])
    yield share("sweep_recall", rule, mostly.parent[large] != NO_PARENT)


def _gathered(rule: str, evidence: Evidence) -> Gathered:
    usual, strict = evidence.options.gather, rule.startswith("strict")
    hidden = rule.endswith("hidden")
    if usual.sweep_strict == strict and not hidden:
        return evidence.gathered
    options = msgspec.structs.replace(usual, sweep_strict=strict)
    return evidence.gathered_as(options, codes_hidden=hidden)
