"""Hygiene that needs state: contracts that cannot trade, and rows that came before."""

import numpy as np
from numpy.typing import NDArray

from opentape.flow.records import EXPIRED_OI, Verdict
from opentape.market.columns import PrintBatch
from opentape.market.conditions import Condition
from opentape.pricing.jit import kernel, stage

_MAX_VOLUME = 2**31 - 1
_CANCEL = int(Condition.CANCEL)
_FOLDED, _EXPIRED = int(Verdict.FOLDED), int(Verdict.EXPIRED)
_OVERFLOW = int(Verdict.VOLUME_OVERFLOW)

_CANCEL_DONE = int(Verdict.CANCEL_DONE)
_MIX_A = 0x1E3779B97F4A7C15
_MIX_B = 0x3F58476D1CE4E5B9
_LOW_63 = 2**63 - 1


@stage
def standing(oi: int, volume: int, size: int) -> int:
    """Return `FOLDED`, or why a contract cannot take a print today."""
    if oi == EXPIRED_OI:
        return _EXPIRED
    return _OVERFLOW if volume + size > _MAX_VOLUME else _FOLDED


@stage
def key_of(contract: int, venue: int, condition: int) -> int:
    """Return what beside its sequence makes a row unique; never 0. Cancels are apart."""
    return ((int(contract) * 64 + int(venue)) * 2 + int(condition == _CANCEL)) + 1


@stage
def slot_of(sequence: int, key: int, mask: int) -> int:
    """Return where a row is looked for first in a table of ``mask + 1`` slots."""
    mixed = (int(sequence) * _MIX_A + key * _MIX_B) & _LOW_63
    return (mixed ^ (mixed >> 32)) & mask


@kernel
def seen_before(seen: NDArray[np.int64], sequence: int, key: int) -> bool:
    """Return whether a row came before; if not, remember it.

    `seen` is an open table of (sequence, key), at most half full.
    """
    mask = seen.shape[0] - 1
    slot = slot_of(int(sequence), int(key), mask)
    while seen[slot, 1] != 0:
        if seen[slot, 0] == sequence and seen[slot, 1] == key:
            return True
        slot = (slot + 1) & mask
    seen[slot, 0], seen[slot, 1] = sequence, key
    return False


@kernel
def remember(
    batch: PrintBatch, verdicts: NDArray[np.uint8], seen: NDArray[np.int64]
) -> None:
    """Enter the rows of a batch that were folded, and its cancels, into the table."""
    for i in range(verdicts.size):
        if batch.sequence[i] > 0 and verdicts[i] <= _CANCEL_DONE:
            key = key_of(batch.contract[i], batch.venue[i], batch.condition[i])
            seen_before(seen, batch.sequence[i], key)
