"""How kernels compile: an edit anywhere is seen, what is unchanged is loaded."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import opentape
from opentape.pricing.jit import JIT_OFF, ROOMS, kernel, prefetch, source_key, stage

SOURCE = Path(opentape.__file__).parent
ASK = """
import numpy as np
from opentape.flow.judge import verdict
volume, one = np.array([[50, 0, 0]]), np.array([1])
changes = np.empty(1, np.int64)
verdict._estimate_all(volume, 0 * one, 9 * one, 0.43, True, changes)
print(changes[0])
"""
"""A kernel of one module that calls a kernel of another, which rounds with a constant."""


class Copy:
    """The package somewhere else, to be edited, with a cache of its own."""

    def __init__(self, folder):
        self.package = folder / "src" / "opentape"
        shutil.copytree(SOURCE, self.package, ignore=shutil.ignore_patterns("__pycache__"))
        self.cache, self.spare = folder / "cache", folder / "spare"
        self.spare.mkdir()

    def run(self, code=ASK, **changes):
        """Run code on the copy in a process of its own; return what it printed."""
        environment = {
            **os.environ,  # noqa: TID251 - what a child process is given
            "PYTHONPATH": str(self.package.parent),
            "PYTHONDONTWRITEBYTECODE": "1",
            "NUMBA_CACHE_DIR": str(self.cache),
            "NUMBA_DISABLE_JIT": "0",
            "TMPDIR": str(self.spare),
            **changes,
        }
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-c", code],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def edit(self, module, old, new):
        path = self.package / module
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), encoding="utf-8")


def machine_code(folder):
    """Files of compiled kernels, with when each was written."""
    return {
        str(path.relative_to(folder)): path.stat().st_mtime_ns
        for path in folder.rglob("*.nb?")
    }


@pytest.fixture
def copy(tmp_path):
    return Copy(tmp_path)


@pytest.mark.slow
def test_an_edit_of_another_module_is_seen_by_the_next_run(copy):
    assert copy.run() == "22"  # 21.5, half away from zero
    first = machine_code(copy.cache)
    assert any("_estimate_all" in name for name in first)

    copy.edit("flow/interest.py", "_HALF = 0.5", "_HALF = 0.25")
    assert copy.run() == "21"
    second = machine_code(copy.cache)
    assert {name: second[name] for name in first} == first
    assert len(second) == 2 * len(first)

    assert copy.run() == "21"
    assert machine_code(copy.cache) == second  # loaded, not compiled again

    copy.edit("flow/interest.py", "_HALF = 0.25", "_HALF = 0.5")
    assert copy.run() == "22"
    assert machine_code(copy.cache) == second  # as is what was compiled before the edit


@pytest.mark.long
@pytest.mark.slow
def test_a_cache_that_cannot_be_written_is_done_without(copy):
    copy.cache.write_text("a file stands where the folder should be")
    assert copy.run() == "22"
    assert machine_code(copy.spare / "opentape")
    shutil.rmtree(copy.spare / "opentape")
    (copy.spare / "opentape").write_text("and here")
    assert copy.run() == "22"
    assert copy.cache.is_file()


@pytest.mark.long
@pytest.mark.slow
def test_old_machine_code_is_thrown_away(copy):
    """Each edit begins a folder; the newest few stay."""
    for number in range(6):
        (copy.package / "market" / "extra.py").write_text(f"NUMBER = {number}\n")
        copy.run("import opentape.pricing.jit")
    kept = {folder.name for folder in (copy.cache / "opentape").iterdir()}
    assert len(kept) == 4
    assert source_key(copy.package) in kept


def test_with_the_jit_off_nothing_is_compiled(copy):
    code = """
import numpy as np
from opentape.pricing import jit
assert jit.JIT_OFF
jit.prefetch(np.zeros(1), 10**9)
"""
    assert copy.run(code + ASK, NUMBA_DISABLE_JIT="1") == "22"
    assert not copy.cache.exists()
    assert not list(copy.spare.iterdir())


CHANGES = {
    "one": lambda root: (root / "flow" / "a.py").write_text("A = 2\n"),
    "a blank": lambda root: (root / "market" / "b.py").write_text("B = 1 \n"),
    "one more": lambda root: (root / "market" / "c.py").write_text(""),
    "one less": lambda root: (root / "market" / "b.py").unlink(),
    "moved": lambda root: (root / "market" / "b.py").rename(root / "flow" / "b.py"),
    "renamed": lambda root: (root / "flow" / "a.py").rename(root / "flow" / "z.py"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_any_change_below_a_kernel_changes_the_key(tmp_path, change):
    for room, file in (("flow", "a.py"), ("market", "b.py"), ("api", "c.py")):
        (tmp_path / room).mkdir()
        (tmp_path / room / file).write_text("A = 1\n")
    key = source_key(tmp_path)
    (tmp_path / "market" / "notes.txt").write_text("not source")
    (tmp_path / "api" / "c.py").write_text("no kernel is made of it")
    assert source_key(tmp_path) == key
    change(tmp_path)
    assert source_key(tmp_path) != key


def test_kernels_are_where_the_key_looks():
    for path in SOURCE.rglob("*.py"):
        if path.relative_to(SOURCE).parts[0] not in {*ROOMS, "wiring"}:
            assert "pricing.jit import" not in path.read_text(encoding="utf-8"), path


def test_kernels_are_made_of_nothing_else():
    known = tuple(f"opentape.{room}" for room in ROOMS)
    for path in (file for room in ROOMS for file in (SOURCE / room).rglob("*.py")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith(("from opentape", "import opentape")):
                assert line.split()[1].startswith(known), (path, line)


def test_the_key_does_not_depend_on_where_the_package_is(tmp_path):
    shutil.copytree(SOURCE, tmp_path / "elsewhere")
    assert source_key(tmp_path / "elsewhere") == source_key(SOURCE)


@stage
def twice(value):
    return 2 * value


@kernel
def doubled(values):
    for at in range(values.size):
        prefetch(values, min(at + 16, values.size - 1))
        values[at] = twice(values[at])


@kernel
def touched(records):
    prefetch(records, records.size - 1)
    records[1]["a"] = 7


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float64])
def test_prefetch_changes_nothing(dtype):
    values = np.arange(100).astype(dtype)
    doubled(values)
    assert values.tolist() == (2 * np.arange(100)).tolist()


def test_prefetch_takes_records():
    records = np.zeros(3, [("a", np.int64), ("b", np.int8)])
    touched(records)
    assert records["a"].tolist() == [0, 7, 0]


def test_kernels_are_compiled_unless_told_otherwise():
    assert hasattr(doubled, "py_func") == (not JIT_OFF)


@pytest.mark.long
@pytest.mark.slow
def test_a_kernel_says_whether_an_earlier_run_compiled_it(copy):
    code = """
from opentape.pricing import bsm, greeks, jit
before = jit.is_compiled(greeks.write_prices)
bsm.price(0, 100, 100, 1, 0, 0, 0.2)
print(before, jit.is_compiled(greeks.write_prices))
"""
    assert copy.run(code) == "False True"
    assert copy.run(code) == "True True"
    assert copy.run(code, NUMBA_DISABLE_JIT="1") == "True True"
