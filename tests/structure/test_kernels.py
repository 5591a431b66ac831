"""Kernels compile in one way, from one place."""

from pathlib import Path

import pytest

from source_tree import JIT, imported_modules, modules, name_of, parse

COMPILERS = {"numba", "llvmlite"}


@pytest.mark.parametrize("path", [path for path in modules() if path != JIT], ids=name_of)
def test_only_the_jit_module_imports_a_compiler(path: Path) -> None:
    assert {name.partition(".")[0] for name in imported_modules(parse(path))}.isdisjoint(
        COMPILERS
    )
