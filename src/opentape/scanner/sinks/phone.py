"""Telegram, e-mail and whatever else Apprise can reach, by its addresses."""

import asyncio
from collections.abc import Sequence
from typing import Any, ClassVar

from opentape.scanner.day import Digest
from opentape.scanner.library import needed
from opentape.scanner.rules.errors import BadRule
from opentape.scanner.sinks.alert import Alert, SinkFailed


class Phone:
    """Fills `Sink`.

    Parameters
    ----------
    urls
        As Apprise spells them: ``tgram://TOKEN/CHAT``, ``mailtos://USER:PASSWORD@HOST``.
    """

    most: ClassVar[int] = 10

    def __init__(self, urls: Sequence[str]) -> None:
        apprise = needed("apprise", "apprise", "a destination of the kind apprise")
        self._apprise: Any = apprise.Apprise()
        for url in urls:
            if not self._apprise.add(url):
                scheme = url.partition("://")[0]
                raise BadRule(f"Apprise knows no address that begins {scheme!r} like this")

    async def send(self, alerts: Sequence[Alert]) -> None:
        """Tell alerts in one message."""
        body = "\n\n".join("\n".join((alert.title, *alert.details)) for alert in alerts)
        title = alerts[0].title if len(alerts) == 1 else f"{len(alerts)} signals"
        await self._notify(title, body)

    async def send_digest(self, digest: Digest) -> None:
        """Tell the strongest tickers of a day."""
        await self._notify(digest.title, "\n".join(one.text for one in digest.tickers))

    async def _notify(self, title: str, body: str) -> None:
        # what Apprise calls may block, its own asynchronous face included
        if not await asyncio.to_thread(self._apprise.notify, body=body, title=title):
            raise SinkFailed("Apprise could not deliver it")
