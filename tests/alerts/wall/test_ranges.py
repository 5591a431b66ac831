"""Addresses that are not for the public, checked against another list of them."""

import random
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest

from hostile_urls import PRIVATE_4, PRIVATE_6
from opentape.alerts.wall.ranges import SPECIAL_4, SPECIAL_6, is_loopback, special


@pytest.mark.parametrize("text", [*PRIVATE_4, *PRIVATE_6])
def test_special_addresses(text: str) -> None:
    assert special(ip_address(text)) is not None


@pytest.mark.parametrize("network", [*SPECIAL_4, *SPECIAL_6], ids=str)
def test_both_ends_of_a_range_are_in_it(network) -> None:
    assert special(network[0]) is not None
    assert special(network[-1]) is not None


@pytest.mark.parametrize(
    "text",
    [
        "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
        "126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255",
        "172.32.0.0", "192.0.1.0", "192.0.3.0", "192.167.255.255", "192.169.0.0",
        "198.17.255.255", "198.20.0.0", "203.0.112.255", "203.0.114.0", "223.255.255.255",
        "2001:4860:4860::8888", "2606:4700::1111", "2a00:1450:4001:80b::200e", "2400::1",
        "2003::1", "2001:200::1",
    ],
)  # fmt: skip
def test_public_addresses(text: str) -> None:
    assert special(ip_address(text)) is None


def test_whatever_the_standard_library_calls_private_is_special() -> None:
    draw = random.Random(7)
    for _ in range(50_000):
        four = IPv4Address(draw.getrandbits(32))
        # in the first half of the space half of the draws, where IPv6 is given out
        six = IPv6Address(draw.getrandbits(128) >> 3 | draw.choice((1 << 125, 0)))
        for one in (four, six):
            if not one.is_global or one.is_multicast:
                assert special(one) is not None, one


def test_an_address_of_one_link_is_special() -> None:
    assert special(IPv6Address("2606:4700::1111%eth0")) == "of one link"


@pytest.mark.parametrize(
    ("text", "own"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("::ffff:127.0.0.1", False),
     ("8.8.8.8", False), ("0.0.0.1", False), ("::", False)],
)  # fmt: skip
def test_loopback_is_plain(text: str, *, own: bool) -> None:
    assert is_loopback(ip_address(text)) is own
