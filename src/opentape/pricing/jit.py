"""How kernels compile: the only module that imports Numba.

Numba stamps its disk cache with the one source file that holds the kernel, so an edit in
another module would leave old machine code running. Here the cache folder is named after
a hash of every source file of the rooms that kernels are made of: any edit there, or an
upgrade, compiles afresh, and an edit elsewhere does not.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import numba
from llvmlite import ir
from numba.core import cgutils, types
from numba.core import config as numba_config
from numba.extending import intrinsic

Function = TypeVar("Function", bound=Callable[..., object])

# Numba fills its settings in as it is imported and publishes no types for its decorators.
config: Final[Any] = numba_config
_njit: Final[Any] = numba.njit
_cgutils: Final[Any] = cgutils

JIT_OFF: Final = bool(config.DISABLE_JIT)
"""Whether kernels run as plain Python (``NUMBA_DISABLE_JIT=1``), for coverage and tests."""
ROOMS: Final = ("market", "pricing", "flow", "positioning", "simulation")
"""Where kernels are, and all that they may import."""
_KEPT_CACHES: Final = 4
_WARM: Final = "warm"


def source_key(package: Path) -> str:
    """Return a hash of every Python source file of `ROOMS`, names included."""
    digest = hashlib.sha256()
    for path in sorted(file for room in ROOMS for file in (package / room).rglob("*.py")):
        digest.update(str(path.relative_to(package)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _usable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _home_cache() -> Path | None:
    try:
        return Path.home() / ".cache"
    except RuntimeError:
        return None


def _cache_folder() -> Path | None:
    """Return where machine code is kept: the user's cache, else a temporary folder."""
    key = source_key(Path(__file__).parents[1])
    chosen = Path(config.CACHE_DIR) if config.CACHE_DIR else _home_cache()
    for base in (chosen, Path(tempfile.gettempdir())):
        if base is not None and _usable(base / "opentape" / key):
            _prune(base / "opentape", key)
            return base / "opentape" / key
    return None


def _prune(caches: Path, current: str) -> None:
    def last_used(folder: Path) -> float:
        try:
            return folder.stat().st_mtime
        except FileNotFoundError:
            return 0.0

    found = (path for path in caches.iterdir() if path.name != current)
    others = sorted(found, key=last_used)
    for path in others[: max(0, len(others) - _KEPT_CACHES + 1)]:
        shutil.rmtree(path, ignore_errors=True)


_CACHE: Final = None if JIT_OFF else _cache_folder()


@contextmanager
def _cache_here() -> Generator[None]:
    before = config.CACHE_DIR
    config.CACHE_DIR = str(_CACHE or "")
    try:
        yield
    finally:
        config.CACHE_DIR = before


def kernel(function: Function) -> Function:
    """Compile a function over columns; it releases the GIL and keeps IEEE arithmetic."""
    with _cache_here():
        compiled: Any = _njit(cache=_CACHE is not None, nogil=True, _nrt=False)(function)
    return cast("Function", compiled)


def stage(function: Function) -> Function:
    """Compile a step of a kernel into its caller: no call, no reference counting."""
    with _cache_here():
        compiled: Any = _njit(
            cache=_CACHE is not None, nogil=True, forceinline=True, _nrt=False
        )(function)
    return cast("Function", compiled)


def is_compiled(function: Callable[..., object]) -> bool:
    """Return whether machine code of a kernel or stage was kept by an earlier run."""
    if JIT_OFF:
        return True
    module = function.__module__.rpartition(".")[2]
    kept = f"{module}.{function.__name__}-*.nbi"
    return _CACHE is not None and next(_CACHE.rglob(kept), None) is not None


def is_warm() -> bool:
    """Return whether `set_warm` was called of this very code."""
    return JIT_OFF or (_CACHE is not None and (_CACHE / _WARM).exists())


def set_warm() -> None:
    """Remember that all machine code of this code was compiled."""
    if _CACHE is not None:
        (_CACHE / _WARM).touch()


def _prefetch_nothing(_records: object, _place: int) -> None:
    """Do nothing: there is no line to fetch when kernels run as plain Python."""


@intrinsic
def _prefetch_line(_typing: Any, records: Any, place: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        byte = ir.IntType(8)
        base = builder.bitcast(data, byte.as_pointer())
        wide = ir.IntType(64)
        index = context.cast(builder, args[1], signature.args[1], types.int64)
        size = context.get_abi_sizeof(context.get_data_type(signature.args[0].dtype))
        offset = builder.mul(index, wide(size))
        address = builder.gep(base, [offset], source_etype=byte)
        number = ir.IntType(32)
        fetch = _cgutils.get_or_insert_function(
            builder.module,
            ir.FunctionType(ir.VoidType(), [byte.as_pointer(), number, number, number]),
            "llvm.prefetch.p0",
        )
        # Written to, kept in every cache level, data rather than instructions.
        builder.call(fetch, [address, number(1), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(records, place), codegen


prefetch: Final[Callable[[Any, int], None]] = (
    _prefetch_nothing if JIT_OFF else cast("Callable[[Any, int], None]", _prefetch_line)
)
"""Ask the processor for the cache line of ``array[place]`` before it is needed."""
