"""Dialling: the address that was checked, under the name that was asked for."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

from opentape.alerts.wall.ranges import Address, address_of
from opentape.alerts.wall.url import Url
from opentape.market.errors import BadUrl, Unreachable

_MOST_TRIED: Final = 4
"""Addresses of one name that are dialled, one after another."""


class Line(NamedTuple):
    """An open connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @property
    def is_over(self) -> bool:
        """Whether the other side has ended it, or said what nobody asked for."""
        return self.reader.at_eof() or self.writer.is_closing()

    def close(self) -> None:
        """End it at once."""
        self.writer.transport.abort()


class Dialler(Protocol):
    """Opens TCP connections to addresses, never to names."""

    async def open(self, address: Address, port: int) -> socket.socket:
        """Return a connected socket.

        Raises
        ------
        OSError
            If nobody answers there.
        """
        ...


class SystemDialler:
    """The machine's own network; fills `Dialler`."""

    async def open(self, address: Address, port: int) -> socket.socket:
        """Return a connected socket."""
        family = socket.AF_INET6 if address.version == 6 else socket.AF_INET  # noqa: PLR2004
        made = socket.socket(family, socket.SOCK_STREAM)
        try:
            made.settimeout(0)
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await asyncio.get_running_loop().sock_connect(made, (str(address), port))
            _check_peer(made, address)
        except BaseException:
            made.close()
            raise
        return made


class Ways(NamedTuple):
    """How connections are opened."""

    dialler: Dialler
    context: ssl.SSLContext
    """Whose certificates are good."""


async def dial(
    ways: Ways, url: Url, addresses: Sequence[Address], connect_s: float
) -> Line:
    """Return a connection to the first of some checked addresses that answers.

    The certificate must be for the host of the URL, whichever address it is.

    Raises
    ------
    Unreachable
        If none answers, or its certificate is not good.
    """
    for address in addresses[:_MOST_TRIED]:
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(connect_s):
                made = await ways.dialler.open(address, url.port)
            break
    else:
        raise Unreachable("nobody took the connection", "connect")
    secure = url.scheme == "https"
    try:
        reader, writer = await asyncio.open_connection(
            sock=made,
            ssl=ways.context if secure else None,
            server_hostname=url.host if secure else None,
        )
    except ssl.SSLError as error:
        raise Unreachable(f"no TLS: {error.reason or 'refused'}", "tls") from error
    except OSError as error:
        raise Unreachable("the connection was ended", "hang_up") from error
    return Line(reader, writer)


def _check_peer(made: socket.socket, address: Address) -> None:
    if address_of(made.getpeername()[0]) != address:
        raise BadUrl("a connection must lead to the address that was checked")
