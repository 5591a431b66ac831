"""Who sends what: orders of one slice of the day, before anybody fills them.

A `Send` is one decision: an order in one contract, or a package of several. A package
becomes one order a leg.
"""

from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from opentape.market.calendar import EPOCH
from opentape.simulation.chance import drawn
from opentape.simulation.customers import sizes
from opentape.simulation.customers.foresight import foreseen
from opentape.simulation.customers.intents import ORDERED, ORDERED_WAYS
from opentape.simulation.customers.structures import MOST_LEGS, STRUCTURES
from opentape.simulation.records import INTENTS, PACKAGES, STYLES
from opentape.simulation.scene import Scene
from opentape.simulation.world.names import Kind

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_SEVERAL: Final = np.array([name in PACKAGES for name in STYLES[:-1]])
_NEGOTIATED: Final = ("floor", "cross", "compression", "worked")
"""Styles whose single orders large customers send."""
_LARGE: Final = np.isin(STYLES[:-1], _NEGOTIATED)
_BLOCKS: Final = 1 << 20
"""More days than any expiry has: name and day as one number that sorts."""
_WIDEST: Final = 4
_SCALE: Final = np.array([1.0, 1.0, 1.15])
"""How large orders are in each `Kind`, against the usual."""
_NOT_OF_VIX: Final = ("electronic", "auction", "sweep", "package")
"""Profiles of sizes that options on the VIX do not have."""
_PACKED: Final = np.array([0.82, 0.87, 2.02])
"""How much of its volume trades in packages, by `Kind`, against the usual."""
_PACKAGE_SHARE: Final = 0.31
_SAME_DAY: Final = np.array([0.0, 0.34, 0.62])
"""Share of orders, by `Kind`, that are for the day itself where it is an expiry."""
_FOR_LATER: Final = np.isin(
    INTENTS, ("overwriter", "hedger", "leaps", "roller", "arbitrageur")
)
"""Intents that have no use for a contract that expires today."""
_PATIENT: Final = np.isin(STYLES[:-1], ("auto", "worked"))
"""Styles whose orders may wait on the book."""


class Sends(NamedTuple):
    """Decisions, one a row."""

    style: Ints
    intent: Ints
    structure: Ints
    name: Ints
    ts: Ints
    spot: Floats
    size: Ints


class Orders(NamedTuple):
    """Orders in one contract each."""

    send: Ints
    """The decision that each is part of, counted from 0 in the slice."""
    style: Ints
    intent: Ints
    structure: Ints
    strike: Ints
    """Place in the listing."""
    put: NDArray[np.bool_]
    customer: Ints
    """1 where the customer buys, -1 where he sells."""
    opens: NDArray[np.bool_]
    """What the customer wants; without a position to close he opens."""
    rests: NDArray[np.bool_]
    """The order waits on the book, and somebody else crosses."""
    size: Ints
    ts: Ints
    direction: Ints
    roll: NDArray[np.bool_]
    hedge: NDArray[np.bool_]

    @property
    def rows(self) -> int:
        """How many orders there are."""
        return self.size.size

    def take(self, places: Ints | slice) -> "Orders":
        """Return the orders at `places`, in that order."""
        return Orders._make(column[places] for column in self)


def draw_orders(
    scene: Scene, count: int, shares: tuple[float, float], rng: np.random.Generator
) -> Orders:
    """Return the orders of `count` decisions between two shares of the day."""
    name = drawn(scene.activity, rng.random(count))
    style = _styles(scene, name, rng.random(count))
    ts = scene.pace.arrivals(*shares, rng.random(count))
    several = _SEVERAL[style]
    structure = np.where(several, _structures(style, rng.random(count)), 0)
    intent = _intents(scene, style, structure, name, rng)
    sends = Sends(
        style=style,
        intent=intent,
        structure=structure,
        name=name,
        ts=ts,
        spot=scene.paths.at(name, ts)[0],
        size=_sizes(scene, style, intent, name, rng),
    )
    alone, packed = np.flatnonzero(~several), np.flatnonzero(several)
    parts = [
        _single(scene, _rows(sends, alone), alone, rng),
        _legs(scene, _rows(sends, packed), packed, rng),
    ]
    return Orders._make(np.concatenate(columns) for columns in zip(*parts, strict=True))


def _styles(scene: Scene, name: Ints, u: Floats) -> Ints:
    """Return how each is executed; packages are more of an index than of a stock."""
    weight, found = style_weights(scene), np.zeros(name.size, np.int64)
    for kind in Kind:
        mine = scene.kind[name] == kind
        found[mine] = drawn(weight[kind], u[mine])
    return found


def style_weights(scene: Scene) -> Floats:
    """Return how often each style is sent, so that its share of contracts comes out.

    A row a `Kind`, a column a style.
    """
    weight = np.array(
        [
            way.volume / _mean_contracts(scene, name, way.profile)
            for name, way in zip(STYLES[:-1], ORDERED_WAYS, strict=True)
        ]
    )
    share = np.bincount(scene.kind, scene.activity, len(Kind))
    packed = _PACKED / (share @ _PACKED)
    alone = (1.0 - _PACKAGE_SHARE * packed) / (1.0 - _PACKAGE_SHARE)
    return weight * np.where(_SEVERAL, packed[:, None], np.maximum(alone, 0.1)[:, None])


def _of_vix(profile: str) -> str:
    return "vix" if profile in _NOT_OF_VIX else profile


def _mean_contracts(scene: Scene, style: str, profile: str) -> float:
    """Return the contracts that a decision of a style is for, on average."""
    size = np.full(len(scene.names), sizes.mean_size(profile))
    vix = np.array([one.symbol == "VIX" for one in scene.names])
    size[vix] = sizes.mean_size(_of_vix(profile))
    legs = 1.0
    if style in PACKAGES:
        legs = _mean_legs(stock=style == "stock_tied")
    if _is_scaled(style):
        share = np.array([intent.share for intent in ORDERED])
        scale = np.array([intent.scale for intent in ORDERED])
        usual = scale @ share / share.sum(axis=0) if legs == 1.0 else np.ones(len(Kind))
        size *= (usual * _SCALE)[scene.kind]
    return float(scene.activity @ size) * legs


def _is_scaled(style: str) -> bool:
    """Return whether sizes of a style depend on who sends it and in what.

    A cross is of a thousand contracts at least, and large customers are sized already.
    """
    return style not in _NEGOTIATED and "cross" not in style


def _mean_legs(*, stock: bool) -> float:
    """Return the contracts that one of a package stands for, on average."""
    kinds = [one for one in STRUCTURES if one.stock is stock and one.share]
    contracts = [one.share * sum(abs(leg.ratio) for leg in one.legs) for one in kinds]
    return sum(contracts) / sum(one.share for one in kinds)


def _rows(sends: Sends, places: Ints) -> Sends:
    return Sends._make(column[places] for column in sends)


def _structures(style: Ints, u: Floats) -> Ints:
    share = np.array([one.share for one in STRUCTURES])
    stock = np.array([one.stock for one in STRUCTURES])
    tied = style == STYLES.index("stock_tied")
    return np.where(tied, drawn(share * stock, u), drawn(share * ~stock, u))


def _intents(
    scene: Scene, style: Ints, structure: Ints, name: Ints, rng: np.random.Generator
) -> Ints:
    """Return who sends each: by kind of name, by how it is executed, by its structure."""
    u = rng.random(style.size)
    share = np.array([intent.share for intent in ORDERED])
    found = np.zeros(style.size, np.int64)
    for kind in Kind:
        mine = scene.kind[name] == kind
        found[mine] = drawn(share[:, kind], u[mine])
    institution, hedger = INTENTS.index("institution"), INTENTS.index("hedger")
    large = np.where(u < 0.75, institution, hedger)  # noqa: PLR2004 - a guess
    found = np.where(_LARGE[style], large, found)
    roll = np.array([one.roll for one in STRUCTURES])[structure]
    stock = np.array([one.stock for one in STRUCTURES])[structure]
    packed = np.where(roll, INTENTS.index("roller"), INTENTS.index("spreader"))
    packed = np.where(stock, INTENTS.index("arbitrageur"), packed)
    return np.where(structure > 0, packed, found)


def _sizes(
    scene: Scene, style: Ints, intent: Ints, name: Ints, rng: np.random.Generator
) -> Ints:
    u, noise = rng.random(style.size), rng.random(style.size)
    size = np.zeros(style.size)
    vix = np.array([one.symbol == "VIX" for one in scene.names])[name]
    for number, way in enumerate(ORDERED_WAYS):
        mine = style == number
        size[mine] = sizes.size_at(way.profile, u[mine])
        its = mine & vix
        size[its] = sizes.size_at(_of_vix(way.profile), u[its])
    scale = np.array([one.scale for one in ORDERED])[intent] * _SCALE[scene.kind[name]]
    scaled = np.array([_is_scaled(name) for name in STYLES[:-1]])[style]
    size = np.where(scaled, size * scale, size)
    return sizes.rounded(np.maximum(size, 1.0), noise)


def _single(scene: Scene, sends: Sends, send: Ints, rng: np.random.Generator) -> Orders:
    """Return the orders of decisions that are for one contract each."""
    count = send.size
    table = {
        field: np.array([getattr(one, field) for one in ORDERED])[sends.intent]
        for field in ("calls", "out", "days", "buys", "opens_bought", "opens_sold", "rests")
    }
    put = rng.random(count) >= table["calls"]
    out = table["out"][:, 0] + table["out"][:, 1] * rng.standard_normal(count)
    block = _expiry(scene, sends, table["days"], rng.random(count))
    strike = _strike(scene, sends, block, np.where(put, -out, out))
    buys = rng.random(count) < table["buys"]
    if scene.edge:
        known = foreseen(scene, sends.intent, sends.name, sends.ts, rng)
        buys = np.where(known == 0, buys, (known > 0) != put)
    wish = np.where(buys, table["opens_bought"], table["opens_sold"])
    opens = rng.random(count) < wish
    hedge = np.array([one.hedges for one in ORDERED])[sends.intent]
    bull = np.where(put, -1, 1) * np.where(buys, 1, -1)
    return Orders(
        send=send,
        style=sends.style,
        intent=sends.intent,
        structure=sends.structure,
        strike=strike,
        put=put,
        customer=np.where(buys, 1, -1),
        opens=opens,
        rests=(rng.random(count) < table["rests"]) & _PATIENT[sends.style],
        size=sends.size,
        ts=sends.ts,
        direction=np.where(opens & ~hedge, bull, 0),
        roll=np.zeros(count, np.bool_),
        hedge=hedge,
    )


def _legs(scene: Scene, sends: Sends, send: Ints, rng: np.random.Generator) -> Orders:
    """Return the orders of packages, one a leg."""
    table, count = _leg_table(), send.size
    spread = np.array([[one.out, one.days] for one in ORDERED])[sends.intent]
    out = spread[:, 0, 0] + spread[:, 0, 1] * rng.standard_normal(count)
    up = rng.random(count) < 0.5  # noqa: PLR2004 - as many above the spot as below
    block = _expiry(scene, sends, spread[:, 1], rng.random(count))
    base = _strike(scene, sends, block, np.where(up, out, -out))
    width = rng.integers(1, _WIDEST + 1, count)
    holds = rng.random(count) >= 0.24  # noqa: PLR2004 - packages that unwind: a guess
    row, leg = np.nonzero(table.ratio[sends.structure])
    structure = sends.structure[row]
    anchor = _Anchor(block[row], base[row], width[row])
    ratio = table.ratio[structure, leg]
    closes = table.closes[structure, leg] | ~holds[row]
    roll = table.roll[structure]
    hedge = table.stock[structure] & (table.direction[structure] == 0)
    return Orders(
        send=send[row],
        style=sends.style[row],
        intent=sends.intent[row],
        structure=structure,
        strike=_leg_strike(scene, anchor, structure, leg),
        put=table.put[structure, leg],
        customer=np.sign(ratio),
        opens=np.where(roll, ~table.closes[structure, leg], ~closes),
        rests=np.zeros(row.size, np.bool_),
        size=sends.size[row] * np.abs(ratio),
        ts=sends.ts[row],
        direction=np.where(holds[row], table.direction[structure], 0),
        roll=roll,
        hedge=hedge,
    )


class _Legs(NamedTuple):
    """The legs of every structure as arrays: structure, leg."""

    put: NDArray[np.bool_]
    strike: Ints
    expiry: Ints
    ratio: Ints
    closes: NDArray[np.bool_]
    direction: Ints
    roll: NDArray[np.bool_]
    stock: NDArray[np.bool_]


class _Anchor(NamedTuple):
    """Where a package stands: its nearest expiry, its strike, what a width is."""

    block: Ints
    strike: Ints
    width: Ints
    """Listed strikes."""


@cache
def _leg_table() -> _Legs:
    shape = (len(STRUCTURES), MOST_LEGS)
    put, closes = np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)
    strike, expiry, ratio = (np.zeros(shape, np.int64) for _ in range(3))
    for row, structure in enumerate(STRUCTURES):
        for place, leg in enumerate(structure.legs):
            put[row, place], closes[row, place] = leg.put, leg.closes
            strike[row, place], expiry[row, place] = leg.strike, leg.expiry
            ratio[row, place] = leg.ratio
    return _Legs(
        put=put,
        strike=strike,
        expiry=expiry,
        ratio=ratio,
        closes=closes,
        direction=np.array([one.direction for one in STRUCTURES]),
        roll=np.array([one.roll for one in STRUCTURES]),
        stock=np.array([one.stock for one in STRUCTURES]),
    )


def _expiry(scene: Scene, sends: Sends, days: Floats, u: Floats) -> Ints:
    """Return the listed expiry nearest to days drawn evenly in logs from ranges."""
    low, high = np.log1p(days[:, 0]), np.log1p(days[:, 1])
    today = np.where(_FOR_LATER[sends.intent], 0.0, _SAME_DAY[scene.kind[sends.name]])
    later = np.maximum(u - today, 0.0) / (1.0 - today)
    wanted = np.where(u < today, 0.0, np.expm1(low + later * (high - low)))
    listing = scene.listing
    key = listing.block_name * _BLOCKS + listing.block_day
    date = scene.day - EPOCH.toordinal()
    at = np.searchsorted(key, sends.name * _BLOCKS + date + wanted)
    first, last = listing.name_start[sends.name], listing.name_start[sends.name + 1] - 1
    at = np.clip(at, first, last)
    before = np.maximum(at - 1, first)
    target = date + wanted
    closer = target - listing.block_day[before] <= listing.block_day[at] - target
    return np.where(closer, before, at)


def _strike(scene: Scene, sends: Sends, block: Ints, away: Floats) -> Ints:
    """Return the listed strike nearest to so many deviations away from spot."""
    today = scene.day - EPOCH.toordinal()
    years = (scene.listing.block_day[block] - today + 0.35) / 365.0
    deviation = scene.vol[sends.name] * np.sqrt(years)
    return scene.listing.nearest(block, 1000.0 * sends.spot * np.exp(away * deviation))


def _leg_strike(scene: Scene, anchor: _Anchor, structure: Ints, leg: Ints) -> Ints:
    """Return the strike of each leg: so many widths away, in the expiry it is of."""
    listing, table, block = scene.listing, _leg_table(), anchor.block
    first, last = listing.block_start[block], listing.block_start[block + 1] - 1
    reach = np.abs(table.strike).max(axis=1)[structure]
    width = np.where(last - first >= 2 * reach * anchor.width, anchor.width, 1)
    room = np.minimum(reach * width, (last - first) // 2)
    near = np.clip(anchor.strike, first + room, last - room)
    near = np.clip(near + table.strike[structure, leg] * width, first, last)
    last_block = listing.name_start[listing.block_name[block] + 1] - 1
    later = np.minimum(block + table.expiry[structure, leg], last_block)
    moved = listing.nearest(later, listing.mills[near].astype(np.float64))
    return np.where(later == block, near, moved)
