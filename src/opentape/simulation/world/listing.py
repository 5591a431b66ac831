"""Every listed series of every name: blocks of one root and expiry, strikes ascending."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.market.calendar import EPOCH, expiry_instant
from opentape.market.contract import Contract, Contracts, Right
from opentape.market.roots import underlying_of
from opentape.simulation.world.expiries import Expiry, expiries_of
from opentape.simulation.world.names import Kind, Name

_SPAN: Final = 1 << 32
"""More mills than any strike has: block and strike as one number that sorts."""
_YEAR_DAYS: Final = 365.0
_WIDEST, _NARROWEST = 0.65, 0.08
"""How far strikes reach, as a share of spot."""
_INDEX_STEP: Final = 5_000
_LEAST_STEPS: Final = 4
"""Strikes are listed at least this far from the spot: every structure has room."""


class Held(NamedTuple):
    """Contracts of an earlier session, which stay listed until they expire."""

    root: Sequence[str]
    expiry_day: NDArray[np.int64]
    """Days since 1970."""
    strike_mills: NDArray[np.int64]


class Listing(NamedTuple):
    """Listed series; contract ``2 * place + put`` has the strike at `place`.

    That number is also the contract's place in `contracts`.
    """

    contracts: Contracts
    block_name: NDArray[np.int64]
    """Name of each block, as its place among the names."""
    block_root: NDArray[np.int64]
    """Place in `contracts.roots`."""
    block_day: NDArray[np.int64]
    """Expiry, days since 1970."""
    block_end_ns: NDArray[np.int64]
    """When it settles, nanoseconds since 1970 UTC."""
    block_start: NDArray[np.int64]
    """First strike of each block; one more at the end."""
    name_start: NDArray[np.int64]
    """First block of each name; one more at the end."""
    mills: NDArray[np.int64]
    block: NDArray[np.int64]
    """Block of each strike."""

    @property
    def series(self) -> int:
        """How many contracts are listed."""
        return 2 * self.mills.size

    def nearest(
        self, block: NDArray[np.int64], mills: NDArray[np.float64]
    ) -> NDArray[np.int64]:
        """Return the place of the strike in each block that is nearest to a number."""
        keys = self.block * _SPAN + self.mills
        at = np.searchsorted(keys, block * _SPAN + np.clip(mills, 0, _SPAN - 1))
        at = np.clip(at, self.block_start[block], self.block_start[block + 1] - 1)
        before = np.maximum(at - 1, self.block_start[block])
        closer = np.abs(self.mills[before] - mills) <= np.abs(self.mills[at] - mills)
        return np.where(closer, before, at)


def list_series(
    names: Sequence[Name],
    spot: NDArray[np.float64],
    date: dt.date,
    held: Held | None = None,
) -> Listing:
    """Return what is listed on a session that opens at `spot`.

    Strikes are laid around the spot, finer near it; contracts that were listed before
    stay, so that a holder never loses his series.
    """
    contracts = Contracts()
    kept = _by_expiry(held)
    blocks: list[tuple[int, Expiry, NDArray[np.int64]]] = []
    for place, name in enumerate(names):
        fresh = expiries_of(name, date)
        older = [one for one in kept if underlying_of(one.root) == name.symbol]
        for expiry in sorted({*fresh, *older}, key=lambda one: (one.date, one.root)):
            mills = kept.get(expiry, np.empty(0, np.int64))
            if expiry in fresh:
                days = (expiry.date - date).days
                mills = np.union1d(mills, strikes(name, float(spot[place]), days))
            blocks.append((place, expiry, mills))
    return _laid_out(contracts, len(names), blocks)


def strikes(name: Name, spot: float, days: int) -> NDArray[np.int64]:
    """Return the strikes of one expiry in mills: fine near the spot, coarser outside."""
    step = _step(name, spot, days)
    deviation = name.vol * np.sqrt((days + 1.0) / _YEAR_DAYS)
    reach = spot * float(np.clip(6.0 * deviation, _NARROWEST, _WIDEST))
    near = min(reach, spot * max(0.03, 1.8 * deviation))
    # a cheap name's strikes lie further apart than a day of it reaches
    near = max(near, _LEAST_STEPS * step / 1000.0)
    parts = [_grid(spot - near, spot + near, step)]
    coarse = 5 * step if step != 2_500 else 4 * step  # noqa: PLR2004 - 2.50 goes to 10
    parts.append(_grid(spot - reach, spot + reach, coarse))
    mills = np.unique(np.concatenate(parts))
    return mills[mills > 0]


def _grid(low: float, high: float, step: int) -> NDArray[np.int64]:
    first, last = int(np.ceil(low * 1000 / step)), int(np.floor(high * 1000 / step))
    return np.arange(first, last + 1, dtype=np.int64) * step


def _step(name: Name, spot: float, days: int) -> int:
    """Return the distance of strikes near the money in mills."""
    if name.kind is Kind.INDEX and spot > 1_000:  # noqa: PLR2004 - dollars
        return _INDEX_STEP if days <= 60 else 5 * _INDEX_STEP  # noqa: PLR2004
    if name.kind is Kind.FUND:
        return 1_000 if days <= 90 else 5_000  # noqa: PLR2004 - a quarter
    sizes = np.array([500, 1_000, 2_500, 5_000, 10_000])
    step = int(sizes[np.searchsorted((25.0, 100.0, 280.0, 1_200.0), spot)])
    if days > 120 and spot > 25.0:  # noqa: PLR2004
        step = {1_000: 5_000, 2_500: 5_000, 5_000: 10_000}.get(step, step)
    return step


def _by_expiry(held: Held | None) -> dict[Expiry, NDArray[np.int64]]:
    if held is None:
        return {}
    found: dict[Expiry, set[int]] = {}
    rows = zip(held.root, held.expiry_day.tolist(), held.strike_mills.tolist(), strict=True)
    for root, day, mills in rows:
        expiry = Expiry(root, EPOCH + dt.timedelta(days=day))
        found.setdefault(expiry, set()).add(mills)
    return {key: np.array(sorted(values), np.int64) for key, values in found.items()}


def _laid_out(
    contracts: Contracts,
    names: int,
    blocks: Iterable[tuple[int, Expiry, NDArray[np.int64]]],
) -> Listing:
    name, expiry, mills = zip(*blocks, strict=True)
    sizes = np.array([one.size for one in mills])
    block = np.repeat(np.arange(sizes.size), sizes)
    day = np.array([(one.date - EPOCH).days for one in expiry], np.int64)
    strike = np.concatenate(mills)
    contracts.intern_columns(
        [
            one.root
            for one, size in zip(expiry, 2 * sizes, strict=True)
            for _ in range(size)
        ],
        np.repeat(day[block], 2),
        np.repeat(strike, 2),
        np.tile([False, True], strike.size),
    )
    ends = [
        expiry_instant(
            Contract(root=one.root, expiry=one.date, strike_mills=1_000, right=Right.CALL)
        )
        for one in expiry
    ]
    return Listing(
        contracts=contracts,
        block_name=np.array(name, np.int64),
        block_root=np.array([contracts.roots.index(one.root) for one in expiry]),
        block_day=day,
        block_end_ns=np.array(ends, np.int64),
        block_start=np.concatenate([[0], np.cumsum(sizes)]),
        name_start=np.searchsorted(np.array(name), np.arange(names + 1)),
        mills=strike,
        block=block,
    )
