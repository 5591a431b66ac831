"""Open interest that a morning's file has wrong."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.market.open_interest import UNKNOWN_OI

_MOST_TIMES: Final = 10


class Written(NamedTuple):
    """What a file says of some contracts."""

    open_interest: NDArray[np.int64]
    """Of all contracts; `UNKNOWN_OI` where the file does not list one."""
    at: NDArray[np.intp]
    """Where it is wrong."""
    how: list[str]
    """What is wrong with each."""


def wrong(
    open_interest: NDArray[np.int64], rate: float, rng: np.random.Generator
) -> Written:
    """Return open interest, some of it multiplied, 0 or left out; what is 0 stays."""
    at = np.flatnonzero((rng.random(open_interest.size) < rate) & (open_interest > 0))
    true = open_interest[at]
    times = rng.integers(2, _MOST_TIMES, at.size, endpoint=True)
    way = rng.integers(3, size=at.size)
    said = np.where(way == 0, true * times, np.where(way == 1, 0, UNKNOWN_OI))
    written = open_interest.astype(np.int64)
    written[at] = said
    how = [
        f"{'left out' if one == UNKNOWN_OI else one}, not {was}"
        for one, was in zip(said.tolist(), true.tolist(), strict=True)
    ]
    return Written(written, at, how)
