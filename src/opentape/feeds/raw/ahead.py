"""Reading ahead: the next items are made on another thread while these are used."""

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

T = TypeVar("T")

_DEPTH: Final = 2


class _End:
    """What follows the last item: the error that ended them, if one did."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def ahead(make: Callable[[], Iterator[T]]) -> Iterator[T]:
    """Yield what `make` yields, up to three items of it made in advance.

    The thread ends when the items do, or when whoever asks for them stops.
    """
    made: queue.Queue[T | _End] = queue.Queue(_DEPTH)
    stopped = threading.Event()
    thread = threading.Thread(target=_fill, args=(make, made, stopped), daemon=True)
    thread.start()
    try:
        while not isinstance(item := made.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        stopped.set()
        while thread.is_alive():
            _emptied(made)
            thread.join(0.01)


def _fill(
    make: Callable[[], Iterator[T]], made: "queue.Queue[T | _End]", stopped: threading.Event
) -> None:
    error = None
    try:
        for item in make():
            made.put(item)
            if stopped.is_set():
                break
    except BaseException as caught:  # noqa: BLE001 (handed over whole, raised there)
        error = caught
    made.put(_End(error))


def _emptied(made: "queue.Queue[T | _End]") -> None:
    while not made.empty():
        made.get_nowait()
