"""What structs say of their fields: the strings that stand under them in the source."""

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from types import MappingProxyType


@cache
def field_texts(kind: type) -> Mapping[str, str]:
    """Return what is said under each field of a class, those of its bases among them.

    Fields without a text are left out; line breaks within one become blanks.

    Examples
    --------
    >>> from opentape.flow.options import GatherOptions
    >>> field_texts(GatherOptions)["block_min_contracts"]
    'Parents below this size are not kept.'
    """
    found: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if base.__module__.startswith("opentape"):
            found |= _own(base)
    return MappingProxyType(found)


def first_sentence(text: str | None) -> str:
    """Return the first paragraph of a docstring on one line."""
    return " ".join((text or "").strip().partition("\n\n")[0].split())


def _own(kind: type) -> dict[str, str]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    (made,) = tree.body
    return dict(_told(made)) if isinstance(made, ast.ClassDef) else {}


def _told(made: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, under in pairwise(made.body):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(under, ast.Expr)
            and isinstance(under.value, ast.Constant)
            and isinstance(under.value.value, str)
        ):
            yield field.target.id, " ".join(under.value.value.split())
