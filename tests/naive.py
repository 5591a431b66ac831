"""The slow naive twin of the fold from prints to signals: obvious, never fast.

It shares no code with the product. It reads a whole tape, removes what was taken back,
folds what is left day by day with plain lists and dictionaries, and returns every signal
as the dictionary that one NDJSON line carries. Prices are integer nanodollars, times are
integer nanoseconds UTC, rounding is done on exact fractions.
"""

import csv
import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DOLLAR = 1_000_000_000
CENT = 10_000_000
MILL = 1_000_000
MS = 1_000_000

MAX_GAP_NS = 500 * MS
MAX_SPAN_NS = 3_000 * MS
SPLIT_NS = 5_000 * MS

# --------------------------------------------------------------------------- conditions

CODES = {
    "regular": [0, 18, 10],
    "iso": [95],
    "auction": [125, 55, 106],
    "auction_iso": [126],
    "floor": [129, 39],
    "extended": [118, 148],
    "buy_aggressor": [145],
    "sell_aggressor": [146],
    "cross": [45, 54, 127, 128],
    "leg": [35, 36, 37, 38, 53, 105, 124, 130, 131, 132, 133, 134, 136, 137],
    "stock_tied": [135, 138, 139, 140, 141, 142, 143],
    "late": [2, 5, 6, 7, 8, 9, 13, 15, 56, 62, 65],
    "reopening": [21, 97],
    "benchmark": [107],
    "excluded": [144, 147],
    "cancel": [40, 41, 42, 43, 44],
}
LETTERS = {
    "regular": " I",
    "iso": "S",
    "auction": "a",
    "auction_iso": "b",
    "floor": "e",
    "extended": "v",
    "cross": "cd",
    "leg": "fghijlm",
    "stock_tied": "knopqrs",
    "late": "BDFH",
    "reopening": "J",
    "excluded": "tu",
    "cancel": "ACEG",
}
NAMED_SIDE = {"buy_aggressor": "buy", "sell_aggressor": "sell"}
UNSIGNED = ("cross", "leg", "stock_tied", "late", "reopening", "benchmark", "excluded")
MAY_SWEEP = (
    "regular",
    "iso",
    "auction_iso",
    "extended",
    "buy_aggressor",
    "sell_aggressor",
)
ISO_CLASSES = ("iso", "auction_iso")
CLASSES_OF_FLAG = {
    "multi_leg": ("leg", "stock_tied"),
    "stock_tied": ("stock_tied",),
    "cross": ("cross",),
    "auction": ("auction", "auction_iso"),
    "iso": ISO_CLASSES,
    "floor": ("floor",),
    "late": ("late",),
    "extended": ("extended",),
    "reopening": ("reopening",),
    "benchmark": ("benchmark",),
}


def classify(code):
    """Class of a TD or Cboe condition code; an unknown code is regular."""
    for name, codes in CODES.items():
        if code in codes:
            return name
    return "regular"


def classify_letter(letter):
    """Class of an OPRA message type; blank and unknown letters are regular."""
    for name, letters in LETTERS.items():
        if letter and letter in letters:
            return name
    return "regular"


# -------------------------------------------------------------------------------- prints

MIC_OF_EXCHANGE = {
    1: "XNDQ",
    4: "AMXO",
    5: "XCBO",
    6: "XISX",
    7: "ARCO",
    9: "XPHO",
    11: "XBOX",
    22: "MCRY",
    31: "GMNI",
    42: "C2OX",
    43: "XMIO",
    46: "EMLD",
    47: "XBXO",
    60: "BATO",
    65: "EDGO",
    69: "MPRL",
    73: "MXOP",
}
UNDERLYING_OF_ROOT = {"SPXW": "SPX", "VIXW": "VIX", "NDXP": "NDX", "RUTW": "RUT"}


@dataclass
class NaivePrint:
    """One row of a tape: a print, or (class ``cancel``) a row that reverses one."""

    ts_event: int
    root: str
    expiry: date
    strike_mills: int
    right: str
    price: int
    size: int
    bid: int | None = None
    ask: int | None = None
    venue: str = "XXXX"
    cls: str = "regular"
    sequence: int | None = None
    spot: int | None = None
    row: int = 0
    cancels: int | None = None
    withdrawn: bool = False
    quote_kind: str = "nbbo"
    multiplier: int = 100


def contract_of(p):
    """Contract key: root, expiry, strike, right."""
    return (p.root, p.expiry, p.strike_mills, p.right)


def trade_date(p):
    """Trade date: the calendar date in New York at the event time."""
    at = EPOCH + timedelta(microseconds=p.ts_event // 1000)
    return at.astimezone(NEW_YORK).date()


def sequence_of(p):
    """Sequence of a row, where zero and below count as none."""
    return p.sequence if p.sequence is not None and p.sequence > 0 else None


def fold_order(p):
    """Files are folded by event time, then sequence (none = 0), then row."""
    return (p.ts_event, sequence_of(p) or 0, p.row)


def read_cboe(path, first_row=0):
    """Prints of a Cboe DataShop "Option Trades" file, in the order of the file.

    Times are New York wall time. Flag 2 in ``canceled_trade_condition_id`` makes the row
    a cancel whatever its condition, flag 1 marks a print that was cancelled later.
    """
    with Path(path).open(newline="", encoding="utf-8-sig") as lines:
        rows = csv.DictReader(lines)
        return [_cboe_print(fields, first_row + i) for i, fields in enumerate(rows)]


def _cboe_print(fields, row):
    flag = int(fields["canceled_trade_condition_id"])
    cls = classify(int(fields["trade_condition_id"]))
    return NaivePrint(
        ts_event=_utc_ns(fields["quote_datetime"]),
        root=fields["root"],
        expiry=date.fromisoformat(fields["expiration"]),
        strike_mills=int(Decimal(fields["strike"]) * 1000),
        right=fields["option_type"],
        price=_nanodollars(fields["trade_price"]),
        size=int(fields["trade_size"]),
        bid=_nanodollars(fields["best_bid"]),
        ask=_nanodollars(fields["best_ask"]),
        venue=MIC_OF_EXCHANGE.get(int(fields["exchange_id"]), "XXXX"),
        cls="cancel" if flag == 2 else cls,
        sequence=int(fields["sequence_number"]),
        spot=_mid_of(fields["underlying_bid"], fields["underlying_ask"]),
        row=row,
        withdrawn=flag == 1,
    )


def _utc_ns(wall_time):
    at = datetime.fromisoformat(wall_time).replace(tzinfo=NEW_YORK)
    return (at.astimezone(UTC) - EPOCH) // timedelta(microseconds=1) * 1000


def _nanodollars(text):
    return int(Decimal(text) * DOLLAR) if text else None


def _mid_of(bid_text, ask_text):
    bid, ask = _nanodollars(bid_text), _nanodollars(ask_text)
    return (bid + ask) // 2 if bid and ask and bid > 0 and ask > 0 else None


# ----------------------------------------------------------------- quote, side, aggressor


def nbbo_state(p):
    """State of the quote at the print; the first rule that matches wins."""
    if (p.bid is None and p.ask is None) or (p.bid == 0 and p.ask == 0):
        return "missing"
    if p.ask is None or p.ask <= 0 or p.bid is None or p.bid < 0:
        return "one_sided"
    if p.bid > p.ask:
        return "crossed"
    if p.bid == p.ask:
        return "locked"
    return {"stale": "stale", "venue": "venue"}.get(p.quote_kind, "ok")


def _is_market(bid, ask):
    return bid is not None and ask is not None and 0 <= bid < ask


def label(price, bid, ask):
    """Aggressor label by geometry: "at" reaches min($0.01, 5 % of the spread) inside.

    Locked, crossed, one-sided and missing quotes give ``mid`` at any price.
    """
    if not _is_market(bid, ask):
        return "mid"
    reach = min(Fraction(CENT), Fraction(ask - bid, 20))
    if price > ask:
        return "above_ask"
    if price >= ask - reach:
        return "at_ask"
    if price < bid:
        return "below_bid"
    if price <= bid + reach:
        return "at_bid"
    return "mid"


def quote_side(price, bid, ask):
    """Side by the quote rule: above the middle buy, below sell, else or no market mid."""
    if not _is_market(bid, ask) or 2 * price == bid + ask:
        return "mid"
    return "buy" if 2 * price > bid + ask else "sell"


def signed(p):
    """Side and aggressor label of one print.

    Classes that may not be signed are mid whatever their price. A named aggressor keeps
    its named side even without a usable quote.
    """
    if p.cls in UNSIGNED:
        return "mid", "mid"
    usable = nbbo_state(p) in ("ok", "venue")
    side = quote_side(p.price, p.bid, p.ask) if usable else "mid"
    aggressor = label(p.price, p.bid, p.ask) if usable else "mid"
    return NAMED_SIDE.get(p.cls, side), aggressor


# --------------------------------------------------------------------- hygiene, cancels


def reject_reason(p):
    """Why a print is never folded, or None. Duplicates are found in ``standing``."""
    if p.price <= 0 or p.size <= 0:
        return "bad_tick"
    if p.cls != "excluded" and nbbo_state(p) != "crossed":
        too_high = p.ask is not None and p.ask > 0 and p.price > 10 * p.ask
        too_low = p.bid is not None and p.bid > 0 and 10 * p.price < p.bid
        if too_high or too_low:
            return "absurd_price"
    if p.expiry < trade_date(p):
        return "expired"
    return None


def standing(prints, *, whole_tape=True):
    """Prints that count, in fold order, and a Counter of what was refused.

    Rejects and duplicates go first. Then every cancel takes back its print. Where the
    tape is whole, a print the feed marks as cancelled later goes too.
    """
    kept, counts, seen = [], Counter(), set()
    for p in sorted(prints, key=fold_order):
        is_cancel = p.cls == "cancel"
        reason = None if is_cancel else reject_reason(p)
        key = (is_cancel, trade_date(p), p.venue, sequence_of(p), contract_of(p))
        if reason is None and sequence_of(p) is not None and key in seen:
            reason = "duplicate"
        if reason is not None:
            counts[reason] += 1
            continue
        seen.add(key)
        if not is_cancel:
            kept.append(p)
        elif (at := cancelled_index(kept, p)) is None:
            counts["cancel_unmatched"] += 1
        else:
            counts["cancelled"] += 1
            del kept[at]
    if whole_tape:
        counts.update("cancelled" for p in kept if p.withdrawn)
        kept = [p for p in kept if not p.withdrawn]
    return kept, counts


def cancelled_index(kept, cancel):
    """Index of the print a cancel takes back, or None.

    A named sequence decides alone. Otherwise it is the latest earlier print of the same
    contract, venue, size and price, one that the feed marks as cancelled first.
    """
    same = [
        i
        for i, p in enumerate(kept)
        if contract_of(p) == contract_of(cancel) and p.venue == cancel.venue
    ]
    if cancel.cancels is not None and cancel.cancels > 0:
        named = [i for i in same if sequence_of(kept[i]) == cancel.cancels]
        return named[-1] if named else None
    alike = [
        i for i in same if kept[i].size == cancel.size and kept[i].price == cancel.price
    ]
    marked = [i for i in alike if kept[i].withdrawn]
    return (marked or alike or [None])[-1]


# ---------------------------------------------------------------------- gather to parents


@dataclass
class NaiveParent:
    """One intention: the prints that belong together, first leg first."""

    legs: list
    side: str
    structure: str
    kind: str = "BLOCK"

    @property
    def first(self):
        """First leg: it gives time, id, spot and quote state."""
        return self.legs[0]

    @property
    def size(self):
        """Contracts of all legs."""
        return sum(p.size for p in self.legs)


def joins(group, p):
    """Whether a print joins an open group: gap to the last leg and whole span."""
    gap = p.ts_event - group[-1].ts_event
    span = p.ts_event - group[0].ts_event
    return gap <= MAX_GAP_NS and span <= MAX_SPAN_NS


def gather(day, *, coalesce="all", block_min=100, sweep_strict=False):
    """Kept parents of one day's prints, in the fold order of their first legs.

    Windows are keyed by contract and side. Mid prints and classes that never enter
    sweeps stand alone; so do prints below the block size with ``blocks_only``.
    """
    groups, newest = [], {}
    for p in day:
        side, _ = signed(p)
        may_group = side != "mid" and p.cls in MAY_SWEEP
        if coalesce == "blocks_only" and p.size < block_min:
            may_group = False
        key = (contract_of(p), side)
        if may_group and key in newest and joins(newest[key], p):
            newest[key].append(p)
            continue
        groups.append([p])
        if may_group:
            newest[key] = groups[-1]
    parents = [
        NaiveParent(group, signed(group[0])[0], structure_of(group, strict=sweep_strict))
        for group in groups
        if group[0].cls != "excluded" and sum(p.size for p in group) >= block_min
    ]
    return with_kinds(parents)


def structure_of(group, *, strict=False):
    """``sweep`` for two legs or more, else ``block``.

    Strict mode counts prints of one venue and one nanosecond as one leg, and asks for two
    venues, two price levels or an intermarket-sweep condition.
    """
    legs = len({(p.venue, p.ts_event) for p in group}) if strict else len(group)
    evidence = (
        not strict
        or len({p.venue for p in group}) >= 2
        or len({p.price for p in group}) >= 2
        or any(p.cls in ISO_CLASSES for p in group)
    )
    return "sweep" if legs >= 2 and evidence else "block"


def with_kinds(parents):
    """Set SWEEP, SPLIT or BLOCK: a split follows its like by at most five seconds."""
    previous_last = {}
    for parent in parents:
        key = (contract_of(parent.first), parent.side)
        since = parent.first.ts_event - previous_last.get(key, -math.inf)
        if parent.structure == "sweep":
            parent.kind = "SWEEP"
        elif since <= SPLIT_NS:
            parent.kind = "SPLIT"
        previous_last[key] = parent.legs[-1].ts_event
    return parents


TIE_ORDER = ("mid", "at_ask", "at_bid", "above_ask", "below_bid")


def group_aggressor(legs):
    """Label with most contracts; a tie goes to the first in the documented order."""
    contracts = Counter()
    for p in legs:
        contracts[signed(p)[1]] += p.size
    return max(TIE_ORDER, key=lambda name: contracts[name])


# ----------------------------------------------------------------- open-interest simulator


def day_volumes(day, oi):
    """Buys, sells, unsigned and proven opening of every contract of one day."""
    state = defaultdict(lambda: {"buy": 0, "sell": 0, "mid": 0, "proven": 0})
    for p in day:
        now = state[contract_of(p)]
        official = oi.get(contract_of(p))
        if official is not None:
            before = now["buy"] + now["sell"] + now["mid"]
            now["proven"] += max(0, p.size - (official + before))
        now[signed(p)[0]] += p.size
    return state


def oi_state(buys, sells, unsigned, proven, official, *, oi_bounds=True):
    """Net open-interest change, bias and confidence of a contract (flat model).

    ``official`` None means no bound and no proof. Bounds off leaves the change unclamped
    and touches nothing else.
    """
    volume, signed_volume = buys + sells + unsigned, buys + sells
    if official is None:
        proven = 0
    delta = round_half_away(Fraction(43 * (buys - sells), 100))
    if oi_bounds and official is not None:
        delta = min(max(delta, -min(volume, official)), volume)
        delta = max(delta, proven - (volume - proven))
    confidence = min(1.0, max(0.43, proven / volume)) if volume else 0.43
    enough = signed_volume >= 50
    bias = "unknown"
    if (enough and 10 * delta >= signed_volume) or (proven > 0 and 2 * proven >= volume):
        bias = "opening_bias"
    elif enough and 10 * delta <= -signed_volume and official != 0:
        bias = "closing_bias"
    return delta, bias, confidence


# -------------------------------------------------------------------------------- rounding


def round_half_away(x):
    """Nearest integer, halves away from zero."""
    size = math.floor(abs(x) + Fraction(1, 2))
    return size if x >= 0 else -size


def round_half_up(x):
    """Nearest integer, halves up."""
    return math.floor(x + Fraction(1, 2))


def largest_remainder(values):
    """Integers that sum to floor(sum + 0.5), by largest fraction, ties to the earlier."""
    parts = [math.floor(value + 1e-9) for value in values]
    fractions = [value - part for value, part in zip(values, parts, strict=True)]
    units = math.floor(sum(values) + 0.5) - sum(parts)
    by_fraction = sorted(range(len(values)), key=lambda i: -fractions[i])
    if units < 0:
        by_fraction.reverse()
    for i in by_fraction[: abs(units)]:
        parts[i] += 1 if units > 0 else -1
    return parts


# ---------------------------------------------------------------------------------- scores


def clamp(x):
    """``x`` kept in 0 to 1."""
    return min(1.0, max(0.0, x))


def piecewise(points, x):
    """Linear interpolation through points; flat outside."""
    if x <= points[0][0]:
        return points[0][1]
    for (x0, y0), (x1, y1) in pairwise(points):
        if x <= x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return points[-1][1]


WEIGHTS = {
    "premium": 22,
    "size_vs_oi": 18,
    "aggressor": 14,
    "sweep": 12,
    "opening_bias": 22,
    "tenor": 12,
}
TENOR = [
    (0, 0.5),
    (1, 0.75),
    (2, 1.0),
    (21, 1.0),
    (45, 0.75),
    (90, 0.5),
    (180, 0.3),
    (365, 0.15),
]
OWN_DIRECTION = {
    ("buy", "above_ask"): 1.0,
    ("buy", "at_ask"): 0.75,
    ("sell", "below_bid"): 1.0,
    ("sell", "at_bid"): 0.75,
}


def log_premium(premium, ratio):
    """Log of the premium over $25,000, 1 at ``ratio`` times that."""
    if premium <= 0:
        return 0.0
    return clamp(math.log10(premium / 25_000) / math.log10(ratio))


def score_parts(  # noqa: PLR0913, PLR0917
    premium, size, oi, side, aggressor, is_sweep, bias, confidence, dte
):
    """Six integer components of the score, by name; their sum is the score."""
    against_oi = 0.0
    if oi is not None:
        against_oi = clamp(math.log(1 + 9 * size / max(oi, 1)) / math.log(10))
    normal = {
        "premium": log_premium(premium, 1_000_000 / 25_000),
        "size_vs_oi": against_oi,
        "aggressor": OWN_DIRECTION.get((side, aggressor), 0.0),
        "sweep": 1.0 if is_sweep else 0.0,
        "opening_bias": confidence if bias == "opening_bias" else 0.0,
        "tenor": piecewise(TENOR, dte),
    }
    real = [WEIGHTS[name] * normal[name] for name in WEIGHTS]
    return dict(zip(WEIGHTS, largest_remainder(real), strict=True))


RADAR_DTE = [(0, 20.0), (14, 16.0), (30, 12.0), (45, 8.0), (60, 4.0), (90, 0.0)]


def radar_otm(otm_pct):
    """Moneyness points: full just out of the money, none for lottery tickets."""
    if otm_pct is None or otm_pct >= 20:
        return 0.0
    if otm_pct < 0:
        return piecewise([(-10, 2.0), (0, 8.0)], otm_pct)
    return piecewise([(5, 10.0), (20, 0.0)], otm_pct)


def radar_parts(size, oi, premium, dte, otm_pct):
    """Four integer parts of the RadarPulse score, by name; their sum is the score."""
    vol_oi = 0.0
    if oi is not None:
        vol_oi = 40 * min(1.0, math.log(1 + size / max(oi, 1)) / math.log(11))
    real = [
        vol_oi,
        30 * log_premium(premium, 200),
        piecewise(RADAR_DTE, dte),
        radar_otm(otm_pct),
    ]
    return dict(
        zip(("volOI", "premium", "dte", "otm"), largest_remainder(real), strict=True)
    )


def bucket(score, cuts, lowest):
    """First name whose cut the score reaches."""
    return next((name for cut, name in cuts if score >= cut), lowest)


def conviction_of(score):
    """Conviction label of a score."""
    return bucket(score, [(85, "high"), (70, "medium"), (40, "low")], "minimal")


def radar_flag(score):
    """RadarPulse flag of a score."""
    cuts = [(85, "EXTREME"), (70, "ELEVATED"), (55, "NOTABLE")]
    return bucket(score, cuts, "NORMAL")


def intent(right, side, bias):
    """Direction of a signal; closing flow and mid prints have none."""
    if bias == "closing_bias" or side == "mid":
        return "neutral"
    return "bullish" if (right == "C") == (side == "buy") else "bearish"


# --------------------------------------------------------------------------------- signals

NO_ENRICHMENT = {
    "iv": None,
    "delta": None,
    "gamma": None,
    "iv_vs_atm": None,
    "moneyness": "unknown",
    "estimated_delta_notional": None,
    "hypothetical_gex_impact_if_opening": None,
    "signed_delta_notional": None,
}


def iso(ts_ns):
    """UTC time with six fractional digits; nanoseconds are cut, not rounded."""
    at = EPOCH + timedelta(microseconds=ts_ns // 1000)
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"


def dollars(nanodollars):
    """Dollars as a number, or None."""
    return None if nanodollars is None else nanodollars / DOLLAR


def average_price(legs):
    """Size-weighted price in dollars, rounded half up to four decimals."""
    value = sum(p.price * p.size for p in legs)
    size = sum(p.size for p in legs)
    return round_half_up(Fraction(value, size) / 100_000) / 10_000


def premium_of(legs):
    """Premium in dollars, exact, then rounded half up to the cent."""
    value = sum(p.price * p.size * p.multiplier for p in legs)
    return round_half_up(Fraction(value, CENT)) / 100


def otm_percent(p):
    """Distance out of the money in percent of spot, four decimals; None without spot."""
    if p.spot is None or p.spot <= 0:
        return None
    above = p.strike_mills * MILL - p.spot
    away = above if p.right == "C" else -above
    return round_half_up(Fraction(100 * away, p.spot) * 10_000) / 10_000


def signal_id(parent):
    """Unique and stable: what the signal is, and where its first leg stands."""
    p = parent.first
    mark = sequence_of(p)
    return "-".join(
        [
            UNDERLYING_OF_ROOT.get(p.root, p.root),
            str(p.ts_event),
            p.expiry.isoformat(),
            f"{p.strike_mills}{p.right}",
            parent.side,
            str(parent.size),
            p.venue,
            str(mark) if mark is not None else f"r{p.row}",
        ]
    )


def tags_of(structure, bias, dte, premium):
    """Documented tags in their order; ``golden`` is added by ``golden``."""
    tags = [structure]
    if bias != "unknown":
        tags.append(bias.removesuffix("_bias"))
    if dte == 0:
        tags.append("0dte")
    if premium >= 1_000_000:
        tags.append("whale")
    return tags


def flags_of(legs, proven):
    """Condition flags over all legs, and ``proven_open`` for the contract."""
    classes = {p.cls for p in legs}
    flags = [name for name, of in CLASSES_OF_FLAG.items() if classes & set(of)]
    return [*flags, "proven_open"] if proven > 0 else flags


def judge(parent, volumes, official, *, oi_bounds=True):
    """Return the signal of a parent on the final state of its contract and date."""
    p = parent.first
    proven = 0 if official is None else volumes["proven"]
    delta, bias, confidence = oi_state(
        volumes["buy"],
        volumes["sell"],
        volumes["mid"],
        proven,
        official,
        oi_bounds=oi_bounds,
    )
    premium = premium_of(parent.legs)
    aggressor = group_aggressor(parent.legs)
    dte = (p.expiry - trade_date(p)).days
    is_sweep = parent.structure == "sweep"
    parts = score_parts(
        premium,
        parent.size,
        official,
        parent.side,
        aggressor,
        is_sweep,
        bias,
        confidence,
        dte,
    )
    score = sum(parts.values())
    return {
        "id": signal_id(parent),
        "symbol": UNDERLYING_OF_ROOT.get(p.root, p.root),
        "ts": iso(p.ts_event),
        "last_ts": iso(parent.legs[-1].ts_event),
        "expiry": p.expiry.isoformat(),
        "strike": p.strike_mills / 1000,
        "right": p.right,
        "side": parent.side,
        "price": average_price(parent.legs),
        "size": parent.size,
        "premium": premium,
        "dte": dte,
        "structure": parent.structure,
        "aggressor": aggressor,
        "open_close_bias": bias,
        "open_close_confidence": confidence,
        "contract_net_oi_delta": delta,
        "intent": intent(p.right, parent.side, bias),
        "score": score,
        "conviction": conviction_of(score),
        "tags": tags_of(parent.structure, bias, dte, premium),
        "score_breakdown": parts,
        "enrichment": dict(NO_ENRICHMENT),
        "flags": flags_of(parent.legs, proven),
        "nbbo_state": nbbo_state(p),
        "legs": len(parent.legs),
        "venues": sorted({leg.venue for leg in parent.legs}),
        "iso_legs": sum(leg.cls in ISO_CLASSES for leg in parent.legs),
        "price_min": dollars(min(leg.price for leg in parent.legs)),
        "price_max": dollars(max(leg.price for leg in parent.legs)),
        "open_interest": official,
        "radar": radar_of(parent, premium, aggressor, dte, official),
    }


def radar_of(parent, premium, aggressor, dte, official):
    """RadarPulse view of the same parent."""
    p = parent.first
    otm_pct = otm_percent(p)
    parts = radar_parts(parent.size, official, premium, dte, otm_pct)
    score = sum(parts.values())
    side = {
        "above_ask": "ASK",
        "at_ask": "ASK",
        "at_bid": "BID",
        "below_bid": "BID",
    }.get(aggressor, "MID")
    bias = "NEUTRAL"
    if side != "MID":
        bias = "BULL" if (side == "ASK") == (p.right == "C") else "BEAR"
    return {
        "score": score,
        "flag": radar_flag(score),
        "scoreParts": parts,
        "kind": parent.kind,
        "side": side,
        "bias": bias,
        "ticker": UNDERLYING_OF_ROOT.get(p.root, p.root),
        "type": "CALL" if p.right == "C" else "PUT",
        "strike": p.strike_mills / 1000,
        "expiry": p.expiry.isoformat(),
        "dte": dte,
        "volume": parent.size,
        "openInterest": official,
        "volOI": None if official is None else parent.size / max(official, 1),
        "premium": premium,
        "otmPct": otm_pct,
        "spot": dollars(p.spot),
        "iv": None,
        "sector": None,
        "timestamp": iso(p.ts_event),
    }


def best_first(parent, signal):
    """Sort key: score, premium and time down; contract, side and sequence up."""
    p = parent.first
    return (
        -signal["score"],
        -signal["premium"],
        -p.ts_event,
        contract_of(p),
        parent.side,
        sequence_of(p) or 0,
        p.row,
    )


def golden(found):
    """Return copies with the golden tag decided on exactly this list.

    A signal is golden with a score of 70 or more that reaches the k-th highest of the n
    returned, k = max(1, ceil(n / 10)), ties included.
    """
    if not found:
        return []
    k = max(1, math.ceil(Fraction(len(found), 10)))
    bar = max(70, sorted((s["score"] for s in found), reverse=True)[k - 1])
    answer = []
    for signal in found:
        tags = [tag for tag in signal["tags"] if tag != "golden"]
        if signal["score"] >= bar:
            tags.append("golden")
        answer.append({**signal, "tags": tags})
    return answer


def signals(  # noqa: PLR0913
    prints,
    oi=None,
    *,
    coalesce="all",
    block_min=100,
    sweep_strict=False,
    oi_bounds=True,
    to_ns=None,
):
    """Return all signals of a tape, best first.

    Parameters
    ----------
    prints
        Rows in any order, cancels among them.
    oi
        Official open interest by contract key; a missing contract is unknown.
    to_ns
        Cut the tape after this instant; what is open then closes. Prints the feed marks
        as cancelled later still stand unless their cancel came too.
    """
    oi = oi or {}
    tape = [p for p in prints if to_ns is None or p.ts_event <= to_ns]
    kept, _ = standing(tape, whole_tape=to_ns is None)
    days = defaultdict(list)
    for p in kept:
        days[trade_date(p)].append(p)
    found = []
    for day in days.values():
        volumes = day_volumes(day, oi)
        parents = gather(
            day, coalesce=coalesce, block_min=block_min, sweep_strict=sweep_strict
        )
        for parent in parents:
            key = contract_of(parent.first)
            signal = judge(parent, volumes[key], oi.get(key), oi_bounds=oi_bounds)
            found.append((best_first(parent, signal), signal))
    found.sort(key=lambda pair: pair[0])
    return golden([signal for _, signal in found])
