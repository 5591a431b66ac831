"""Every number of the chain's valuation that a user may change."""

from enum import StrEnum
from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

from opentape.market.errors import BadSetting

Rate: TypeAlias = Annotated[float, Meta(ge=-1, le=1)]
Positive: TypeAlias = Annotated[float, Meta(gt=0)]


class Style(StrEnum):
    """How contracts may be exercised."""

    AUTO = "auto"
    """As the root says: indices European, the rest American."""
    AMERICAN = "american"
    EUROPEAN = "european"


class ChainOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a chain becomes vols and greeks."""

    rate: Rate = 0.045
    """Continuously compounded, per year, where `rates` says nothing."""
    rates: dict[Annotated[str, Meta(pattern=r"^\d+(\.\d+)?$")], Rate] = msgspec.field(
        default_factory=dict[str, float]
    )
    """A curve: rate by days to expiry, straight lines between them, flat outside."""
    carry: Rate = 0.013
    """Dividend yield of an expiry that no pair of quotes tells."""
    style: Style = Style.AUTO
    """How contracts may be exercised; `auto` goes by the root."""
    wide_spread: Positive = 0.5
    """A spread of more than this part of the middle keeps a quote from fits and levels."""
    stale_seconds: Positive = 900.0
    """A quote older than this is not priced."""
    least_iv: Positive = 0.01
    """An implied vol below this is unknown."""
    most_iv: Positive = 5.0
    """An implied vol above this is unknown."""
    least_atm_iv: Positive = 0.05
    """An expiry whose ATM vol is below this is left out of term structure and skew."""
    most_atm_iv: Positive = 2.0
    """The same above this."""
    delta_25_reach: Positive = 0.20
    """A listed contract whose delta is this far from 0.25 does not stand for it."""
    delta_10_reach: Positive = 0.08
    """The same for 0.10."""

    def __post_init__(self) -> None:
        for low, high in (("least_iv", "most_iv"), ("least_atm_iv", "most_atm_iv")):
            if getattr(self, low) >= getattr(self, high):
                raise BadSetting(f"{low} must be below {high}, was {getattr(self, low)}")
