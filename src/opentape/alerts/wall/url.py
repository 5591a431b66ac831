"""URLs by the letter: what is not plainly one is refused, so that nobody reads it twice.

Whoever checks a URL with one reader and dials it with another can be made to check one
host and dial another. Here one reader does both, and it takes no form that readers are
known to differ about: no user, no backslash, no blanks, no escapes in the host, no number
but four plain ones.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import quote

import idna

from opentape.alerts.wall.ranges import Address, address_of
from opentape.market.errors import BadUrl

LONGEST: Final = 2_048
_LONGEST_HOST: Final = 253
_SHAPE: Final = re.compile(
    r"(?P<scheme>https?)://"
    r"(?:\[(?P<literal>[0-9a-f:.]{2,45})\]|(?P<host>[^\[\]/?#:@\\%]+))"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<target>[/?][^#\\]*)?",
    re.IGNORECASE | re.ASCII,
)
_UNSEEN: Final = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ufeff]")
_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_IN_TARGET: Final = "%/:@!$&'()*+,;=?-._~[]"
_PORTS: Final = {"https": 443, "http": 80}
_HIGHEST_PORT: Final = 65_535


class Url(NamedTuple):
    """A URL, taken apart."""

    scheme: str
    """``https`` or ``http``."""
    host: str
    """A name or an address in ASCII, small letters, no brackets, no dot at its end."""
    port: int
    target: str
    """Path and query, ASCII, begins with a slash."""

    @property
    def address(self) -> Address | None:
        """The address that the host is, None if it is a name."""
        return address_of(self.host)

    @property
    def authority(self) -> str:
        """Host and port as the header ``Host`` has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        """Return the URL, whole."""
        return f"{self.scheme}://{self.authority}{self.target}"


@lru_cache(1 << 10)
def read_url(text: str) -> Url:
    """Return a URL taken apart.

    Raises
    ------
    BadUrl
        If it is not plainly a URL.

    Examples
    --------
    >>> str(read_url("HTTPS://Example.COM.:443/hook?a=1"))
    'https://example.com/hook?a=1'
    """
    if len(text) > LONGEST:
        raise BadUrl(f"a URL must have {LONGEST} characters or fewer")
    if _UNSEEN.search(text):
        raise BadUrl("a URL must have no blanks and no control characters")
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        raise BadUrl("a URL must be https://host/path, without user, fragment or backslash")
    scheme = shape["scheme"].lower()
    port = int(shape["port"] or _PORTS[scheme])
    if not 1 <= port <= _HIGHEST_PORT:
        raise BadUrl(f"a port must be 1 to {_HIGHEST_PORT}, was {port}")
    host = _literal(shape["literal"]) if shape["literal"] else _name(shape["host"])
    return Url(scheme, host, port, _target(shape["target"] or "/"))


def _literal(text: str) -> str:
    address = address_of(text)
    if address is None or ":" not in text:
        raise BadUrl("what stands in brackets must be an IPv6 address")
    return address.compressed


def _name(text: str) -> str:
    """Return a host in ASCII: a name of labels, or four plain numbers."""
    host = (text if text.isascii() else _ascii(text)).lower().removesuffix(".")
    labels = host.split(".")
    if len(host) > _LONGEST_HOST or not all(map(_LABEL.fullmatch, labels)):
        raise BadUrl("a host must be a name or an address")
    # whatever ends in a number is read as an address by some
    if _NUMBER.fullmatch(labels[-1]) and address_of(host) is None:
        raise BadUrl("an IPv4 address must be four plain decimal numbers")
    return host


def _ascii(text: str) -> str:
    if len(text) > _LONGEST_HOST:
        raise BadUrl("a host must be a name or an address")
    try:
        return idna.encode(text, uts46=True, std3_rules=True).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise BadUrl("an international host must be one that IDNA 2008 has") from error


def _target(text: str) -> str:
    slashed = text if text.startswith("/") else f"/{text}"
    try:
        return quote(slashed, safe=_IN_TARGET)
    except UnicodeEncodeError as error:
        raise BadUrl("a URL must be Unicode text") from error
