"""The courier on a thread of its own, for as long as a server runs."""

import asyncio
import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Final, Self

import structlog

from opentape.alerts.courier import Courier
from opentape.desk.clock import Clock
from opentape.desk.webhooks.attempt import SECOND_NS
from opentape.desk.webhooks.bell import Bell

_log = structlog.get_logger(__name__)
_LONGEST_WAIT_S: Final = 1.0
"""The machine's date may jump, and other processes change endpoints."""
_AFTER_FAILURE_S: Final = 1.0
_GRACE_S: Final = 3.0
"""For what is under way at the end; what takes longer is sent again at the next start."""


class CourierThread:
    """Runs a courier; a context manager.

    Parameters
    ----------
    make
        Makes the courier, on the thread that it will belong to.
    """

    def __init__(self, make: Callable[[], Courier], bell: Bell, clock: Clock) -> None:
        self._make, self._clock = make, clock
        self._started = threading.Event()
        self._is_over = False
        bell.listen(self._poke)

    def __enter__(self) -> Self:
        """Begin; it may be begun again after its end."""
        self._is_over = False
        self._started.clear()
        self._thread = threading.Thread(target=self._main, name="courier", daemon=True)
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(self, *_: object) -> None:
        """End; what is under way may end too, if it does soon."""
        self._is_over = True
        self._wake()
        self._thread.join()

    def _main(self) -> None:
        asyncio.run(self._run())

    async def _run(self) -> None:
        self._loop, self._woken = asyncio.get_running_loop(), asyncio.Event()
        courier = self._courier = self._make()
        courier.on_progress = self._woken.set
        self._started.set()
        while not self._is_over:
            self._woken.clear()
            await self._try(courier)
            left_s = (courier.wakes_ns() - self._clock.wall_ns()) / SECOND_NS
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, min(left_s, _LONGEST_WAIT_S))):
                    await self._woken.wait()
        with suppress(TimeoutError):
            async with asyncio.timeout(_GRACE_S):
                await courier.settle()
        courier.close()

    async def _try(self, courier: Courier) -> None:
        try:
            await courier.step()
        except Exception:  # noqa: BLE001
            # the supervisor: what is due stays due, and is looked at again
            _log.exception("webhooks not delivered")
            await asyncio.sleep(_AFTER_FAILURE_S)

    def _poke(self, endpoint_ids: Collection[str]) -> None:
        def poke() -> None:
            self._courier.poke(endpoint_ids)
            self._woken.set()

        if not self._started.is_set():
            # it looks for itself when it begins
            return
        with suppress(RuntimeError):  # the loop is over already
            self._loop.call_soon_threadsafe(poke)

    def _wake(self) -> None:
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._woken.set)
