"""The rules: which URLs are let through, and to which addresses."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Final

import structlog

from opentape.alerts.wall.names import Resolver, SystemResolver
from opentape.alerts.wall.options import WallOptions
from opentape.alerts.wall.ranges import Address, address_of, is_loopback, special
from opentape.alerts.wall.url import Url, read_url
from opentape.market.errors import BadUrl, Unreachable

_log = structlog.get_logger(__name__)
_LOCAL: Final = "localhost"


class Wall:
    """Lets URLs through that lead to the public; fills `desk.webhooks.ports.Wall`."""

    def __init__(self, options: WallOptions, resolver: Resolver | None = None) -> None:
        self.options = options
        self._resolver = resolver or SystemResolver()
        if options.loopback:
            _log.warning(
                "webhooks may reach this machine: wall.loopback is for development"
            )

    def check(self, text: str) -> str:
        """Return a URL as it will be asked for; its name is looked up if it can be.

        A name that cannot be looked up now passes: it is looked up again, and checked,
        whenever it is dialled.

        Raises
        ------
        BadUrl
            If the URL, or any address of its name, is not for the public.
        """
        url = self.read(text)
        with contextlib.suppress(Unreachable):
            asyncio.run(self.addresses(url))
        if self._is_local(url):
            _log.warning("a webhook leads to this machine", host=url.host, port=url.port)
        return str(url)

    def read(self, text: str) -> Url:
        """Return a URL that follows the rules, so far as can be seen without looking up.

        Raises
        ------
        BadUrl
            If it breaks one.
        """
        url = read_url(text)
        if self._is_local(url):
            return url
        if url.scheme != "https" and not self.options.plain_http:
            raise BadUrl("a URL must begin with https://")
        if url.port not in self.options.ports:
            allowed = " or ".join(map(str, self.options.ports))
            raise BadUrl(f"a port must be {allowed}, was {url.port}")
        if url.address is not None:
            _check(url.address)
        elif "." not in url.host or url.host.endswith(f".{_LOCAL}"):
            raise BadUrl("a host must be a public name, as hooks.example.com")
        return url

    async def addresses(self, url: Url) -> Sequence[Address]:
        """Return every address of a URL's host, each checked.

        Raises
        ------
        BadUrl
            If any of them is not for the public.
        Unreachable
            If the name cannot be looked up.
        """
        if url.address is not None:
            found = [url.address]
        else:
            found = await self._looked_up(url.host)
        for address in found:
            if self._is_local(url) and is_loopback(address):
                continue
            _check(address)
        return found

    async def _looked_up(self, host: str) -> Sequence[Address]:
        try:
            async with asyncio.timeout(self.options.lookup_s):
                texts = await self._resolver.resolve(host)
        except (OSError, TimeoutError) as error:
            raise Unreachable(f"the name {host} cannot be looked up", "lookup") from error
        found = [address_of(text) for text in dict.fromkeys(texts)]
        if not found:
            raise Unreachable(f"the name {host} has no address", "lookup")
        known = [address for address in found if address is not None]
        if len(known) < len(found):
            raise BadUrl("a host must have addresses that can be read")
        return known

    def _is_local(self, url: Url) -> bool:
        """Return whether a URL plainly names this machine, and that is allowed."""
        address = url.address
        plainly = url.host == _LOCAL if address is None else is_loopback(address)
        return self.options.loopback and plainly


def _check(address: Address) -> None:
    named = special(address)
    if named is not None:
        raise BadUrl(f"a host must have public addresses only, one is {named}")
