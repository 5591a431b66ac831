"""Kernels compile in one way, from one place."""

from source_tree import JIT, imported_modules, modules, name_of, parse

COMPILERS = {"numba", "llvmlite"}


def test_only_the_jit_module_imports_a_compiler() -> None:
    importing = {
        name_of(path)
        for path in modules()
        for name in imported_modules(parse(path))
        if name.partition(".")[0] in COMPILERS
    }
    assert importing == {name_of(JIT)}
