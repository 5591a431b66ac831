"""Keeps a ring of keys as the store has it, on a thread of its own."""

import threading
from collections.abc import Callable
from typing import Final, Self

from opentape.desk.keys.ring import KeyRing

EVERY_S: Final = 1.0
WRITE_EVERY: Final = 5
"""Looks between two times that uses are written down."""


class Upkeep:
    """Looks for new keys each second and writes down uses; a context manager."""

    def __init__(self, ring: KeyRing, on_error: Callable[[Exception], None]) -> None:
        self._ring = ring
        self._on_error = on_error
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keys", daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End, and write down what is left."""
        self._over.set()
        self._thread.join()
        self._try(self._ring.write_back)

    def _run(self) -> None:
        looks = 0
        while not self._over.wait(EVERY_S):
            looks += 1
            self._try(self._ring.sync)
            if looks % WRITE_EVERY == 0:
                self._try(self._ring.write_back)

    def _try(self, step: Callable[[], None]) -> None:
        """Go on with the keys we have if the store fails; the owner is told."""
        try:
            step()
        except Exception as error:  # noqa: BLE001
            self._on_error(error)
