"""The conditions of a rule: comparisons of fields, as Python spells them, and no more.

::

    score >= 80 and intent == "bullish" and "whale" in tags
    right == "C" and strike >= chain.call_wall
    premium > 1e6 or (dte == 0 and enrichment.delta > 0.3)

Names are fields of a signal, of its chain (``chain.``) and of what flow does to dealers
(``flow.``), beside ``symbol`` and ``spot``. What is not known makes neither a comparison
nor its opposite true. Everything is checked before anything runs.
"""

import ast
import operator
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any, Final, NamedTuple

from opentape.scanner.rules.errors import BadRule
from opentape.scanner.rules.facts import KINDS, Facts, Kind, fields

MOST_LETTERS: Final = 2_000
MOST_DEEP: Final = 40

Read = Callable[[Facts], Any]


class Part(NamedTuple):
    """A part of a condition: what it comes to, and how to get it. None is not known."""

    kind: Kind
    read: Read


class Condition(NamedTuple):
    """A condition, ready to be asked."""

    text: str
    names: frozenset[str]
    """The fields that it looks at."""
    read: Read

    def __call__(self, facts: Facts) -> bool:
        """Return whether it is known to hold."""
        return self.read(facts) is True


def condition(text: str) -> Condition:
    """Return a condition from its text.

    Raises
    ------
    BadRule
        If it is none; the text names what is wrong with it.

    Examples
    --------
    >>> from opentape.client.wire.replies import FlowSignal
    >>> told = Facts("SPY", FlowSignal(score=87, tags=("sweep", "whale")))
    >>> condition('score >= 80 and "whale" in tags')(told)
    True
    >>> condition("size > 5")(told) or condition("not size > 5")(told)
    False
    >>> condition("scroe > 5")
    Traceback (most recent call last):
    opentape.scanner.rules.errors.BadRule: there is no field 'scroe'; did you mean 'score'?
    """
    if len(text) > MOST_LETTERS:
        raise BadRule(f"a condition has at most {MOST_LETTERS:,} letters")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise BadRule(f"this is no condition: {text.strip()!r}") from error
    reader = _Reader()
    part = reader.read(tree)
    if part.kind != Kind.TRUTH:
        raise BadRule(f"a condition is true or not, but {text.strip()!r} is a {part.kind}")
    return Condition(text.strip(), frozenset(reader.names), part.read)


def _divided(one: float, other: float) -> float:
    return one / other


_COMPARE: Final[dict[type[ast.cmpop], Callable[[Any, Any], bool]]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_ARITHMETIC: Final[dict[type[ast.operator], Callable[[Any, Any], float]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: _divided,
}


class _Reader:
    """Turns parts of a tree into parts of a condition."""

    def __init__(self) -> None:
        self.names = set[str]()
        self._deep = 0

    def read(self, node: ast.expr) -> Part:
        self._deep += 1
        if self._deep > MOST_DEEP:
            raise BadRule(f"a condition has parts in at most {MOST_DEEP} others")
        try:
            return self._read(node)
        finally:
            self._deep -= 1

    def _read(self, node: ast.expr) -> Part:
        match node:
            case ast.BoolOp():
                return self._both(node)
            case ast.Compare():
                return self._compared(node)
            case ast.UnaryOp():
                return self._turned(node)
            case ast.BinOp():
                return self._reckoned(node)
            case ast.Call():
                return self._absolute(node)
            case _:
                return self._leaf(node)

    def _leaf(self, node: ast.expr) -> Part:
        match node:
            case ast.Name() | ast.Attribute():
                return self._field(node)
            case ast.Constant(value=bool() | int() | float() | str() as value):
                return Part(KINDS[type(value)], _always(value))
            case ast.Tuple() | ast.List() | ast.Set():
                return self._list(node)
            case _:
                raise BadRule(f"{_shown(node)} cannot stand in a condition")

    def _field(self, node: ast.Name | ast.Attribute) -> Part:
        name = _shown(node).strip("'")
        known = fields()
        if name in known:
            self.names.add(name)
            return Part(*known[name])
        if name in {"true", "false"}:
            return Part(Kind.TRUTH, _always(name == "true"))
        near = get_close_matches(name, known, n=1, cutoff=0.6)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise BadRule(f"there is no field {name!r}{hint}")

    def _list(self, node: ast.Tuple | ast.List | ast.Set) -> Part:
        values = [one.value for one in node.elts if isinstance(one, ast.Constant)]
        if len(values) != len(node.elts) or len({KINDS.get(type(v)) for v in values}) != 1:
            raise BadRule(f"a list holds texts or numbers, was {_shown(node)}")
        return Part(Kind.LIST, _always(values))

    def _both(self, node: ast.BoolOp) -> Part:
        parts = [self._truth(value) for value in node.values]
        ends = isinstance(node.op, ast.Or)

        def read(facts: Facts) -> bool | None:
            unknown = False
            for part in parts:
                told = part(facts)
                if told is ends:
                    return ends
                unknown = unknown or told is None
            return None if unknown else not ends

        return Part(Kind.TRUTH, read)

    def _truth(self, node: ast.expr) -> Read:
        part = self.read(node)
        if part.kind != Kind.TRUTH:
            raise BadRule(f"{_shown(node)} is a {part.kind}: what of it?")
        return part.read

    def _turned(self, node: ast.UnaryOp) -> Part:
        if isinstance(node.op, ast.Not):
            inner = self._truth(node.operand)
            return Part(Kind.TRUTH, _after(operator.not_, inner))
        if isinstance(node.op, ast.USub):
            amount = self._number(node.operand)
            return Part(Kind.NUMBER, _after(operator.neg, amount))
        raise BadRule(f"{_shown(node)} cannot stand in a condition")

    def _number(self, node: ast.expr) -> Read:
        part = self.read(node)
        if part.kind != Kind.NUMBER:
            raise BadRule(f"{_shown(node)} must be a number, is a {part.kind}")
        return part.read

    def _absolute(self, node: ast.Call) -> Part:
        if not (isinstance(node.func, ast.Name) and node.func.id == "abs"):
            raise BadRule(f"{_shown(node.func)} cannot be called; only abs(...) can")
        if len(node.args) != 1 or node.keywords:
            raise BadRule(f"abs takes one number, was {_shown(node)}")
        inner = self._number(node.args[0])
        return Part(Kind.NUMBER, _after(abs, inner))

    def _reckoned(self, node: ast.BinOp) -> Part:
        act = _ARITHMETIC.get(type(node.op))
        if act is None:
            raise BadRule(f"{_shown(node)} must be put together by + - * or /")
        left, right = self._number(node.left), self._number(node.right)

        def read(facts: Facts) -> float | None:
            one, other = left(facts), right(facts)
            if one is None or other is None:
                return None
            try:
                return act(one, other)
            except (ZeroDivisionError, OverflowError):
                return None

        return Part(Kind.NUMBER, read)

    def _compared(self, node: ast.Compare) -> Part:
        sides = [node.left, *node.comparators]
        parts = [self.read(side) for side in sides]
        tests = [
            self._test(node, op, parts[at], parts[at + 1]) for at, op in enumerate(node.ops)
        ]

        def read(facts: Facts) -> bool | None:
            told = [test(facts) for test in tests]
            return False if False in told else None if None in told else True

        return Part(Kind.TRUTH, read)

    def _test(self, node: ast.Compare, op: ast.cmpop, left: Part, right: Part) -> Read:
        if isinstance(op, ast.In | ast.NotIn):
            return self._member(node, left, right, within=isinstance(op, ast.In))
        act = _COMPARE.get(type(op))
        if act is None or Kind.LIST in {left.kind, right.kind}:
            raise BadRule(f"{_shown(node)} compares what cannot be compared")
        if left.kind != right.kind:
            raise BadRule(f"{_shown(node)} compares a {left.kind} with a {right.kind}")

        def read(facts: Facts) -> bool | None:
            one, other = left.read(facts), right.read(facts)
            return None if one is None or other is None else act(one, other)

        return read

    def _member(self, node: ast.Compare, left: Part, right: Part, *, within: bool) -> Read:
        if right.kind not in {Kind.LIST, Kind.TEXT} or left.kind in {Kind.LIST, Kind.TRUTH}:
            raise BadRule(f"{_shown(node)} looks for something in what is no list")
        if right.kind == Kind.TEXT and left.kind != Kind.TEXT:
            raise BadRule(f"{_shown(node)} looks for a {left.kind} in a text")

        def read(facts: Facts) -> bool | None:
            one, many = left.read(facts), right.read(facts)
            return None if one is None or many is None else (one in many) is within

        return read


def _always(value: Any) -> Read:
    return lambda _facts: value


def _after(act: Callable[[Any], Any], inner: Read) -> Read:
    """Return a reader that makes something of what is known."""

    def read(facts: Facts) -> Any:
        value = inner(facts)
        return None if value is None else act(value)

    return read


def _shown(node: ast.expr) -> str:
    return repr(ast.unparse(node))
