"""Spelling: signals as JSON, encoded once and joined afterwards."""

from collections.abc import Callable
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from opentape.desk.state.name import Name
from opentape.flow.judge.spell import signal_rows
from opentape.flow.signal import Signal, Signals

_MOST_SPELLED: Final = 1 << 16
_encode: Final = msgspec.json.Encoder().encode


def spelled(
    name: Name,
    found: Signals,
    gold: NDArray[np.bool_],
    spell: Callable[[Signal, int], msgspec.Struct],
    beside: NDArray[np.int64] | None = None,
) -> list[msgspec.Raw]:
    """Return signals of an underlying as JSON fragments, which an encoder copies.

    Each is encoded again only when something that it depends on has moved.

    Parameters
    ----------
    gold
        Which of them are golden in their answer.
    spell
        What is encoded of a signal and the number beside it; a function of the module,
        not made anew each time.
    beside
        A number of each signal that is not its own; 0 where none are given.
    """
    if len(name.spelled) > _MOST_SPELLED:
        name.spelled.clear()
    beside = np.zeros(found.rows, np.int64) if beside is None else beside
    keys = _keys(name, found, (gold, beside), spell)
    missing = [at for at, key in enumerate(keys) if key not in name.spelled]
    if missing:
        places = np.array(missing, np.int64)
        rows = signal_rows(found.take(places), name.contracts, name.options, gold[places])
        for at, row in zip(missing, rows, strict=True):
            name.spelled[keys[at]] = _encode(spell(row, int(beside[at])))
    return [msgspec.Raw(name.spelled[key]) for key in keys]


def _keys(
    name: Name,
    found: Signals,
    more: tuple[NDArray[np.bool_], NDArray[np.int64]],
    spell: object,
) -> list[tuple[object, ...]]:
    """Return what each signal's text depends on: its parent, its contract, the chain."""
    parents = found.parents
    columns = (
        *(parents[one] for one in ("contract", "first_ts", "sequence", "row", "side")),
        parents["size"], found.change, found.confidence, found.bias, found.score,
        found.kind, found.flags, *more,
    )  # fmt: skip
    chain = 0 if name.chain is None else name.chain.chain.as_of
    told = zip(*(column.tolist() for column in columns), strict=True)
    return [(spell, chain, *one) for one in told]
