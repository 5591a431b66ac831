"""Open interest as the day goes: what was bought, sold and unsigned, and what it proves."""

import numpy as np
from numpy.typing import NDArray

from opentape.flow.options import InterestOptions
from opentape.flow.records import Records, Side
from opentape.pricing.jit import kernel, stage

_BUY, _SELL, _MID = int(Side.BUY), int(Side.SELL), int(Side.MID)
_HALF = 0.5

OPENING, UNCLEAR, CLOSING = 1, 0, -1
"""Bias of a contract as an integer in kernels."""


@stage
def count(
    contract: np.void, series: Records, place: int, side: int, size: int, volume: int
) -> None:
    """Add a print to the `volume` of its contract and to what is proven to open.

    A side can close no more than could exist: of a print, all beyond the morning's open
    interest and every contract traded before it must open on both sides.
    """
    oi = int(contract["oi"])
    if oi >= 0 and size > oi + volume:
        series[place]["proven"] += size - oi - volume
    contract["volume"][side] += size


@stage
def volume_of(contract: np.void) -> int:
    """Return the contracts traded, bought, sold and unsigned."""
    volume = contract["volume"]
    return int(volume[_BUY]) + int(volume[_SELL]) + int(volume[_MID])


@kernel
def estimate(
    buys: int, sells: int, mids: int, proven: int, oi: int, share: float, bounds: bool
) -> int:
    """Return the signed change of open interest that a day's volume suggests, in contracts.

    `share` of the net signed volume, rounded half away from zero; with `bounds`, and where
    the morning's open interest is known (``oi >= 0``), no lower than closing all there was
    or than proof allows, no higher than all volume.
    """
    net = share * (buys - sells)
    change = int(np.floor(net + _HALF)) if net >= 0 else int(np.ceil(net - _HALF))
    if not bounds or oi < 0:
        return change
    volume = buys + sells + mids
    lowest = max(-min(volume, oi), proven - (volume - proven))
    return min(max(change, lowest), volume)


def confidence_of(
    volume: NDArray[np.int64], proven: NDArray[np.int64], options: InterestOptions
) -> NDArray[np.float64]:
    """Return how far the bias of each contract is to be trusted, 0 to 1."""
    proof = proven / np.maximum(volume, 1)
    return np.minimum(1.0, np.maximum(options.opening_share, proof))


def bias_of(
    change: NDArray[np.int64],
    signed: NDArray[np.int64],
    volume: NDArray[np.int64],
    proven: NDArray[np.int64],
    oi: NDArray[np.int64],
    options: InterestOptions,
) -> NDArray[np.int8]:
    """Return `OPENING`, `CLOSING` or `UNCLEAR` for each contract.

    Nothing can close on a contract without open interest; one whose open interest is
    unknown (``oi < 0``) may have some.
    """
    enough = signed >= options.bias_min_volume
    slope = change / np.maximum(signed, 1)
    proof = (proven > 0) & (proven >= options.proof_min_share * volume)
    opening = (enough & (slope >= options.bias_min_share)) | proof
    closing = enough & (slope <= -options.bias_min_share) & (oi != 0) & ~opening
    return (opening * OPENING + closing * CLOSING).astype(np.int8)
