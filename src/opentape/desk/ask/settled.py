"""The settled chain as answers refer to it."""

import datetime as dt
from typing import NamedTuple

import msgspec

from opentape.desk.state.name import Name
from opentape.market.errors import NoData


class SignalsChain(msgspec.Struct, frozen=True, kw_only=True):
    """Levels of the settled chain; all null without one."""

    call_wall: float | None = None
    put_wall: float | None = None
    max_pain: float | None = None
    gamma_flip: float | None = None
    gamma_flip_status: str | None = None
    """`available`, or why there is no flip."""


class Settled(NamedTuple):
    """A chain's spot and levels."""

    spot: float
    """Dollars; 0 without a chain."""
    levels: SignalsChain


def levels_of(name: Name, expiry: dt.date | None) -> Settled:
    """Return the levels of the settled chain, of one expiry if it is given."""
    chain = name.standing_chain
    if chain is None:
        return Settled(0.0, SignalsChain())
    try:
        book, flip = chain.book(expiry), chain.flip(expiry)
    except NoData:
        return Settled(chain.analysed.book.spot, SignalsChain())
    found = book.levels()
    levels = SignalsChain(
        call_wall=found.call_wall,
        put_wall=found.put_wall,
        max_pain=book.pain().level,
        gamma_flip=None if flip.level is None else round(flip.level, 2),
        gamma_flip_status=flip.status,
    )
    return Settled(book.spot, levels)
