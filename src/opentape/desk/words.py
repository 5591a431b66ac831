"""Words: what the source says of a class and, in the string below each, of its fields."""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from inspect import cleandoc
from pathlib import Path
from typing import Final

_CODE: Final = re.compile(r"``([^`]+)``")
_SECTION: Final = re.compile(r"\n+[A-Z]\w+\n-{3,}\n.*", re.DOTALL)
_WRAPPED: Final = re.compile(r"(?<=\S)\n(?=\S)(?![-*] )")


def plain(text: str | None) -> str:
    """Return a docstring as Markdown: no numpy sections, no wrapped lines."""
    cut = _SECTION.sub("", cleandoc(text or ""))
    return _WRAPPED.sub(" ", _CODE.sub(r"`\1`", cut)).strip()


def of_class(kind: type[object]) -> str:
    """Return what a class says of itself, nothing if it only inherits that."""
    return plain(vars(kind).get("__doc__"))


@cache
def of_fields(kind: type[object]) -> Mapping[str, str]:
    """Return what is said of each field by its name in the source, inherited ones too."""
    found: dict[str, str] = {}
    for one in reversed(kind.__mro__):
        found |= _classes(one.__module__).get(one.__qualname__, {})
    return found


@cache
def _classes(module: str) -> Mapping[str, Mapping[str, str]]:
    """Return what each class of a module says of its fields, by its qualified name."""
    path = getattr(sys.modules.get(module), "__file__", None)
    if path is None or not path.endswith(".py"):
        return {}
    tree = ast.parse(Path(path).read_text(encoding="utf-8"))
    return {name: dict(_fields(node)) for name, node in _named(tree, "")}


def _named(tree: ast.AST, prefix: str) -> Iterator[tuple[str, ast.ClassDef]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield prefix + node.name, node
            yield from _named(node, f"{prefix}{node.name}.")


def _fields(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, text in zip(node.body, node.body[1:], strict=False):
        match field, text:
            case (
                ast.AnnAssign(target=ast.Name(id=name))
                | ast.Assign(targets=[ast.Name(id=name)]),
                ast.Expr(value=ast.Constant(value=str(said))),
            ):
                yield name, plain(said)
            case _:
                pass
