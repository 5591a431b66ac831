"""Each room says what it is for and shows a small face."""

import ast
from pathlib import Path

import pytest

from source_tree import name_of, parse, rooms

MOST_NAMES = 10


def exported(tree: ast.Module) -> set[str]:
    """Names a room takes from its own modules."""
    return {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("opentape")
        for alias in node.names
    }


@pytest.mark.parametrize("room", rooms(), ids=name_of)
def test_room_explains_itself(room: Path) -> None:
    assert (ast.get_docstring(parse(room / "__init__.py")) or "").strip()


@pytest.mark.parametrize("room", rooms(), ids=name_of)
def test_room_exports_few_names(room: Path) -> None:
    assert len(exported(parse(room / "__init__.py"))) <= MOST_NAMES


@pytest.mark.parametrize("room", rooms(), ids=name_of)
def test_room_init_holds_no_code(room: Path) -> None:
    allowed = (ast.Import, ast.ImportFrom, ast.Expr, ast.Assign, ast.AnnAssign)
    assert all(isinstance(node, allowed) for node in parse(room / "__init__.py").body)
