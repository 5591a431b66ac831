"""Posts of JSON to where alerts go over HTTP."""

import ssl
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import msgspec

from opentape.client.retries import retry_after_s
from opentape.scanner.sinks.alert import SinkFailed

_SENT: Final = range(200, 300)
_PASSING: Final = frozenset({408, 409, 425, 429})
_FAILED: Final = 500
_TIMEOUT_S: Final = 15.0


class Poster:
    """Posts to one address, of which only the host is ever told: the rest is secret."""

    def __init__(self, url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._url = url
        self._transport = transport
        self.host = urlsplit(url).hostname or "nowhere"

    async def post(self, body: Any, headers: Mapping[str, str] | None = None) -> None:
        """Post JSON.

        Raises
        ------
        SinkFailed
            If it was not taken.
        """
        await self.post_bytes(msgspec.json.encode(body), headers)

    async def post_bytes(
        self, body: bytes, headers: Mapping[str, str] | None = None
    ) -> None:
        """Post what is JSON already.

        Raises
        ------
        SinkFailed
            If it was not taken.
        """
        sent = {"Content-Type": "application/json"} | dict(headers or {})
        try:
            async with httpx.AsyncClient(
                transport=self._transport, timeout=_TIMEOUT_S, verify=_certificates()
            ) as http:
                answer = await http.post(self._url, content=body, headers=sent)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            why = type(error).__name__
            raise SinkFailed(f"{self.host} did not answer: {why}") from None
        if answer.status_code not in _SENT:
            raise self._refused(answer)

    def _refused(self, answer: httpx.Response) -> SinkFailed:
        status = answer.status_code
        lasting = status < _FAILED and status not in _PASSING
        why = " ".join(answer.text[:120].split())
        return SinkFailed(
            f"{self.host} answered {status}{': ' if why else ''}{why}",
            lasting=lasting,
            retry_after_s=_told(answer) or retry_after_s(answer.headers),
        )


def _told(answer: httpx.Response) -> float | None:
    """Return the seconds that Discord tells in the body, with parts of one."""
    try:
        told = msgspec.json.decode(answer.content, type=_Wait)
    except msgspec.DecodeError:
        return None
    return told.retry_after


@lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    """Return whom to trust, read once: it takes longer than a post."""
    return httpx.create_ssl_context()


class _Wait(msgspec.Struct):
    retry_after: float | None = None
