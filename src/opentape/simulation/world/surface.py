"""What contracts are worth: a surface without arbitrage that moves with its spot.

The smile of each expiry is SSVI around an ATM variance that mean-reverts along the term
structure, steps up over an earnings date, and is scaled by the name's vol level, so that it
is free of butterflies and calendars at every instant. Contracts that may be exercised early
are worth their European price and an early-exercise premium read from a grid.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.market.chain import YEAR_NS
from opentape.market.roots import is_american
from opentape.pricing import american, bsm
from opentape.simulation.chance import stream
from opentape.simulation.world.listing import Listing
from opentape.simulation.world.names import Kind, Name

RATE: Final = 0.045
"""Per year, for every tenor."""
_REVERSION: Final = 4.0
"""Per year: how fast variance returns to its long level along the term structure."""
_SHORTEST: Final = 20.0 / (365.0 * 24.0 * 60.0)
"""Twenty minutes: nothing is worth less time than this before it settles."""
_REACH: Final = 3.0
"""The premium's grid reaches this many deviations to both sides."""
_GRID_YEARS: Final = (0.02, 2.0)
"""Deviations of no shorter and no longer time than this."""
_NODES: Final = 33

Floats = NDArray[np.float64]


class Surface(NamedTuple):
    """What the vols of each name are made of, a row a name or a block."""

    rho: Floats
    """Tilt of a name's smiles."""
    eta: Floats
    """Their bend: free of arbitrage while ``eta (1 + |rho|) <= 2``."""
    near: Floats
    """ATM variance per year of the shortest tenor, at level 1."""
    far: Floats
    """The same of the longest."""
    carry: Floats
    american: NDArray[np.bool_]
    """Whether a block's contracts may be exercised early."""
    event: Floats
    """Variance of a block over the earnings before its expiry, in total."""
    premium: Floats
    """Early-exercise premium over spot: block, right, node."""
    reach: Floats
    """How far a block's nodes lie from the spot at most, in ln(strike / spot)."""


class Asked(NamedTuple):
    """Contracts at instants, one a row."""

    strike: NDArray[np.int64]
    """Place in the listing."""
    put: NDArray[np.bool_]
    ts_ns: NDArray[np.int64]
    spot: Floats
    level: Floats


def surface_of(
    names: Sequence[Name],
    listing: Listing,
    level: Floats,
    open_ns: int,
    events_ns: NDArray[np.int64],
) -> Surface:
    """Return the surface of a session that opens at vol levels of `level`.

    Parameters
    ----------
    events_ns
        When each name reports earnings, nanoseconds since 1970 UTC; 0 for never.
    """
    shapes = np.array([_shape(name) for name in names])
    vol = np.array([name.vol for name in names])
    roots = np.array([is_american(root) for root in listing.contracts.roots])
    name = listing.block_name
    event = (events_ns[name] > open_ns) & (events_ns[name] < listing.block_end_ns)
    surface = Surface(
        rho=shapes[:, 0],
        eta=shapes[:, 1],
        near=(vol * shapes[:, 2]) ** 2,
        far=(vol * shapes[:, 3]) ** 2,
        carry=np.array([name.carry for name in names]),
        american=roots[listing.block_root],
        event=np.where(event, (2.2 * vol[name]) ** 2 / 252.0, 0.0),
        premium=np.zeros((name.size, 2, _NODES)),
        reach=np.zeros(name.size),
    )
    years = np.clip((listing.block_end_ns - open_ns) / YEAR_NS, *_GRID_YEARS)
    widest = np.maximum(surface.near, surface.far)[name]
    surface = surface._replace(reach=_REACH * np.sqrt(widest * years))
    return surface._replace(premium=_premiums(surface, listing, level, open_ns))


def _shape(name: Name) -> tuple[float, float, float, float]:
    """Return tilt, bend, and the near and far ends of the term structure over 30 days."""
    rng = stream(0, "smile", name.symbol)
    if name.symbol == "VIX":
        return 0.45, 0.9, 1.25, 0.75
    if name.kind is not Kind.STOCK:
        return -0.68, 1.1, 0.88, 1.12
    ends = rng.normal((1.05, 0.97), 0.05)
    return float(rng.normal(-0.3, 0.08)), float(rng.normal(0.85, 0.08)), ends[0], ends[1]


def vols(surface: Surface, listing: Listing, asked: Asked) -> tuple[Floats, Floats]:
    """Return the vol of each row and its time to settlement in years."""
    block = listing.block[asked.strike]
    name = listing.block_name[block]
    years = np.maximum((listing.block_end_ns[block] - asked.ts_ns) / YEAR_NS, _SHORTEST)
    theta = _theta(surface, name, block, years, asked.level)
    forward = asked.spot * np.exp((RATE - surface.carry[name]) * years)
    k = np.log(listing.mills[asked.strike] / (1000.0 * forward))
    shape = surface.rho[name], surface.eta[name]
    return np.sqrt(_smile(*shape, theta, k) / years), years


def _smile(rho: Floats, eta: Floats, theta: Floats, k: Floats) -> Floats:
    """Return total variance at ln(strike / forward)."""
    turn = eta / np.sqrt(theta * (1.0 + theta)) * k
    root = np.sqrt(np.square(turn + rho) + (1.0 - rho * rho))
    return 0.5 * theta * (1.0 + rho * turn + root)


def atm_vols(surface: Surface, years: float, level: Floats) -> Floats:
    """Return the ATM vol of each name at a tenor, what a report adds left out."""
    name = np.arange(level.size)
    return np.sqrt(_mean_variance(surface, name, np.full(level.size, years))) * level


def _theta(
    surface: Surface,
    name: NDArray[np.int64],
    block: NDArray[np.int64],
    years: Floats,
    level: Floats,
) -> Floats:
    """Return ATM total variance: it only grows with time, so calendars hold."""
    mean = _mean_variance(surface, name, years)
    return mean * years * np.square(level) + surface.event[block]


def _mean_variance(surface: Surface, name: NDArray[np.int64], years: Floats) -> Floats:
    """Return variance per year at level 1, on average until each tenor."""
    pull = _REVERSION * years
    weight = -np.expm1(-pull) / pull
    return surface.far[name] + (surface.near[name] - surface.far[name]) * weight


def fair(surface: Surface, listing: Listing, asked: Asked) -> Floats:
    """Return what each row is worth in dollars a share, never below what exercise pays."""
    vol, years = vols(surface, listing, asked)
    block = listing.block[asked.strike]
    strike = listing.mills[asked.strike] / 1000.0
    carry = surface.carry[listing.block_name[block]]
    put = asked.put.astype(np.float64)
    value = bsm.price(put, asked.spot, strike, years, RATE, carry, vol)
    early = surface.american[block]
    pays = np.where(asked.put, strike - asked.spot, asked.spot - strike)
    value = value + _premium_at(surface, listing, asked)
    return np.where(early, np.maximum(value, pays), np.maximum(value, 0.0))


def _premium_at(surface: Surface, listing: Listing, asked: Asked) -> Floats:
    """Return the early-exercise premium, read between the nodes of its grid."""
    block = listing.block[asked.strike]
    step, low = _grid_of(surface, block)
    at = (np.log(listing.mills[asked.strike] / (1000.0 * asked.spot)) - low) / step
    at = np.clip(at, 0.0, _NODES - 1.001)
    node = at.astype(np.int64)
    flat = surface.premium.ravel()
    place = (2 * block + asked.put) * _NODES + node
    return asked.spot * (flat[place] + (at - node) * (flat[place + 1] - flat[place]))


def _grid_of(surface: Surface, block: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Return the step and the first ln(strike / spot) of each block's grid."""
    reach = surface.reach[block]
    return 2.0 * reach / (_NODES - 1), -reach


def _premiums(surface: Surface, listing: Listing, level: Floats, open_ns: int) -> Floats:
    """Return the premium over spot of every block, right and node."""
    blocks = np.flatnonzero(surface.american)
    found = np.zeros((listing.block_name.size, 2, _NODES))
    if not blocks.size:
        return found
    name = listing.block_name[blocks]
    step, low = _grid_of(surface, blocks)
    k = low[:, None] + step[:, None] * np.arange(_NODES)
    years = np.maximum((listing.block_end_ns[blocks] - open_ns) / YEAR_NS, _SHORTEST)
    theta = _theta(surface, name, blocks, years, level[name])
    ahead = (RATE - surface.carry[name]) * years
    shape = surface.rho[name][:, None], surface.eta[name][:, None]
    total = _smile(*shape, theta[:, None], k - ahead[:, None])
    vol = np.sqrt(total / years[:, None])
    terms = (
        np.array([False, True])[:, None],
        1.0,
        np.exp(k)[:, None, :],
        years[:, None, None],
        RATE,
        surface.carry[name][:, None, None],
        vol[:, None, :],
    )
    premium = american.price(*terms) - bsm.price(*terms)
    found[blocks] = np.maximum(np.nan_to_num(premium), 0.0)
    return found
