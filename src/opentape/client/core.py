"""What a client that waits and one that does not have in common: all but the waiting."""

from collections.abc import Generator, Mapping
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import httpx

from opentape.client.answer import read, refusal
from opentape.client.ask import SAFE, Ask, Reply
from opentape.client.errors import BadReply, ClientError, Unreachable
from opentape.client.retries import PASSING, Retries, retry_after_s

DEFAULT_URL: Final = "http://127.0.0.1:8321"
_OK: Final = (200, 201)
_REDIRECTED: Final = range(300, 400)


class Wait(NamedTuple):
    """Nothing is sent for so long."""

    seconds: float


class Core:
    """Spells questions, reads answers, and says when to ask again."""

    def __init__(self, base_url: str, api_key: str | None, retries: Retries) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise ClientError(
                f"a server is named as http://HOST:PORT or https://HOST, was {base_url!r}"
            )
        self.base_url: Final = base_url.rstrip("/")
        self.retries: Final = retries
        self._key: Final = api_key

    @property
    def headers(self) -> dict[str, str]:
        """What every question carries."""
        return {"Accept": "application/json"} | self.key

    @property
    def key(self) -> dict[str, str]:
        """The header of the key, where there is one."""
        return {} if self._key is None else {"X-Api-Key": self._key}

    def request(self, ask: Ask[Reply]) -> httpx.Request:
        """Return a question as it is sent."""
        return httpx.Request(
            ask.verb,
            self.base_url + ask.target,
            params=ask.params or None,
            headers=self.headers,
            json=ask.body,
        )

    def steps(
        self, ask: Ask[Reply]
    ) -> Generator[httpx.Request | Wait, httpx.Response | Exception | None, Reply]:
        """Yield what to do next, take what came of it, and return the answer.

        Raises
        ------
        ClientError
            If there is none, after all that was tried.
        """
        where = f"{ask.verb} {ask.target}"
        failures = 0
        while True:
            came = yield self.request(ask)
            if isinstance(came, httpx.Response) and came.status_code in _OK:
                return read(came.content, ask.reply, where)
            failures += 1
            delay_s = self._delay_s(ask, came, failures)
            if delay_s is None:
                raise self._failure(came, where)
            yield Wait(delay_s)

    def _delay_s(
        self, ask: Ask[Reply], came: httpx.Response | Exception | None, failures: int
    ) -> float | None:
        if isinstance(came, httpx.Response):
            if came.status_code not in PASSING:
                return None
            return self.retries.delay_s(failures, retry_after_s(came.headers))
        # what was sent and not answered may have been done
        unsent = isinstance(came, httpx.ConnectError | httpx.ConnectTimeout)
        return self.retries.delay_s(failures) if ask.verb in SAFE or unsent else None

    def _failure(self, came: httpx.Response | Exception | None, where: str) -> ClientError:
        if not isinstance(came, httpx.Response):
            return unreachable(self.base_url, came)
        if came.status_code in _REDIRECTED:
            to = came.headers.get("location", "nowhere")
            return BadReply(f"{where} was answered with a redirect to {to}")
        return refusal(came.status_code, came.content, came.headers, where)


def unreachable(url: str, why: object) -> Unreachable:
    """Return the error that no answer came."""
    reason = str(why) or type(why).__name__
    return Unreachable(f"no answer came from {url}: {reason}")


def query_text(params: Mapping[str, str]) -> str:
    """Return a query with its question mark, nothing where it is empty."""
    return f"?{httpx.QueryParams(params)}" if params else ""
