"""Each room says what it is for and shows a small face."""

import ast

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


def faces() -> dict[str, ast.Module]:
    return {name_of(room): parse(room / "__init__.py") for room in rooms()}


def test_rooms_explain_themselves() -> None:
    told = {name: ast.get_docstring(face) or "" for name, face in faces().items()}
    assert [name for name, text in told.items() if not text.strip()] == []


def test_rooms_export_few_names() -> None:
    exporting = {name: len(exported(face)) for name, face in faces().items()}
    assert {name for name, many in exporting.items() if many > MOST_NAMES} == set()


def test_faces_hold_no_code() -> None:
    allowed = (ast.Import, ast.ImportFrom, ast.Expr, ast.Assign, ast.AnnAssign)
    code = [
        f"{name}:{node.lineno}"
        for name, face in faces().items()
        for node in face.body
        if not isinstance(node, allowed)
    ]
    assert code == []
