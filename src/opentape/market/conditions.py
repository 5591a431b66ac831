"""Table: sale conditions and the classes the engine works with.

One table for OPRA letters, Massive ids (201 to 248) and ThetaData or Cboe codes (0 to
148). What a class may do decides how a print is folded: whether the quote rule may give
it a side, whether it may join a sweep, and what flag its signal carries. The letters K to
R, T and X are older messages that vendors' files still hold.
"""

from enum import IntEnum
from string import ascii_lowercase, ascii_uppercase
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Condition(IntEnum):
    """The class of a sale condition, a small integer in columns and kernels."""

    REGULAR = 0
    ISO = 1
    AUCTION = 2
    AUCTION_ISO = 3
    FLOOR = 4
    EXTENDED = 5
    BUY_AGGRESSOR = 6
    SELL_AGGRESSOR = 7
    CROSS = 8
    LEG = 9
    STOCK_TIED = 10
    LATE = 11
    REOPENING = 12
    BENCHMARK = 13
    EXCLUDED = 14
    CANCEL = 15


class ClassRule(NamedTuple):
    """What prints of a class may do."""

    condition: Condition
    letters: str
    codes: tuple[int, ...]
    """ThetaData and Cboe codes."""
    signed: bool
    sweeps: bool
    flags: tuple[str, ...]


_C = Condition
CLASSES: Final = (
    ClassRule(_C.REGULAR, " IKX", (0, 18, 10), True, True, ()),
    ClassRule(_C.ISO, "S", (95,), True, True, ("iso",)),
    ClassRule(_C.AUCTION, "aR", (125, 55, 106), True, False, ("auction",)),
    ClassRule(_C.AUCTION_ISO, "b", (126,), True, True, ("auction", "iso")),
    ClassRule(_C.FLOOR, "eN", (129, 39), True, False, ("floor",)),
    ClassRule(_C.EXTENDED, "v", (118, 148), True, True, ("extended",)),
    ClassRule(_C.BUY_AGGRESSOR, "", (145,), True, True, ()),
    ClassRule(_C.SELL_AGGRESSOR, "", (146,), True, True, ()),
    ClassRule(_C.CROSS, "cd", (45, 54, 127, 128), False, False, ("cross",)),
    ClassRule(
        _C.LEG,
        "fghijlmLMPQ",
        (35, 36, 37, 38, 53, 105, 124, 130, 131, 132, 133, 134, 136, 137),
        False,
        False,
        ("multi_leg",),
    ),
    ClassRule(
        _C.STOCK_TIED,
        "knopqrs",
        (135, 138, 139, 140, 141, 142, 143),
        False,
        False,
        ("multi_leg", "stock_tied"),
    ),
    ClassRule(
        _C.LATE, "BDFH", (2, 5, 6, 7, 8, 9, 13, 15, 56, 62, 65), False, False, ("late",)
    ),
    ClassRule(_C.REOPENING, "J", (21, 97), False, False, ("reopening",)),
    ClassRule(_C.BENCHMARK, "T", (107,), False, False, ("benchmark",)),
    ClassRule(_C.EXCLUDED, "tu", (144, 147), False, False, ()),
    ClassRule(_C.CANCEL, "ACEGO", (40, 41, 42, 43, 44), False, False, ()),
)

FLAGS: Final = (
    "multi_leg",
    "stock_tied",
    "cross",
    "auction",
    "iso",
    "floor",
    "late",
    "extended",
    "reopening",
    "benchmark",
    "proven_open",
    "oi_stale",
)
"""Flags in the order they are listed on a signal; a bit mask numbers them from 0."""

MASSIVE_IDS: Final = dict(enumerate(ascii_uppercase + ascii_lowercase, start=201))
"""Massive condition id to OPRA letter: they run in letter order, capitals first."""


def _flag_mask(rule: ClassRule) -> int:
    return sum(1 << FLAGS.index(flag) for flag in rule.flags)


SIGNED: Final[NDArray[np.bool_]] = np.array([rule.signed for rule in CLASSES])
SWEEPS: Final[NDArray[np.bool_]] = np.array([rule.sweeps for rule in CLASSES])
FLAG_MASK: Final[NDArray[np.uint16]] = np.array(
    [_flag_mask(rule) for rule in CLASSES], dtype=np.uint16
)


def _table() -> dict[str, Condition]:
    table = {"": Condition.REGULAR}
    for rule in CLASSES:
        table.update(dict.fromkeys(rule.letters, rule.condition))
        table.update({str(code): rule.condition for code in rule.codes})
    for number, letter in MASSIVE_IDS.items():
        if letter in table:
            table[str(number)] = table[letter]
    return table


BY_CODE: Final = _table()
"""Letter, Massive id or ThetaData/Cboe code (as text) to the class of a condition."""


def classify(code: str) -> Condition | None:
    """Return the class of a condition code, None for a code that is in no table.

    A print whose code is in no table is treated as regular and counted.

    Examples
    --------
    >>> classify("S"), classify("219"), classify("95")
    (<Condition.ISO: 1>, <Condition.ISO: 1>, <Condition.ISO: 1>)
    """
    # pandas writes whole numbers as 95.0 where their column has gaps
    return BY_CODE.get(code if code == " " else code.strip().removesuffix(".0"))
