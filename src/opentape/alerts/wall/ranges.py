"""Table: addresses that are not for the public, and how to see one in any dress.

Source
------
IANA IPv4 and IPv6 Special-Purpose Address Registries, IPv4 multicast and reserved space;
of IPv6 only 2000::/3 is given out as global unicast, so all else is refused unseen.
"""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address

SPECIAL_4: Final[Mapping[IPv4Network, str]] = {
    IPv4Network(network): name
    for network, name in {
        "0.0.0.0/8": "this network",
        "10.0.0.0/8": "private use",
        "100.64.0.0/10": "shared address space",
        "127.0.0.0/8": "loopback",
        "168.63.129.16/32": "a cloud's own host",
        "169.254.0.0/16": "link-local",
        "172.16.0.0/12": "private use",
        "192.0.0.0/24": "protocol assignments",
        "192.0.2.0/24": "documentation",
        "192.31.196.0/24": "AS112",
        "192.52.193.0/24": "multicast tunnelling",
        "192.88.99.0/24": "6to4 relays",
        "192.168.0.0/16": "private use",
        "192.175.48.0/24": "AS112",
        "198.18.0.0/15": "benchmarking",
        "198.51.100.0/24": "documentation",
        "203.0.113.0/24": "documentation",
        "224.0.0.0/4": "multicast",
        "240.0.0.0/4": "reserved",
    }.items()
}
GLOBAL_6: Final = IPv6Network("2000::/3")
SPECIAL_6: Final[Mapping[IPv6Network, str]] = {
    IPv6Network(network): name
    for network, name in {
        "::/128": "unspecified",
        "::1/128": "loopback",
        "::ffff:0:0/96": "an IPv4 address mapped",
        "::/96": "an IPv4 address, compatible",
        "::ffff:0:0:0/96": "an IPv4 address translated",
        "64:ff9b::/96": "an IPv4 address behind NAT64",
        "64:ff9b:1::/48": "an IPv4 address behind NAT64",
        "100::/64": "discarded",
        "100:0:0:1::/64": "dummy prefix",
        "2001::/32": "Teredo",
        "2001::/23": "protocol assignments",
        "2001:db8::/32": "documentation",
        "2002::/16": "6to4",
        "2620:4f:8000::/48": "AS112",
        "3fff::/20": "documentation",
        "5f00::/16": "segment routing",
        "fc00::/7": "unique local",
        "fe80::/10": "link-local",
        "fec0::/10": "site-local",
        "ff00::/8": "multicast",
    }.items()
}
_ISATAP: Final = frozenset({0x0000_5EFE, 0x0200_5EFE})
"""Upper half of an interface identifier whose lower half is an IPv4 address."""


def address_of(text: str) -> Address | None:
    """Return the address that a text is in its plain form, None if it is not one."""
    try:
        return ip_address(text)
    except ValueError:
        return None


def special(address: Address) -> str | None:
    """Return what an address is for if it is not for the public, else None.

    Examples
    --------
    >>> special(IPv4Address("127.0.0.1")), special(IPv6Address("2002:7f00:1::"))
    ('loopback', '6to4')
    >>> special(IPv4Address("8.8.8.8")), special(IPv6Address("2606:4700::1111"))
    (None, None)
    """
    if isinstance(address, IPv4Address):
        return next((name for net, name in SPECIAL_4.items() if address in net), None)
    if address.scope_id is not None:
        return "of one link"
    named = next((name for net, name in SPECIAL_6.items() if address in net), None)
    if named is None and address not in GLOBAL_6:
        return "not given out"
    if named is None and (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP:
        return "ISATAP"
    return named


def is_loopback(address: Address) -> bool:
    """Return whether an address is this machine's own, plainly written."""
    return address.is_loopback and getattr(address, "ipv4_mapped", None) is None
