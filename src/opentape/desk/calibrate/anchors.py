"""Table: what is public about the real tape, and what nobody has published."""

from typing import Final, NamedTuple


class Anchor(NamedTuple):
    """One public figure as the range that agrees with it."""

    part: str
    what: str
    agrees: tuple[float, float] | None
    """Least and most that agree with the source; None where nothing is public."""
    unit: str
    source: str
    note: str = ""
    excuse: str = ""
    """Why a market cannot agree with the source, where it cannot."""


_OCC: Final = "58 million contracts (OCC), 6 to 10 million prints (OPRA) a day"
_U: Final = "an even day has 7.7 % in each half hour"
_VIX: Final = "Cboe trade sample, VIX"
_NYSE: Final = "NYSE, option volume by type"
_MIX_NOTE: Final = (
    "by where it was matched: packages in auctions, floors and QCC count there"
)
_PLACE: Final = "published samples, which differ this much"
_GRAUER: Final = "Grauer, Schuster and Uhrig-Homburg (2023): 62 to 63 %"
_SW: Final = "Savickas and Wilson (2003): 83 % of trades that can be classified"
_SWEEPS: Final = "recorded sweeps: median 11 ms, most 520 ms, 1 to 18 venues"
_SIZES: Final = "published samples"
_TICKS: Final = "one to several ticks by moneyness and price"

ANCHORS: Final[dict[str, Anchor]] = {
    "prints": Anchor("activity", "prints that day", None, "prints", ""),
    "mean_size": Anchor(
        "activity", "contracts a print", (5.8, 9.7), "contracts", _OCC
    ),
    "contracts": Anchor(
        "activity", "contracts a day, scaled to 8 million prints", (46e6, 78e6),
        "contracts", _OCC,
    ),
    "zipf": Anchor(
        "activity", "Zipf exponent of prints over names", (0.8, 1.3), "",
        "Zipf's law: about 1",
    ),
    "peak": Anchor(
        "activity", "busiest 100 ms over the mean", (20.0, 100.0), "",
        "published bursts of about 50 times the mean",
    ),
    "first_half_hour": Anchor(
        "activity", "volume in the first half hour", (0.10, 0.25), "share", _U
    ),
    "last_half_hour": Anchor(
        "activity", "volume in the last half hour", (0.08, 0.20), "share", _U
    ),
    "size_p50": Anchor("size", "median print", (1.0, 10.0), "contracts", _SIZES),
    "size_p90": Anchor(
        "size", "90th percentile", (100.0, 250.0), "contracts", _SIZES,
        excuse="58 million contracts in 6 to 10 million prints are 6 to 10 a print, and a "
        "mean is at least a tenth of its 90th percentile: no whole market has 100",
    ),
    "size_p99": Anchor("size", "99th percentile", None, "contracts", ""),
    "vix_p50": Anchor("size", "median print, VIX", (5.0, 15.0), "contracts", f"{_VIX}: 10"),
    "vix_p90": Anchor(
        "size", "90th percentile, VIX", (150.0, 350.0), "contracts", f"{_VIX}: 250"
    ),
    "vix_p99": Anchor(
        "size", "99th percentile, VIX", (1_000.0, 2_200.0), "contracts", f"{_VIX}: 1,510"
    ),
    "at_ask": Anchor("place", "prints at the ask", (0.19, 0.40), "share", _PLACE),
    "at_bid": Anchor("place", "prints at the bid", (0.18, 0.40), "share", _PLACE),
    "at_mid": Anchor("place", "prints in the middle", (0.10, 0.34), "share", _PLACE),
    "outside": Anchor(
        "place", "prints above the ask or below the bid", (0.01, 0.03), "share", _PLACE
    ),
    "inside": Anchor("place", "prints elsewhere inside", (0.0, 0.52), "share", "the rest"),
    "multi_leg": Anchor(
        "kind", "volume of packages", (0.30, 0.45), "share",
        "Li, Musto and Pearson (2023): over 30 %",
    ),
    "electronic": Anchor(
        "kind", "volume, electronic", (0.50, 0.60), "share", f"{_NYSE}: 55 %",
        _MIX_NOTE,
    ),
    "auction": Anchor(
        "kind", "volume, auction", (0.14, 0.20), "share", f"{_NYSE}: 17 %"
    ),
    "complex": Anchor(
        "kind", "volume, complex", (0.10, 0.16), "share", f"{_NYSE}: 13 %"
    ),
    "floor": Anchor(
        "kind", "volume, floor", (0.08, 0.11), "share", f"{_NYSE}: 9.5 %"
    ),
    "cross": Anchor(
        "kind", "volume, QCC", (0.035, 0.053), "share", f"{_NYSE}: 4.4 %"
    ),
    "stock_tied": Anchor(
        "kind", "volume, tied to stock", (0.005, 0.015), "share", f"{_NYSE}: 1 %"
    ),
    "class_single": Anchor(
        "kind", "volume by letter: single electronic", None, "share", ""
    ),
    "class_auction": Anchor(
        "kind", "volume by letter: single auction", None, "share", ""
    ),
    "class_leg": Anchor(
        "kind", "volume by letter: legs, tied to stock or not", (0.30, 0.45), "share",
        "Li, Musto and Pearson (2023): over 30 %",
    ),
    "class_floor": Anchor(
        "kind", "volume by letter: single floor", None, "share", ""
    ),
    "class_cross": Anchor(
        "kind", "volume by letter: single cross", None, "share", ""
    ),
    "zero_dte": Anchor(
        "kind", "SPX volume on its day of expiry", (0.45, 0.65), "share",
        "Cboe: about half in 2024, near 60 % in 2025",
    ),
    "zero_dte_single": Anchor(
        "kind", "SPX volume on its day of expiry, single legs", (0.45, 0.50), "share",
        "Cboe: 45 to 50 %",
    ),
    "lee_ready": Anchor(
        "signing", "Lee-Ready against the customer's side", (0.61, 0.64), "share", _GRAUER
    ),
    "quote_rule": Anchor(
        "signing", "quote rule, auto-executed single legs", (0.78, 0.95), "share", _SW
    ),
    "quote_rule_all": Anchor(
        "signing", "quote rule, every print it signs", None, "share", ""
    ),
    "unsigned": Anchor(
        "signing", "prints that Lee-Ready cannot sign", None, "share", ""
    ),
    "sweep_median": Anchor(
        "execution", "span of a sweep, median", (8.0, 14.0), "ms", _SWEEPS
    ),
    "sweep_longest": Anchor(
        "execution", "span of a sweep, longest", (0.0, 525.0), "ms", _SWEEPS
    ),
    "sweep_venues": Anchor(
        "execution", "venues of a sweep, most", (2.0, 18.0), "", _SWEEPS
    ),
    "sweep_share": Anchor("execution", "volume of sweeps", None, "share", ""),
    "cancels": Anchor(
        "execution", "prints for each cancel", (1_800.0, 2_900.0), "prints",
        "one recorded day: 1 in 2,300",
    ),
    "oi_violations": Anchor(
        "interest", "contracts whose OI moved more than they traded", (0.0, 0.0),
        "contracts", "arithmetic: each contract traded moves it by one at most",
    ),
    "oi_share": Anchor(
        "interest", "sum of |change of OI| over volume", (0.2, 0.6), "share",
        "most trades open or close; those that do both leave it flat",
        "contracts that expire that day left out",
    ),
    "width_near_low": Anchor(
        "quotes", "width near the money, below $3", (1.0, 6.0), "ticks", _TICKS
    ),
    "width_near_high": Anchor(
        "quotes", "width near the money, $3 and more", (1.0, 12.0), "ticks", _TICKS
    ),
    "width_out_low": Anchor(
        "quotes", "width out of the money, below $3", (1.0, 6.0), "ticks", _TICKS
    ),
    "width_out_high": Anchor(
        "quotes", "width out of the money, $3 and more", (1.0, 12.0), "ticks", _TICKS
    ),
    "width_in_low": Anchor(
        "quotes", "width in the money, below $3", (1.0, 12.0), "ticks", _TICKS
    ),
    "width_in_high": Anchor(
        "quotes", "width in the money, $3 and more", (1.0, 40.0), "ticks", _TICKS
    ),
}  # fmt: skip

ASSUMPTIONS: Final = (
    "Who trades: the twelve kinds of customers, how many of each, and what each prefers.",
    "How often a customer opens rather than closes; exchanges sell those counts.",
    "How packages divide over structures; OPRA gives no package an identity.",
    "How often a customer's order rests and is hit, rather than crossing the spread.",
    "How often a print of one kind has one place in the spread: only the sums are public.",
    "Sizes at the quote, and how often all of what was shown is taken.",
    "How sizes depend on who trades, and on price and expiry.",
    "How often orders are worked over minutes, and at what pace.",
    "Rolls and hedges: how many there are, and how soon a position is closed again.",
    "That dealers are one book: what they trade with each other is left out.",
    "Surfaces: skew, term structure and how they move with spot are made, not fitted.",
    "Invented names: levels, vols and betas come from distributions with round numbers.",
    "How late late prints are, and how often vendors' feeds break.",
)
"""What cannot be calibrated from public figures."""
