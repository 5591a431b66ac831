"""Exposures of the settled book strike by strike: GEX, DEX, VEX, CHEX.

Settled open interest only: nothing here moves with the tape.
"""

import datetime as dt
import math
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from opentape.desk.ask.book import sentences
from opentape.desk.state.name import Name
from opentape.desk.state.outline import Measure, Outline
from opentape.market.calendar import iso
from opentape.market.errors import NoData
from opentape.positioning.flip import FlipStatus
from opentape.positioning.positions import Floats

Label = Literal["positive", "negative"]


class ExposureQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which contracts are asked about."""

    expiration: dt.date | None = None
    """Only contracts of this expiry."""


class GexQuery(ExposureQuery, frozen=True, kw_only=True):
    """Which contracts, and which strikes of them."""

    min_oi: Annotated[int, Meta(ge=0, le=2_147_483_647)] = 0
    """Leave out strikes with less open interest, calls and puts together; the headline
    stays that of all strikes."""


class GexRow(msgspec.Struct, frozen=True, kw_only=True):
    """Gamma exposure at one strike."""

    strike: float
    """US dollars."""
    call_gex: float
    """US dollars of delta per 1 % of spot, 0 or more."""
    put_gex: float
    """US dollars of delta per 1 % of spot, 0 or less."""
    net_gex: float
    """Call and put together."""
    call_oi: int | None
    """Contracts; null where calls are listed and none of them is known."""
    put_oi: int | None
    call_volume: int | None
    """Contracts traded today as the chain tells it."""
    put_volume: int | None
    call_oi_change: int | None = None
    """Change from the session before; null, for no earlier chain is kept."""
    put_oi_change: int | None = None


class GexReply(msgspec.Struct, frozen=True, kw_only=True):
    """Dealer gamma exposure by strike."""

    symbol: str
    underlying_price: float | None
    """Spot of the chain, which all of this was reckoned with."""
    as_of: str
    """The instant of the chain, UTC."""
    gamma_flip: float | None
    """Spot at which dealers' gamma would change sign; null unless its status is
    `available`."""
    gamma_flip_status: FlipStatus
    """`available`, or why there is no flip."""
    net_gex: float
    """US dollars of delta per 1 % of spot, all strikes."""
    net_gex_label: Label
    """The sign of `net_gex`."""
    strikes: tuple[GexRow, ...]
    """Ascending."""


class DexRow(msgspec.Struct, frozen=True, kw_only=True):
    """Delta exposure at one strike, in US dollars of delta."""

    strike: float
    call_dex: float
    """0 or more: with the sign of the contracts' own delta."""
    put_dex: float
    """0 or less."""
    net_dex: float
    """Call and put together."""


class DexReply(msgspec.Struct, frozen=True, kw_only=True):
    """Delta exposure by strike."""

    symbol: str
    underlying_price: float | None
    """Spot of the chain, which all of this was reckoned with."""
    as_of: str
    """The instant of the chain, UTC."""
    net_dex: float
    """US dollars of delta, all strikes."""
    strikes: tuple[DexRow, ...]
    """Ascending."""


class VexRow(msgspec.Struct, frozen=True, kw_only=True):
    """Vanna exposure at one strike, in US dollars of delta per vol point."""

    strike: float
    call_vex: float
    put_vex: float
    net_vex: float
    """Call and put together."""


class VexReply(msgspec.Struct, frozen=True, kw_only=True):
    """Vanna exposure by strike."""

    symbol: str
    underlying_price: float | None
    """Spot of the chain, which all of this was reckoned with."""
    as_of: str
    """The instant of the chain, UTC."""
    net_vex: float
    """US dollars of delta per vol point, all strikes."""
    vex_interpretation: str | None
    """What dealers would do when vol moves, in a sentence."""
    strikes: tuple[VexRow, ...]
    """Ascending."""


class ChexRow(msgspec.Struct, frozen=True, kw_only=True):
    """Charm exposure at one strike, in US dollars of delta per day that passes."""

    strike: float
    call_chex: float
    put_chex: float
    net_chex: float
    """Call and put together."""


class ChexReply(msgspec.Struct, frozen=True, kw_only=True):
    """Charm exposure by strike."""

    symbol: str
    underlying_price: float | None
    """Spot of the chain, which all of this was reckoned with."""
    as_of: str
    """The instant of the chain, UTC."""
    net_chex: float
    """US dollars of delta per calendar day that passes, all strikes."""
    chex_interpretation: str | None
    """What dealers would do as time passes, in a sentence."""
    strikes: tuple[ChexRow, ...]
    """Ascending."""


def gex(name: Name, query: GexQuery) -> GexReply:
    """Return gamma exposure by strike.

    Raises
    ------
    NoData
        If there is no chain, or nothing of that expiry in it that counts.
    """
    outline, net = exposed(name, query.expiration)
    return GexReply(
        symbol=name.symbol,
        underlying_price=outline.spot,
        as_of=as_of(name),
        gamma_flip=outline.gamma_flip,
        gamma_flip_status=outline.flip.status,
        net_gex=net,
        net_gex_label=label(net),
        strikes=gex_rows(outline, query.min_oi),
    )


def dex(name: Name, query: ExposureQuery) -> DexReply:
    """Return delta exposure by strike; raises as `gex`."""
    outline, net = exposed(name, query.expiration, "dex")
    return DexReply(
        symbol=name.symbol,
        underlying_price=outline.spot,
        as_of=as_of(name),
        net_dex=net,
        strikes=dex_rows(outline),
    )


def vex(name: Name, query: ExposureQuery) -> VexReply:
    """Return vanna exposure by strike; raises as `gex`."""
    outline, total = exposed(name, query.expiration, "vex")
    found = outline.exposed("vex")
    columns = (outline.strike, found.call.tolist(), found.put.tolist(), found.net.tolist())
    return VexReply(
        symbol=name.symbol,
        underlying_price=outline.spot,
        as_of=as_of(name),
        net_vex=total,
        vex_interpretation=sentences.of_vanna(total),
        strikes=tuple(
            VexRow(strike=strike, call_vex=call, put_vex=put, net_vex=net)
            for strike, call, put, net in zip(*columns, strict=True)
        ),
    )


def chex(name: Name, query: ExposureQuery) -> ChexReply:
    """Return charm exposure by strike; raises as `gex`."""
    outline, total = exposed(name, query.expiration, "chex")
    found = outline.exposed("chex")
    columns = (outline.strike, found.call.tolist(), found.put.tolist(), found.net.tolist())
    return ChexReply(
        symbol=name.symbol,
        underlying_price=outline.spot,
        as_of=as_of(name),
        net_chex=total,
        chex_interpretation=sentences.of_charm(total),
        strikes=tuple(
            ChexRow(strike=strike, call_chex=call, put_chex=put, net_chex=net)
            for strike, call, put, net in zip(*columns, strict=True)
        ),
    )


def exposed(
    name: Name, expiry: dt.date | None, measure: Measure = "gex"
) -> tuple[Outline, float]:
    """Return the settled book and the total of one of its exposures, in US dollars.

    Raises
    ------
    NoData
        If there is no chain, or nothing of that expiry in it that counts.
    """
    outline = name.outline(expiry)
    net = outline.net(measure)
    if net is None:
        raise NoData("no contract has both a vol and an open interest")
    return outline, net


def as_of(name: Name) -> str:
    """Return the instant of the settled chain."""
    return iso(name.settled_chain().analysed.chain.as_of)


def label(net_gex: float) -> Label:
    """Return the sign of net GEX in a word."""
    return "positive" if net_gex >= 0 else "negative"


def gex_rows(outline: Outline, min_oi: int = 0) -> tuple[GexRow, ...]:
    """Return gamma exposure and open interest by strike."""
    found, sums = outline.exposed("gex"), outline.book.strikes
    columns = (
        outline.strike,
        found.call.tolist(),
        found.put.tolist(),
        found.net.tolist(),
        *map(counts, (sums.call_oi, sums.put_oi, sums.call_volume, sums.put_volume)),
    )
    enough: list[bool] = (sums.total_oi >= min_oi).tolist() if min_oi else []
    fields = GexRow.__struct_fields__[: len(columns)]
    rows = zip(*columns, strict=True)
    return tuple(
        GexRow(**dict(zip(fields, row, strict=True)))
        for at, row in enumerate(rows)
        if not enough or enough[at]
    )


def dex_rows(outline: Outline) -> tuple[DexRow, ...]:
    """Return delta exposure by strike."""
    found = outline.exposed("dex")
    columns = (outline.strike, found.call.tolist(), found.put.tolist(), found.net.tolist())
    return tuple(
        DexRow(strike=strike, call_dex=call, put_dex=put, net_dex=net)
        for strike, call, put, net in zip(*columns, strict=True)
    )


def counts(column: Floats) -> list[int | None]:
    """Return contracts as JSON takes them: None where unknown."""
    return [int(count) if math.isfinite(count) else None for count in column.tolist()]
