"""Which expiries and strikes are listed."""

import datetime as dt

import msgspec
import numpy as np
from numpy.typing import NDArray

from opentape.desk.state.name import Name
from opentape.market.calendar import EPOCH
from opentape.market.errors import NoData
from opentape.market.money import MILLS


class Expiration(msgspec.Struct, frozen=True, kw_only=True):
    """One expiry."""

    expiration: dt.date
    strikes: tuple[float, ...]
    """US dollars, ascending, each once."""


class OptionsReply(msgspec.Struct, frozen=True, kw_only=True):
    """Expiries and strikes of an underlying that have not expired."""

    symbol: str
    expirations: tuple[Expiration, ...]
    """Ascending."""
    expiration_count: int
    total_contracts: int
    """Pairs of an expiry and a strike."""


def options(name: Name) -> OptionsReply:
    """Return what is listed: in the chain, or traded today.

    Raises
    ------
    NoData
        If nothing is.
    """
    contracts, places = name.contracts, _places(name)
    days, mills = contracts.expiry_days[places], contracts.strike_mills[places]
    today = (name.trade_date - EPOCH).days
    pairs = np.unique(np.stack([days, mills])[:, days >= today], axis=1)
    if not pairs.size:
        raise NoData(f"no contract of {name.symbol} is listed")
    found = tuple(
        Expiration(
            expiration=EPOCH + dt.timedelta(days=day),
            strikes=tuple((pairs[1, pairs[0] == day] / MILLS).tolist()),
        )
        for day in np.unique(pairs[0]).tolist()
    )
    return OptionsReply(
        symbol=name.symbol,
        expirations=found,
        expiration_count=len(found),
        total_contracts=pairs.shape[1],
    )


def _places(name: Name) -> NDArray[np.int32]:
    if name.chain is None:
        return name.standing.contract
    return np.union1d(name.chain.chain.contract, name.standing.contract)
