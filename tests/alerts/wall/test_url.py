"""What a URL is taken apart into, and what is none."""
# ruff: noqa: RUF001

import pytest

from opentape.alerts.wall.url import LONGEST, Url, read_url
from opentape.market.errors import BadUrl


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://a.example.com", Url("https", "a.example.com", 443, "/")),
        ("http://A.Example.com.:8080/P?q=1", Url("http", "a.example.com", 8080, "/P?q=1")),
        ("HTTPS://8.8.8.8?x", Url("https", "8.8.8.8", 443, "/?x")),
        ("https://[2606:4700:0::0:1111]:443/", Url("https", "2606:4700::1111", 443, "/")),
        ("https://bücher.example/ä?ö=%41",
         Url("https", "xn--bcher-kva.example", 443, "/%C3%A4?%C3%B6=%41")),
        ("https://faß.example/", Url("https", "xn--fa-hia.example", 443, "/")),
        ("https://１２７.0.0.1/", Url("https", "127.0.0.1", 443, "/")),
        ("https://a.example/b/@c:d", Url("https", "a.example", 443, "/b/@c:d")),
    ],
)  # fmt: skip
def test_parts(text: str, url: Url) -> None:
    assert read_url(text) == url


@pytest.mark.parametrize(
    ("text", "authority", "whole"),
    [
        ("https://a.example:443", "a.example", "https://a.example/"),
        ("http://a.example:443", "a.example:443", "http://a.example:443/"),
        ("https://[2606::1]:80/x", "[2606::1]:80", "https://[2606::1]:80/x"),
    ],
)
def test_how_it_is_written_again(text: str, authority: str, whole: str) -> None:
    url = read_url(text)
    assert (url.authority, str(url)) == (authority, whole)
    assert read_url(whole) == url


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("https://a.example/" + "a" * LONGEST, "2048 characters or fewer"),
        ("https://a.example/a b", "no blanks"),
        ("https://a.example/\x00", "no blanks"),
        ("https://a.example\n/", "no blanks"),
        ("ftp://a.example/", "must be https://host/path"),
        ("a.example", "must be https://host/path"),
        ("", "must be https://host/path"),
        ("https://", "must be https://host/path"),
        ("https://u@a.example/", "must be https://host/path"),
        ("https://u:p@a.example/", "must be https://host/path"),
        ("https://a.example/#x", "must be https://host/path"),
        ("https://a.example\\b", "must be https://host/path"),
        ("https://a.example/\\b", "must be https://host/path"),
        ("https://a%2eexample/", "must be https://host/path"),
        ("https://a.example:/", "must be https://host/path"),
        ("https://a.example:+1/", "must be https://host/path"),
        ("https://a.example:٤٤٣/", "must be https://host/path"),
        ("https://[fe80::1%25eth0]/", "must be https://host/path"),
        ("https://[::1/", "must be https://host/path"),
        ("https://a.example:0/", "port must be 1 to 65535, was 0"),
        ("https://a.example:99999/", "port must be 1 to 65535, was 99999"),
        ("https://[127.0.0.1]/", "must be an IPv6 address"),
        ("https://[1:2]/", "must be an IPv6 address"),
        ("https://[:::1]/", "must be an IPv6 address"),
        ("https://a..example/", "must be a name or an address"),
        ("https://-a.example/", "must be a name or an address"),
        ("https://./", "must be a name or an address"),
        ("https://a.example../", "must be a name or an address"),
        (f"https://{'a' * 64}.example/", "must be a name or an address"),
        (f"https://{'a.' * 127}example/", "must be a name or an address"),
        (f"https://{'ä.' * 127}example/", "must be a name or an address"),
        ("https://☃⁇.example/", "IDNA 2008"),
        ("https://\ud800.example/", "IDNA 2008"),
        ("https://a.example/\ud800", "Unicode text"),
        ("https://127.1/", "four plain decimal numbers"),
        ("https://0177.0.0.1/", "four plain decimal numbers"),
        ("https://2130706433/", "four plain decimal numbers"),
        ("https://0x7f.0x0/", "four plain decimal numbers"),
        ("https://0x/", "four plain decimal numbers"),
        ("https://1.2.3.4.5/", "four plain decimal numbers"),
        ("https://256.1.1.1/", "four plain decimal numbers"),
        ("https://a.example.1/", "four plain decimal numbers"),
    ],
)
def test_what_is_not_plainly_a_url_is_refused(text: str, rule: str) -> None:
    with pytest.raises(BadUrl) as caught:
        read_url(text)
    assert rule in str(caught.value)
    assert "a.example" not in str(caught.value)
