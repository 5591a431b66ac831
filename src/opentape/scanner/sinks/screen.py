"""The terminal that the scanner runs in, and its bell."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from opentape.scanner.day import Digest
from opentape.scanner.sinks.alert import Alert


class Lines:
    """Writes a line an alert; fills `Sink`.

    Parameters
    ----------
    write
        Takes one alert, or a line of text.
    """

    most: ClassVar[int] = 100

    def __init__(self, write: Callable[[Alert | str], None]) -> None:
        self._write = write

    async def send(self, alerts: Sequence[Alert]) -> None:
        """Write alerts."""
        for alert in alerts:
            self._write(alert)

    async def send_digest(self, digest: Digest) -> None:
        """Write the strongest tickers of a day."""
        self._write(digest.title)
        for ticker in digest.tickers:
            self._write(ticker.text)


class Bell:
    """Rings once for all that comes at once; fills `Sink`.

    Parameters
    ----------
    ring
        Makes the sound.
    """

    most: ClassVar[int] = 100

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring

    async def send(self, alerts: Sequence[Alert]) -> None:
        """Ring."""
        if alerts:
            self._ring()

    async def send_digest(self, digest: Digest) -> None:
        """Do nothing: a summary wakes nobody."""
