"""One contract's quote as the wire spells it, and many of them off the columns."""

import datetime as dt
import math
from typing import Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from opentape.desk.ask.quotes.stock import middle
from opentape.desk.state.name import Name
from opentape.market.calendar import EPOCH, iso
from opentape.market.chain import UNKNOWN_COUNT, UNKNOWN_TIME, Chain
from opentape.pricing.forward import Floats

_DAYS: Final = 365.0
_POINTS: Final = 100.0
_PRICE, _VOL, _GREEK, _FINE = 6, 6, 6, 8


class OptionQuote(msgspec.Struct, frozen=True, kw_only=True):
    """The quote of one contract with its vols and greeks; null where not known."""

    type: Literal["C", "P"]
    """Call or put."""
    expiry: dt.date
    strike: float
    """US dollars."""
    bid: float | None
    """US dollars a share; 0 where the feed says that nobody bids."""
    ask: float | None
    mid: float | None
    """Mean of both; null where one is unknown or they are crossed."""
    bid_size: int | None = msgspec.field(name="bidSize")
    """Contracts."""
    ask_size: int | None = msgspec.field(name="askSize")
    last_update: str = msgspec.field(name="lastUpdate")
    """When the quote was made, UTC; the chain's instant where the feed does not say."""
    implied_vol: float | None
    """Of the middle: a fraction per year, 0.18 is 18 %, as every vol here."""
    iv_bid: float | None
    """Of the bid."""
    iv_ask: float | None
    """Of the ask."""
    delta: float | None
    """For $1.00 of spot. Greeks are those of `implied_vol`; for a contract in the money
    whose quote tells no vol, of the other side's at its strike."""
    gamma: float | None
    """Of delta, for $1.00 of spot."""
    theta: float | None
    """US dollars a share and day that passes."""
    vega: float | None
    """US dollars a share and vol point."""
    rho: float | None
    """US dollars a share for 1.00 of rate."""
    vanna: float | None
    """Of delta, for 1.00 of vol; by the European formula."""
    charm: float | None
    """Of delta, for a day more to expiry; by the European formula."""
    svi_vol: float | None
    """Of the smile that was fitted to the expiry."""
    svi_vol_gated: Literal["unfit"] | None
    """Why there is no `svi_vol`: the expiry has no fit that is free of arbitrage."""
    open_interest: int | None
    """Contracts at the close of the session before."""
    volume: int | None
    """Contracts today: the larger of what the chain and the tape tell."""
    underlying: str
    """What it settles on."""
    contract: str
    """OSI symbol, which tells apart contracts that settle in the morning."""


def option_quotes(name: Name, rows: NDArray[np.intp]) -> list[OptionQuote]:
    """Return the quotes of some rows of the settled chain, in their order."""
    settled = name.settled_chain()
    chain, surface, sides = settled.analysed.chain, settled.analysed.surface, settled.sides
    greeks = surface.greeks
    bids, asks = _shown(chain.bid[rows], _PRICE), _shown(chain.ask[rows], _PRICE)
    smiles = _shown(sides.svi_vol[rows], _VOL)
    columns = (
        ["P" if put else "C" for put in chain.put[rows].tolist()],
        [EPOCH + dt.timedelta(days=day) for day in chain.expiry_day[rows].tolist()],
        chain.strike[rows].tolist(),
        bids,
        asks,
        list(map(middle, bids, asks)),
        _counts(chain.bid_size[rows]),
        _counts(chain.ask_size[rows]),
        _updates(chain, rows),
        _shown(surface.vol[rows], _VOL),
        _shown(sides.iv_bid[rows], _VOL),
        _shown(sides.iv_ask[rows], _VOL),
        _shown(greeks.delta[rows], _GREEK),
        _shown(greeks.gamma[rows], _FINE),
        _shown(greeks.theta[rows] / _DAYS, _GREEK),
        _shown(greeks.vega[rows] / _POINTS, _GREEK),
        _shown(greeks.rho[rows], _GREEK),
        _shown(sides.vanna[rows], _GREEK),
        _shown(-sides.charm[rows] / _DAYS, _FINE),
        smiles,
        [None if vol is not None else "unfit" for vol in smiles],
        _counts(chain.open_interest[rows]),
        _counts(_volume(name, chain, rows)),
        [name.symbol] * rows.size,
        [chain.contracts[int(place)].symbol for place in chain.contract[rows]],
    )
    fields = OptionQuote.__struct_fields__
    return [
        OptionQuote(**dict(zip(fields, row, strict=True)))
        for row in zip(*columns, strict=True)
    ]


def _updates(chain: Chain, rows: NDArray[np.intp]) -> list[str]:
    ts = chain.ts_quote[rows]
    return [iso(at) for at in np.where(ts == UNKNOWN_TIME, chain.as_of, ts).tolist()]


def _volume(name: Name, chain: Chain, rows: NDArray[np.intp]) -> NDArray[np.int64]:
    """Return today's volume; the tape may have begun late, the chain may be behind it."""
    at = name.standing.places(chain.contract[rows])
    traded = np.full(rows.size, UNKNOWN_COUNT, np.int64)
    traded[at >= 0] = name.standing.volume[at[at >= 0]].sum(axis=1)
    return np.maximum(chain.volume[rows], traded)


def _shown(column: Floats, digits: int) -> list[float | None]:
    values: list[float] = (np.round(column, digits) + 0.0).tolist()
    return [value if math.isfinite(value) else None for value in values]


def _counts(column: NDArray[np.int64]) -> list[int | None]:
    return [None if count == UNKNOWN_COUNT else count for count in column.tolist()]
