"""One chain of one or several files: read, joined, cut to one underlying and instant."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from string import digits
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa

from opentape.feeds.chains.recognise import recognise
from opentape.feeds.chains.told import Asked, Layout, Part, Told
from opentape.feeds.raw.inflate import Inflated
from opentape.feeds.source import Ledger
from opentape.feeds.values import FIRST_NS, PAST_NS
from opentape.market.calendar import iso, trade_date
from opentape.market.chain import UNKNOWN_TIME, Chain, ordered
from opentape.market.contract import Contracts
from opentape.market.errors import BadFile, BadSetting
from opentape.market.roots import underlying_of
from opentape.market.tape import Skips

_LONGEST_ROOT: Final = 6
_MOST_SPOT: Final = 1e9
_LISTED: Final = 10


class ChainFile(NamedTuple):
    """A chain, and what became of the files it stood in."""

    chain: Chain
    title: str
    """What the files were recognised as, in words."""
    skips: Skips
    rows: int
    """How many contracts the files tell of, those that were skipped included."""
    locate: Callable[[int], str]
    """Where a row stands, as ``file:line`` or ``file:row N``."""


def read_chain(
    paths: Sequence[Path],
    contracts: Contracts | None = None,
    *,
    symbol: str | None = None,
    spot: float | None = None,
    as_of_ns: int | None = None,
) -> ChainFile:
    """Return the chain in one or several files of one layout, recognised by its content.

    Parameters
    ----------
    paths : Path
        Rows are numbered over the files in this order; of a contract met twice the last
        row stays.
    contracts : Contracts, optional
        The table that the chain's contracts join; a new one if not given.
    symbol : str, optional
        The underlying or one of its roots; needed where files tell of several, or of none.
    spot : float, optional
        Dollars; goes before what the files say.
    as_of_ns : int, optional
        Nanoseconds since 1970 UTC; goes before what the files say. Of files that tell
        several instants the newest one at or before it is taken, the newest of all if it is
        not given.

    Raises
    ------
    BadFile
        If a file cannot be read as a chain, or holds none of `symbol`.
    BadSetting
        If an option is out of range, or one is needed that was not given.
    """
    asked = _checked(symbol, spot, as_of_ns)
    table = Contracts() if contracts is None else contracts
    found = _decoded(paths, table, asked)
    choice = _Choice(asked, found.layout, paths)
    name = choice.the_one(found.told, table)
    chain = choice.chain(name, found.told, table, found.skips)
    return ChainFile(chain, found.layout.title, found.skips, found.rows, found.locate)


def read_chains(paths: Sequence[Path], contracts: Contracts) -> list[ChainFile]:
    """Return the chain of each underlying that files of one layout tell of.

    Where the files tell no time or no spot a chain has `UNKNOWN_TIME` or NaN.

    Raises
    ------
    BadFile
        If a file cannot be read as a chain.
    """
    asked = _checked(None, None, None)
    found = _decoded(paths, contracts, asked)
    choice = _Choice(asked, found.layout, paths, complete=False)
    return [
        ChainFile(
            choice.chain(name, found.told, contracts, found.skips),
            found.layout.title, found.skips, found.rows, found.locate,
        )
        for name in choice.names(found.told, contracts)
    ]  # fmt: skip


class _Decoded(NamedTuple):
    layout: Layout
    told: Told
    skips: Skips
    rows: int
    locate: Callable[[int], str]


def _decoded(paths: Sequence[Path], contracts: Contracts, asked: Asked) -> _Decoded:
    files = [Inflated(path) for path in paths]
    layout, skips = _layout(files), Skips()
    try:
        parts = layout.read(files, asked, Ledger(contracts, skips, Counter()))
    except pa.ArrowException as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise BadFile(f"{_listed(paths)} cannot be decoded: {reason}") from error
    locate = _locator(parts)
    told = Told.joined([part.told for part in parts])
    if not told.row.size:
        raise BadFile(_why_empty(paths, skips, locate))
    return _Decoded(layout, told, skips, sum(part.rows for part in parts), locate)


def _checked(symbol: str | None, spot: float | None, as_of_ns: int | None) -> Asked:
    if symbol is not None:
        root = symbol.strip().lstrip("^").upper()
        if not (root.isascii() and root.isalnum() and len(root) <= _LONGEST_ROOT):
            raise BadSetting(f"a symbol is up to six letters and digits, was {symbol!r}")
        symbol = root
    if spot is not None and not 0 < spot < _MOST_SPOT:
        raise BadSetting(f"spot must be a positive price in dollars, was {spot!r}")
    if as_of_ns is not None and not FIRST_NS <= as_of_ns < PAST_NS:
        raise BadSetting(f"as of must lie in the years 1990 to 2099, was {as_of_ns!r}")
    return Asked(symbol, spot, as_of_ns)


def _layout(files: Sequence[Inflated]) -> Layout:
    layouts = {layout.title: layout for layout in map(recognise, files)}
    if len(layouts) != 1:
        told = " and ".join(layouts) or "no file at all"
        raise BadFile(f"the files of a chain must be of one kind, was {told}")
    return next(iter(layouts.values()))


class _Choice:
    """What is taken of all that the files told."""

    def __init__(
        self, asked: Asked, layout: Layout, paths: Sequence[Path], *, complete: bool = True
    ) -> None:
        self._asked = asked
        self._complete = complete
        self._layout = layout
        self._where = _listed(paths)

    def chain(self, name: str, told: Told, contracts: Contracts, skips: Skips) -> Chain:
        told = self._of_one_underlying(name, told, contracts, skips)
        told = self._of_one_instant(told)
        return ordered(
            Chain(
                underlying=name,
                as_of=self._as_of(told),
                spot=self._spot(told),
                contracts=contracts,
                contract=told.contract,
                bid=told.bid,
                ask=told.ask,
                last=told.last,
                bid_size=told.bid_size,
                ask_size=told.ask_size,
                volume=told.volume,
                open_interest=told.open_interest,
                ts_quote=told.ts_quote,
                vendor_iv=told.iv,
                vendor_delta=told.delta,
                vendor_gamma=told.gamma,
            )
        )

    def names(self, told: Told, contracts: Contracts) -> list[str]:
        """Return the underlyings that contracts are listed on, adjusted roots apart."""
        present = _present(told, contracts)
        return sorted({_plain(name) for name in present} & set(present)) or present

    def the_one(self, told: Told, contracts: Contracts) -> str:
        present, plain = _present(told, contracts), self.names(told, contracts)
        wanted = self._asked.symbol and underlying_of(self._asked.symbol)
        if wanted is None and len(plain) > 1:
            raise BadSetting(
                f"a chain is of one underlying, which --symbol names, "
                f"was {self._where} with {_some(present)}"
            )
        name = wanted or plain[0]
        if name not in present:
            raise BadFile(
                f"{self._where} holds no contracts of {name}, was {_some(present)}"
            )
        return name

    def _of_one_underlying(
        self, name: str, told: Told, contracts: Contracts, skips: Skips
    ) -> Told:
        names = contracts.underlying_names()
        codes = contracts.underlyings(told.contract)
        mine = codes == names.index(name)
        kin = [code for code, other in enumerate(names) if _plain(other) == name != other]
        odd = np.flatnonzero(np.isin(codes, kin) & ~mine)
        found = (contracts[int(told.contract[at])].symbol for at in odd)
        rows = zip(told.row[odd].tolist(), found, strict=True)
        skips.add("non_standard", odd.size, rows)
        return told.take(mine)

    def _of_one_instant(self, told: Told) -> Told:
        instants = np.unique(told.as_of)
        if not self._layout.series:
            dates = sorted({trade_date(ts) for ts in instants.tolist() if ts})
            if len(dates) > 1 and self._asked.as_of_ns is None:
                raise BadFile(
                    f"files of a chain must be of one day, was {dates[0]} to {dates[-1]}"
                )
            return told
        if instants.size == 1:
            return told
        asked = self._asked.as_of_ns
        if asked is not None:
            instants = instants[instants <= asked]
        instants = instants[instants != UNKNOWN_TIME]
        if not instants.size:
            first = int(told.as_of[told.as_of != UNKNOWN_TIME].min())
            raise BadFile(f"{self._where} begins at {iso(first)}, was asked for earlier")
        return told.take(told.as_of == instants[-1])

    def _as_of(self, told: Told) -> int:
        if self._asked.as_of_ns is not None:
            return self._asked.as_of_ns
        newest = int(told.as_of.max())
        if newest == UNKNOWN_TIME and self._complete:
            raise BadSetting(
                f"{self._layout.title} need a time, which --as-of gives: "
                f"{self._where} tells none"
            )
        return newest

    def _spot(self, told: Told) -> float:
        if self._asked.spot is not None:
            return self._asked.spot
        known = np.flatnonzero(np.isfinite(told.spot))
        if not known.size and not self._complete:
            return float("nan")
        if not known.size:
            raise BadSetting(
                f"{self._layout.title} need a spot, which --spot gives: "
                f"{self._where} tells none"
            )
        newest = known[told.as_of[known] == told.as_of[known].max()][-1]
        return float(told.spot[newest])


def _present(told: Told, contracts: Contracts) -> list[str]:
    names = contracts.underlying_names()
    codes = np.unique(contracts.underlyings(told.contract))
    return sorted(names[code] for code in codes.tolist())


def _plain(name: str) -> str:
    """Return the underlying that a root with a digit, adjusted or flexible, comes from."""
    return underlying_of(name.strip(digits)) or name


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


def _listed(paths: Sequence[Path]) -> str:
    return ", ".join(str(path) for path in paths)


def _locator(parts: Sequence[Part]) -> Callable[[int], str]:
    firsts = np.cumsum([0, *(part.rows for part in parts)]).tolist()

    def locate(row: int) -> str:
        at = min(bisect_right(firsts, row), len(parts)) - 1
        return parts[at].locate(row - firsts[at])

    return locate


def _why_empty(paths: Sequence[Path], skips: Skips, locate: Callable[[int], str]) -> str:
    if not skips.total:
        return f"{_listed(paths)} holds no contracts"
    first = min((kept[0] for kept in skips.examples.values()), key=lambda skip: skip.row)
    return (
        f"{_listed(paths)} holds no contracts: {skips.total} rows were skipped, the first "
        f"at {locate(first.row)} for {first.reason}, was {first.detail!r}"
    )
