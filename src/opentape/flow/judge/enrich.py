"""What a chain adds to a signal: its contract's vol and greeks, and what they come to."""

from enum import IntEnum
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from opentape.flow.options import EnrichOptions
from opentape.flow.records import Records, Side
from opentape.market.contract import Contracts
from opentape.market.money import MILLS, dollars

Floats = NDArray[np.float64]

_VOL_DECIMALS: Final = 4
_GREEK_DECIMALS: Final = 6
_CENTS: Final = 2
_ONE_PERCENT: Final = 0.01
_TURN: Final = np.array(
    [{Side.BUY: 1.0, Side.SELL: -1.0, Side.MID: np.nan}[side] for side in Side]
)
"""What a parent's side makes of its delta."""


class Moneyness(IntEnum):
    """Where a strike stands against the forward."""

    UNKNOWN = 0
    ITM = 1
    ATM = 2
    OTM = 3


class ChainMarks(NamedTuple):
    """What chain snapshots say of contracts, one a row; NaN where they do not know."""

    contract: NDArray[np.int32]
    """Places in the `Contracts` that prints are decoded with, each once."""
    iv: Floats
    delta: Floats
    """Per share, as `gamma`."""
    gamma: Floats
    atm_iv: Floats
    """Of the contract's expiry."""
    forward: Floats
    """Of the contract's expiry, dollars."""
    years: Floats
    """From the snapshot to expiry."""
    spot: Floats
    """Of the contract's underlying, dollars."""

    @classmethod
    def none(cls) -> Self:
        """Return the marks of no chain."""
        return cls(np.empty(0, np.int32), *(np.empty(0) for _ in cls._fields[1:]))

    @property
    def solved(self) -> int:
        """How many contracts have a vol."""
        return int(np.count_nonzero(np.isfinite(self.iv)))

    def of(self, contract: NDArray[np.int32]) -> "ChainMarks":
        """Return the marks of contracts, one a row; NaN for those in no chain."""
        if not self.contract.size:
            unknown = np.full(contract.size, np.nan)
            return ChainMarks(contract, *(unknown for _ in self._fields[1:]))
        known, order = self.contract, None
        if not (known[1:] > known[:-1]).all():
            order = np.argsort(known, kind="stable")
            known = known[order]
        at = np.minimum(np.searchsorted(known, contract), known.size - 1)
        found = known[at] == contract
        rows = at if order is None else order[at]
        return ChainMarks(
            contract, *(np.where(found, column[rows], np.nan) for column in self[1:])
        )


class Enriched(NamedTuple):
    """Columns over signals; NaN and `Moneyness.UNKNOWN` where the chain does not tell."""

    iv: Floats
    """Fraction per year, four decimals, as `iv_vs_atm`."""
    delta: Floats
    """Per share, six decimals, as `gamma`."""
    gamma: Floats
    iv_vs_atm: Floats
    moneyness: NDArray[np.int8]
    """`Moneyness`."""
    delta_notional: Floats
    """US dollars to the cent, as all that follow; the sign is that of delta."""
    gex_impact: Floats
    """US dollars of delta per 1 % of spot, unsigned."""
    signed_delta_notional: Floats
    """Delta notional as the customer holds it: turned for sells, unknown at mid."""

    @classmethod
    def nothing(cls, rows: int) -> Self:
        """Return what no chain tells of so many parents."""
        unknown, nowhere = np.full(rows, np.nan), np.full(rows, Moneyness.UNKNOWN, np.int8)
        return cls(unknown, unknown, unknown, unknown, nowhere, unknown, unknown, unknown)


def enriched(
    parents: Records, contracts: Contracts, marks: ChainMarks, options: EnrichOptions
) -> Enriched:
    """Return what a chain adds to each parent.

    Parameters
    ----------
    marks
        Of each parent's contract, as `ChainMarks.of` gives them. All is unknown where any
        of them is, the ATM vol and the forward of the expiry included.
    """
    places = parents["contract"]
    known = np.isfinite(sum(marks[1:]))
    if not known.any():
        return Enriched.nothing(known.size)
    iv = _rounded(marks.iv, known, _VOL_DECIMALS)
    delta = _rounded(marks.delta, known, _GREEK_DECIMALS)
    gamma = _rounded(marks.gamma, known, _GREEK_DECIMALS)
    shares = parents["size"] * contracts.multipliers[places].astype(np.float64)
    # from the greeks as they are shown, so that who multiplies them finds the same cents
    notional = _rounded(delta * shares * marks.spot, known, _CENTS)
    impact = gamma * shares * marks.spot * marks.spot * _ONE_PERCENT
    turn = _TURN[parents["side"]]
    return Enriched(
        iv=iv,
        delta=delta,
        gamma=gamma,
        iv_vs_atm=_rounded(iv - marks.atm_iv, known, _VOL_DECIMALS),
        moneyness=_moneyness(
            contracts.strike_mills[places] / MILLS, contracts.puts[places], marks, options
        ),
        delta_notional=notional,
        gex_impact=_rounded(impact, known, _CENTS),
        signed_delta_notional=notional * turn + 0.0,
    )


def spots(parents: Records, marks: ChainMarks) -> Floats:
    """Return the underlying price of each parent, from the tape, else from the chain.

    Dollars, NaN where neither knows.
    """
    told = dollars(parents["spot"])
    return np.where(np.isnan(told), marks.spot, told)


def _moneyness(
    strike: Floats, put: NDArray[np.bool_], marks: ChainMarks, options: EnrichOptions
) -> NDArray[np.int8]:
    with np.errstate(invalid="ignore"):
        away = np.log(strike / marks.forward)
        band = options.atm_band * marks.atm_iv * np.sqrt(marks.years)
        near = np.abs(away) <= np.clip(band, options.atm_band_least, options.atm_band_most)
        out = np.where(put, away < 0, away > 0)
    named = np.where(near, Moneyness.ATM, np.where(out, Moneyness.OTM, Moneyness.ITM))
    known = np.isfinite(sum(marks[1:]))
    return np.where(known, named, Moneyness.UNKNOWN).astype(np.int8)


def _rounded(column: Floats, known: NDArray[np.bool_], decimals: int) -> Floats:
    # a greek of -0.0 would be written with its sign
    return np.where(known, np.round(column, decimals) + 0.0, np.nan)
