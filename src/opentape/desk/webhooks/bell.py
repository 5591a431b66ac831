"""The bell: rung when there is something to deliver, so that nobody has to keep looking."""

from collections.abc import Callable, Collection

Listener = Callable[[Collection[str]], None]


class Bell:
    """Tells listeners of endpoints with something new, on the thread of whoever rings."""

    def __init__(self) -> None:
        self._listeners: tuple[Listener, ...] = ()

    def listen(self, listener: Listener) -> None:
        """Call `listener` with the ids of endpoints whenever it rings."""
        self._listeners = (*self._listeners, listener)

    def ring(self, endpoint_ids: Collection[str]) -> None:
        """Ring for some endpoints; for none it is silent."""
        if endpoint_ids:
            for listener in self._listeners:
                listener(endpoint_ids)
