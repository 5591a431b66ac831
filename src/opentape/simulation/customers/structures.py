"""Table: the structures that packages are made of, each as its customer takes it."""

from typing import Final, NamedTuple


class Leg(NamedTuple):
    """One contract of a structure."""

    put: bool
    strike: int
    """Strikes away from the structure's own, in widths."""
    expiry: int
    """Listed expiries after the nearest one of the structure."""
    ratio: int
    """Contracts bought for each one of the package; below 0 they are sold."""
    closes: bool = False
    """The customer held it before: the near side of a roll."""


class Structure(NamedTuple):
    """A combination of contracts that trades as one."""

    name: str
    direction: int
    """What it bets on: 1 a rise, -1 a fall, 0 neither."""
    share: float
    """How often it trades, against the others."""
    legs: tuple[Leg, ...]
    roll: bool = False
    stock: bool = False
    """Shares trade with it, which the option tape does not show."""


def _call(strike: int, ratio: int, expiry: int = 0, *, closes: bool = False) -> Leg:
    return Leg(put=False, strike=strike, expiry=expiry, ratio=ratio, closes=closes)


def _put(strike: int, ratio: int, expiry: int = 0, *, closes: bool = False) -> Leg:
    return Leg(put=True, strike=strike, expiry=expiry, ratio=ratio, closes=closes)


_S: Final = Structure
STRUCTURES: Final = (
    _S("none", 0, 0.0, ()),
    _S("bull_call_vertical", 1, 9.0, (_call(0, 1), _call(1, -1))),
    _S("bear_call_vertical", -1, 7.0, (_call(0, -1), _call(1, 1))),
    _S("bull_put_vertical", 1, 8.0, (_put(0, -1), _put(-1, 1))),
    _S("bear_put_vertical", -1, 8.0, (_put(0, 1), _put(-1, -1))),
    _S("long_straddle", 0, 2.5, (_call(0, 1), _put(0, 1))),
    _S("short_straddle", 0, 2.0, (_call(0, -1), _put(0, -1))),
    _S("long_strangle", 0, 2.0, (_call(1, 1), _put(-1, 1))),
    _S("short_strangle", 0, 2.5, (_call(1, -1), _put(-1, -1))),
    _S("long_guts", 0, 0.2, (_call(-1, 1), _put(1, 1))),
    _S("strap", 1, 0.2, (_call(0, 2), _put(0, 1))),
    _S("strip", -1, 0.2, (_call(0, 1), _put(0, 2))),
    _S("iron_condor", 0, 5.0, (_put(-2, 1), _put(-1, -1), _call(1, -1), _call(2, 1))),
    _S("long_iron_condor", 0, 0.5, (_put(-2, -1), _put(-1, 1), _call(1, 1), _call(2, -1))),
    _S("iron_butterfly", 0, 2.0, (_put(-1, 1), _put(0, -1), _call(0, -1), _call(1, 1))),
    _S("long_iron_butterfly", 0, 0.3,
       (_put(-1, -1), _put(0, 1), _call(0, 1), _call(1, -1))),
    _S("call_butterfly", 0, 2.0, (_call(-1, 1), _call(0, -2), _call(1, 1))),
    _S("put_butterfly", 0, 2.0, (_put(-1, 1), _put(0, -2), _put(1, 1))),
    _S("broken_wing_call_butterfly", 0, 0.8, (_call(-1, 1), _call(0, -2), _call(2, 1))),
    _S("broken_wing_put_butterfly", 0, 0.8, (_put(-2, 1), _put(0, -2), _put(1, 1))),
    _S("call_condor", 0, 0.5, (_call(-1, 1), _call(0, -1), _call(1, -1), _call(2, 1))),
    _S("put_condor", 0, 0.5, (_put(-2, 1), _put(-1, -1), _put(0, -1), _put(1, 1))),
    _S("christmas_tree_call", 0, 0.2, (_call(0, 1), _call(2, -3), _call(3, 2))),
    _S("christmas_tree_put", 0, 0.2, (_put(0, 1), _put(-2, -3), _put(-3, 2))),
    _S("call_calendar", 0, 3.0, (_call(0, -1), _call(0, 1, 2))),
    _S("put_calendar", 0, 3.0, (_put(0, -1), _put(0, 1, 2))),
    _S("straddle_calendar", 0, 0.3,
       (_call(0, -1), _put(0, -1), _call(0, 1, 2), _put(0, 1, 2))),
    _S("double_calendar", 0, 0.5,
       (_put(-1, -1), _call(1, -1), _put(-1, 1, 2), _call(1, 1, 2))),
    _S("bull_call_diagonal", 1, 2.5, (_call(1, -1), _call(0, 1, 2))),
    _S("bear_put_diagonal", -1, 2.0, (_put(-1, -1), _put(0, 1, 2))),
    _S("poor_mans_covered_call", 1, 0.8, (_call(2, -1), _call(-4, 1, 4))),
    _S("double_diagonal", 0, 0.6,
       (_put(-1, -1), _call(1, -1), _put(-2, 1, 2), _call(2, 1, 2))),
    _S("call_ratio_spread", 0, 1.5, (_call(0, 1), _call(1, -2))),
    _S("put_ratio_spread", 0, 1.8, (_put(0, 1), _put(-1, -2))),
    _S("call_ratio_1x3", 0, 0.3, (_call(0, 1), _call(2, -3))),
    _S("put_ratio_1x3", 0, 0.3, (_put(0, 1), _put(-2, -3))),
    _S("call_backspread", 1, 0.8, (_call(0, -1), _call(1, 2))),
    _S("put_backspread", -1, 0.8, (_put(0, -1), _put(-1, 2))),
    _S("bullish_risk_reversal", 1, 2.5, (_call(1, 1), _put(-1, -1))),
    _S("bearish_risk_reversal", -1, 2.0, (_call(1, -1), _put(-1, 1))),
    _S("bullish_seagull", 1, 0.7, (_put(-2, -1), _call(0, 1), _call(2, -1))),
    _S("bearish_seagull", -1, 0.7, (_call(2, -1), _put(0, 1), _put(-2, -1))),
    _S("synthetic_long", 1, 0.8, (_call(0, 1), _put(0, -1))),
    _S("synthetic_short", -1, 0.8, (_call(0, -1), _put(0, 1))),
    _S("bull_call_ladder", 0, 0.4, (_call(0, 1), _call(1, -1), _call(2, -1))),
    _S("bear_put_ladder", 0, 0.4, (_put(0, 1), _put(-1, -1), _put(-2, -1))),
    _S("jade_lizard", 1, 0.4, (_put(-1, -1), _call(1, -1), _call(2, 1))),
    _S("twisted_sister", -1, 0.2, (_call(1, -1), _put(-1, -1), _put(-2, 1))),
    _S("big_lizard", 0, 0.2, (_put(0, -1), _call(0, -1), _call(1, 1))),
    _S("zebra", 1, 0.2, (_call(-3, 2), _call(0, -1))),
    _S("box", 0, 0.5, (_call(-2, 1), _call(2, -1), _put(2, 1), _put(-2, -1))),
    _S("jelly_roll", 0, 0.3, (_call(0, -1), _put(0, 1), _call(0, 1, 2), _put(0, -1, 2))),
    _S("call_roll_out", 0, 4.0, (_call(0, -1, closes=True), _call(0, 1, 2)), roll=True),
    _S("put_roll_out", 0, 4.0, (_put(0, -1, closes=True), _put(0, 1, 2)), roll=True),
    _S("call_roll_up_and_out", 0, 2.0,
       (_call(0, -1, closes=True), _call(1, 1, 1)), roll=True),
    _S("put_roll_down_and_out", 0, 2.0,
       (_put(0, -1, closes=True), _put(-1, 1, 1)), roll=True),
    _S("short_call_roll", 0, 3.0, (_call(0, 1, closes=True), _call(1, -1, 1)), roll=True),
    _S("short_put_roll", 0, 3.0, (_put(0, 1, closes=True), _put(-1, -1, 1)), roll=True),
    _S("buy_write", 1, 4.0, (_call(1, -1),), stock=True),
    _S("married_put", 1, 1.0, (_put(-1, 1),), stock=True),
    _S("delta_neutral_call", 0, 3.0, (_call(0, 1),), stock=True),
    _S("delta_neutral_put", 0, 3.0, (_put(0, 1),), stock=True),
    _S("collar", 0, 1.5, (_put(-1, 1), _call(1, -1)), stock=True),
    _S("conversion", 0, 1.0, (_put(0, 1), _call(0, -1)), stock=True),
    _S("reversal", 0, 1.0, (_put(0, -1), _call(0, 1)), stock=True),
)  # fmt: skip
"""By the number that stands for a structure in a column; the first stands for none."""

NAMES: Final = tuple(structure.name for structure in STRUCTURES)
MOST_LEGS: Final = max(len(structure.legs) for structure in STRUCTURES)
