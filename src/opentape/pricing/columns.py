"""How a kernel runs over columns: arguments broadcast, long columns split over threads."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

THREADS: Final = 2
"""How many slices of a long column are worked on at once; kernels hold no lock."""
_WORTH_A_THREAD: Final = 1 << 13


def fill(
    kernel: Callable[..., None], *given: ArrayLike, outputs: int = 1
) -> tuple[Floats, ...]:
    """Return what a kernel writes, one array an output, in the common shape of `given`.

    Parameters
    ----------
    kernel
        Takes the inputs and then the outputs, all one-dimensional, contiguous float64
        of one length, and fills every place of every output.
    given : float64 or what casts to it, any shapes that broadcast
    outputs
        How many columns the kernel fills.
    """
    columns, shape = columns_of(*given)
    columns += list(np.empty((outputs, columns[0].size)))
    in_slices(kernel, columns)
    return tuple(column.reshape(shape) for column in columns[len(given) :])


def columns_of(*given: ArrayLike) -> tuple[list[Floats], tuple[int, ...]]:
    """Return arrays as columns of one length, and the shape that they broadcast to."""
    arrays = [np.asarray(one, np.float64) for one in given]
    shape = np.broadcast_shapes(*(array.shape for array in arrays))
    return [_column(array, shape) for array in arrays], shape


def _column(array: Floats, shape: tuple[int, ...]) -> Floats:
    """Return an array as one column, copied unless it is one already.

    A column that may not be written to is of another type to a kernel, which would be
    compiled once more for it.
    """
    whole = np.broadcast_to(array, shape) if array.shape != shape else array
    if not (whole.flags.c_contiguous and whole.flags.writeable):
        whole = np.array(whole, order="C")
    return whole.reshape(-1)


def in_slices(kernel: Callable[..., None], columns: list[Floats]) -> None:
    """Run a kernel over columns of one length, in as many slices as are worth a thread."""
    length = columns[0].size
    slices = min(THREADS, length // _WORTH_A_THREAD)
    if slices < 2:  # noqa: PLR2004
        kernel(*columns)
        return
    edges = np.linspace(0, length, slices + 1).astype(np.int64).tolist()
    # a slice of a contiguous column is contiguous: one compiled signature serves all
    runs = [
        _pool().submit(kernel, *(column[low:high] for column in columns))
        for low, high in pairwise(edges)
    ]
    for run in runs:
        run.result()


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="pricing")
