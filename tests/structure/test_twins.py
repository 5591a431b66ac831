"""One fact has one struct: no two classes carry nearly the same fields."""

import ast
from collections.abc import Iterator
from itertools import combinations

from source_tree import modules, name_of, parse

FEWEST_FIELDS = 4
ALIKE = 0.7

RIGHT_TWINS: dict[frozenset[str], str] = {
    frozenset(
        {"opentape/flow/options.py:Weights", "opentape/flow/signal.py:ScoreBreakdown"}
    ): "what a part may score at most, and what it scored: fractions and whole points",
    frozenset(
        {"opentape/desk/chain/reply.py:SviRow", "opentape/pricing/smile/svi.py:Svi"}
    ): "five numbers that unpack into a formula, and the same spelled by name in JSON",
    frozenset(
        {
            "opentape/pricing/american/answers.py:American",
            "opentape/volatility/surface.py:Greeks",
        }
    ): "what American pricing gives, and what every contract of a chain has",
    frozenset(
        {"opentape/desk/price/reply.py:FirstOrder", "opentape/volatility/surface.py:Greeks"}
    ): "one option in the units of the wire, and raw columns of a chain",
    frozenset(
        {
            "opentape/desk/price/reply.py:FirstOrder",
            "opentape/pricing/american/answers.py:American",
        }
    ): "one option in the units of the wire, and raw columns",
    frozenset(
        {
            "opentape/desk/ask/book/strikes.py:GexRow",
            "opentape/desk/chain/reply.py:StrikeRow",
        }
    ): "the row of the wire, whose keys and order a client declares, and that of a command",
    frozenset(
        {"opentape/desk/engine/rows.py:FlowRow", "opentape/flow/signal.py:Radar"}
    ): "the row that a client's document spells, and the part of a signal it is made from",
    frozenset(
        {
            "opentape/market/columns.py:StockBatch",
            "opentape/simulation/world/stock.py:StockPrints",
        }
    ): "what a feed delivers, and what the simulated market made: in cents, with venues",
    frozenset(
        {
            "opentape/desk/ask/raw/option_replies.py:OptionSummary",
            "opentape/desk/ask/raw/stock_replies.py:StockSummary",
        }
    ): "two answers of the wire: the second counts no contracts and leaves a time out",
}
"""Pairs that may look alike, each with its reason."""


def fields_of(node: ast.ClassDef) -> frozenset[str]:
    return frozenset(
        line.target.id
        for line in node.body
        if isinstance(line, ast.AnnAssign)
        and isinstance(line.target, ast.Name)
        and not ast.unparse(line.annotation).startswith("ClassVar")
    )


def classes(tree: ast.Module, module: str) -> Iterator[tuple[str, frozenset[str]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and len(fields_of(node)) >= FEWEST_FIELDS:
            yield f"{module}:{node.name}", fields_of(node)


def twins(found: list[tuple[str, frozenset[str]]]) -> list[frozenset[str]]:
    return [
        frozenset({one, other})
        for (one, mine), (other, theirs) in combinations(found, 2)
        if len(mine & theirs) >= ALIKE * len(mine | theirs)
    ]


def test_no_two_classes_are_twins() -> None:
    found = [pair for path in modules() for pair in classes(parse(path), name_of(path))]
    assert [sorted(pair) for pair in twins(found) if pair not in RIGHT_TWINS] == []


def test_twins_are_seen() -> None:
    struct = "class {name}:\n    a: int\n    b: int\n    c: int\n    {last}: int\n"
    tree = ast.parse(
        "".join(struct.format(name=n, last=f) for n, f in [("A", "d"), ("B", "d")])
    )
    assert twins(list(classes(tree, "m"))) == [frozenset({"m:A", "m:B"})]
