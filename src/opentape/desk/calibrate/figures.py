"""Figures of a day's prints: how many, when, how large, of what kind, at what place."""

import datetime as dt
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from opentape.desk.calibrate import gather
from opentape.desk.calibrate.gather import Day
from opentape.desk.calibrate.reply import Row, row
from opentape.market.calendar import EPOCH, SECOND_NS, Span, session_of, trade_date
from opentape.market.conditions import Condition
from opentape.simulation.records import PACKAGES, STYLES

NAN: Final = float("nan")
FEWEST_NAMES: Final = 20
"""Below this many names no law over names shows."""
MARKET_PRINTS: Final = 8_000_000
_WINDOW_NS: Final = SECOND_NS // 10
_HALF_HOUR_NS: Final = 1_800 * SECOND_NS
_STEADY: Final = 10
"""Prints a 100 ms from which the busiest of them is no accident of few prints."""
_BUSIEST: Final = 0.8
"""Share of names, the busiest first, that the law is read from."""
_PERCENTILES: Final = (50, 90, 99)
_C: Final = Condition
_TYPES: Final = {
    "electronic": ("auto", "sweep", "worked"),
    "auction": ("auction", "complex_auction"),
    "complex": ("complex",),
    "floor": ("floor", "complex_floor"),
    "cross": ("cross", "complex_cross"),
    "stock_tied": ("stock_tied",),
}
"""Styles by where they are matched."""
_CLASSES: Final = {
    "class_single": (_C.REGULAR, _C.ISO),
    "class_auction": (_C.AUCTION, _C.AUCTION_ISO),
    "class_leg": (_C.LEG, _C.STOCK_TIED),
    "class_floor": (_C.FLOOR,),
    "class_cross": (_C.CROSS,),
}
_PLACES: Final = {
    "at_ask": (gather.AT_ASK,),
    "at_bid": (gather.AT_BID,),
    "at_mid": (gather.MIDDLE,),
    "outside": (gather.ABOVE, gather.BELOW),
    "inside": (gather.INSIDE,),
}


def date_of(day: Day) -> dt.date:
    """Return the trade date of a day that has prints."""
    return trade_date(int(day.prints.ts_event[0]))


def share(part: float, whole: float) -> float:
    """Return a part of a whole, NaN of nothing."""
    return part / whole if whole else NAN


def activity(day: Day) -> Iterator[Row]:
    """Yield how much trades, over names and over the session."""
    prints = day.prints
    volume = float(prints.size.sum())
    scale = share(MARKET_PRINTS, prints.rows)
    yield row(
        "prints", prints.rows, f"the market's 8 million are {scale:.3g} times as many"
    )
    mean = share(volume, prints.rows)
    yield row("mean_size", mean)
    yield row("contracts", mean * MARKET_PRINTS)
    counts = np.bincount(day.contracts.underlyings(prints.contract))
    yield _zipf(counts[counts > 0])
    session = session_of(date_of(day))
    if session is not None:
        yield _peak(prints.ts_event, session)
        since = prints.ts_event - session.start_ns
        left = session.end_ns - prints.ts_event
        first, last = prints.size[since < _HALF_HOUR_NS], prints.size[left <= _HALF_HOUR_NS]
        yield row("first_half_hour", share(float(first.sum()), volume))
        yield row("last_half_hour", share(float(last.sum()), volume))


def _zipf(counts: NDArray[np.int64]) -> Row:
    """Return the slope of log prints over log rank, the other way up."""
    if counts.size < FEWEST_NAMES:
        return row("zipf", NAN, f"told from {FEWEST_NAMES} names on, has {counts.size}")
    ranked = np.sort(counts)[::-1][: int(_BUSIEST * counts.size)]
    rank = np.log(np.arange(1, ranked.size + 1))
    slope = np.polyfit(rank, np.log(ranked), 1)[0]
    return row("zipf", -float(slope), f"{counts.size:,} names")


def _peak(ts_event: NDArray[np.int64], session: Span) -> Row:
    windows = (session.end_ns - session.start_ns) // _WINDOW_NS
    at = (ts_event - session.start_ns) // _WINDOW_NS
    counts = np.bincount(at[(at >= 0) & (at < windows)], minlength=windows)
    mean = float(counts.mean())
    few = f"{mean:.2g} prints in 100 ms on average: few prints make high peaks by chance"
    return row("peak", share(float(counts.max()), mean), few if mean < _STEADY else "")


def sizes(day: Day) -> Iterator[Row]:
    """Yield percentiles of print sizes, of the whole market and of VIX."""
    names = day.contracts.underlying_names()
    vix = np.zeros(day.prints.rows, np.bool_)
    if "VIX" in names:
        vix = day.contracts.underlyings(day.prints.contract) == names.index("VIX")
    for what, size in (("size", day.prints.size), ("vix", day.prints.size[vix])):
        for percent in _PERCENTILES:
            figure = NAN
            if size.size:
                figure = float(np.percentile(size, percent, method="inverted_cdf"))
            yield row(f"{what}_p{percent}", figure)


def places(day: Day) -> Iterator[Row]:
    """Yield how many prints stand where in their quotes, of those that have one."""
    counts = np.bincount(day.prints.place, minlength=gather.NO_QUOTE + 1)
    quoted = float(counts[: gather.NO_QUOTE].sum())
    for key, where in _PLACES.items():
        yield row(key, share(float(counts[list(where)].sum()), quoted))


def kinds(day: Day) -> Iterator[Row]:
    """Yield what share of volume is of which kind."""
    prints = day.prints
    by_style = np.bincount(prints.style, prints.size, len(STYLES))
    by_class = np.bincount(prints.condition, prints.size, len(Condition))
    volume = float(by_style.sum())
    packages = [STYLES.index(name) for name in PACKAGES]
    yield row("multi_leg", share(float(by_style[packages].sum()), volume))
    for key, names in _TYPES.items():
        codes = [STYLES.index(name) for name in names]
        yield row(key, share(float(by_style[codes].sum()), volume))
    for key, classes in _CLASSES.items():
        yield row(key, share(float(by_class[list(classes)].sum()), volume))
    yield from _zero_dte(day)


def _zero_dte(day: Day) -> Iterator[Row]:
    prints, contracts = day.prints, day.contracts
    names = contracts.underlying_names()
    today = (date_of(day) - EPOCH).days
    spx = np.zeros(prints.rows, np.bool_)
    if "SPX" in names:
        spx = contracts.underlyings(prints.contract) == names.index("SPX")
    expiring = spx & (contracts.expiry_days[prints.contract] == today)
    packages = np.array([name in PACKAGES for name in STYLES])
    single = expiring & ~packages[prints.style]
    today_volume = float(prints.size[expiring].sum())
    yield row("zero_dte", share(today_volume, float(prints.size[spx].sum())))
    yield row("zero_dte_single", share(float(prints.size[single].sum()), today_volume))
