"""Three code systems, one table: they agree wherever two name the same condition."""

import pytest

from opentape.market.conditions import (
    BY_CODE,
    CLASSES,
    FLAG_MASK,
    FLAGS,
    MASSIVE_IDS,
    SIGNED,
    SWEEPS,
    Condition,
    classify,
)

C = Condition

SAME = [
    # letters, Massive ids and ThetaData codes of one message type, and the class of it
    ("I", 209, (18,), C.REGULAR),
    ("S", 219, (95,), C.ISO),
    ("J", 210, (21,), C.REOPENING),
    ("a", 227, (125,), C.AUCTION),
    ("b", 228, (126,), C.AUCTION_ISO),
    ("c", 229, (127,), C.CROSS),
    ("d", 230, (128,), C.CROSS),
    ("e", 231, (129,), C.FLOOR),
    ("f", 232, (130,), C.LEG),
    ("g", 233, (131,), C.LEG),
    ("h", 234, (132,), C.LEG),
    ("i", 235, (133,), C.LEG),
    ("j", 236, (134,), C.LEG),
    ("k", 237, (135,), C.STOCK_TIED),
    ("l", 238, (136,), C.LEG),
    ("m", 239, (137,), C.LEG),
    ("n", 240, (138,), C.STOCK_TIED),
    ("o", 241, (139,), C.STOCK_TIED),
    ("p", 242, (140,), C.STOCK_TIED),
    ("q", 243, (141,), C.STOCK_TIED),
    ("r", 244, (142,), C.STOCK_TIED),
    ("s", 245, (143,), C.STOCK_TIED),
    ("t", 246, (144,), C.EXCLUDED),
    ("u", 247, (147,), C.EXCLUDED),
    ("v", 248, (148,), C.EXTENDED),
    ("A", 201, (40,), C.CANCEL),
    ("C", 203, (41,), C.CANCEL),
    ("E", 205, (42, 43), C.CANCEL),
    ("G", 207, (44,), C.CANCEL),
    ("B", 202, (2,), C.LATE),
    ("D", 204, (5,), C.LATE),
    ("F", 206, (6,), C.LATE),
    ("H", 208, (7,), C.LATE),
]


@pytest.mark.parametrize(("letter", "massive", "codes", "expected"), SAME)
def test_the_three_systems_agree(letter: str, massive: int, codes, expected) -> None:
    assert MASSIVE_IDS[massive] == letter
    found = {classify(code) for code in (letter, str(massive), *map(str, codes))}
    assert found == {expected}


@pytest.mark.parametrize(
    ("condition", "codes"),
    [
        (C.REGULAR, (0, 18, 10)),
        (C.ISO, (95,)),
        (C.AUCTION, (125, 55, 106)),
        (C.AUCTION_ISO, (126,)),
        (C.FLOOR, (129, 39)),
        (C.EXTENDED, (118, 148)),
        (C.BUY_AGGRESSOR, (145,)),
        (C.SELL_AGGRESSOR, (146,)),
        (C.CROSS, (45, 54, 127, 128)),
        (C.LEG, (35, 36, 37, 38, 53, 105, 124, 130, 131, 132, 133, 134, 136, 137)),
        (C.STOCK_TIED, (135, 138, 139, 140, 141, 142, 143)),
        (C.LATE, (2, 5, 6, 7, 8, 9, 13, 15, 56, 62, 65)),
        (C.REOPENING, (21, 97)),
        (C.BENCHMARK, (107,)),
        (C.EXCLUDED, (144, 147)),
        (C.CANCEL, (40, 41, 42, 43, 44)),
    ],
)
def test_every_code_of_a_class(condition: Condition, codes: tuple[int, ...]) -> None:
    assert {classify(str(code)) for code in codes} == {condition}


def test_blank_is_regular_and_anything_else_is_not_known() -> None:
    assert {classify(code) for code in ("", " ", "   ")} == {C.REGULAR}
    assert [classify(code) for code in ("999", "w", "-1", "209.5", "ISO")] == [None] * 5
    assert classify(" 95 ") is C.ISO
    assert classify("219.0") is C.ISO


def test_no_code_is_in_two_classes() -> None:
    letters = "".join(rule.letters for rule in CLASSES)
    codes = [code for rule in CLASSES for code in rule.codes]
    assert len(set(letters)) == len(letters)
    assert len(set(codes)) == len(codes)
    assert not {str(number) for number in MASSIVE_IDS} & {str(code) for code in codes}
    assert set(BY_CODE.values()) == set(Condition)


def test_what_classes_may_do() -> None:
    unsigned = {
        C.CROSS,
        C.LEG,
        C.STOCK_TIED,
        C.LATE,
        C.REOPENING,
        C.BENCHMARK,
        C.EXCLUDED,
        C.CANCEL,
    }
    sweeps = {
        C.REGULAR,
        C.ISO,
        C.AUCTION_ISO,
        C.EXTENDED,
        C.BUY_AGGRESSOR,
        C.SELL_AGGRESSOR,
    }
    assert [rule.condition for rule in CLASSES] == list(Condition)
    assert {each for each in Condition if not SIGNED[each]} == unsigned
    assert {each for each in Condition if SWEEPS[each]} == sweeps


@pytest.mark.parametrize(
    ("condition", "flags"),
    [
        (C.REGULAR, ()),
        (C.AUCTION_ISO, ("auction", "iso")),
        (C.STOCK_TIED, ("multi_leg", "stock_tied")),
        (C.FLOOR, ("floor",)),
        (C.EXCLUDED, ()),
    ],
)
def test_flags_of_a_class(condition: Condition, flags: tuple[str, ...]) -> None:
    mask = int(FLAG_MASK[condition])
    assert tuple(flag for at, flag in enumerate(FLAGS) if mask >> at & 1) in (
        flags,
        flags[::-1],
    )
