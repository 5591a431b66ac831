"""What was wrong around a signal: with its contract, its venues or the whole feed."""

import numpy as np
from numpy.typing import NDArray

from opentape.flow.quality.records import Kind
from opentape.flow.records import Records
from opentape.pricing.jit import kernel

_GAP, _SKEW = int(Kind.GAP), int(Kind.CLOCK_SKEW)
_NO_OI, _WRONG_OI = int(Kind.MISSING_OI), int(Kind.WRONG_OI)


@kernel
def touching(
    parents: Records,
    margin: int,
    flaws: Records,
    feed: Records,
    masks: NDArray[np.int64],
) -> None:
    """Write which kinds of flaws touched each parent, a bit a kind.

    From `margin` nanoseconds before its first leg to its last. Open interest that is
    missing or wrong touches every parent of its contract; a gap those of every contract.

    Parameters
    ----------
    flaws
        Of single contracts, ordered by place and instant.
    feed
        Of the whole feed or a venue.
    """
    for i in range(parents.size):
        place = int(parents[i]["contract"])
        since, until = parents[i]["first_ts"] - margin, parents[i]["last_ts"]
        mask = 0
        low, high = 0, flaws.size
        while low < high:
            middle = (low + high) // 2
            if flaws[middle]["place"] < place:
                low = middle + 1
            else:
                high = middle
        while low < flaws.size and flaws[low]["place"] == place:
            kind = int(flaws[low]["kind"])
            inside = flaws[low]["last"] >= since and flaws[low]["ts"] <= until
            if inside or kind in (_NO_OI, _WRONG_OI):
                mask |= 1 << kind
            low += 1
        for j in range(feed.size):
            if feed[j]["last"] < since or feed[j]["ts"] > until:
                continue
            kind = int(feed[j]["kind"])
            if kind == _GAP or (
                kind == _SKEW and parents[i]["venues"] >> int(feed[j]["venue"]) & 1
            ):
                mask |= 1 << kind
        masks[i] = mask
