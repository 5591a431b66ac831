"""URLs that lead to what is not public, in every notation that some reader takes."""
# ruff: noqa: RUF001, S104

import base64
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

PRIVATE_4 = (
    "127.0.0.1", "127.0.0.53", "127.255.255.254", "0.0.0.0", "10.0.0.1", "10.255.255.255",
    "100.64.0.1", "100.100.100.200", "168.63.129.16", "169.254.169.254", "172.16.0.1",
    "172.31.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.2", "192.31.196.1",
    "192.52.193.1", "192.88.99.1", "192.168.0.1", "192.168.255.255", "192.175.48.1",
    "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "239.255.255.250", "240.0.0.1", "255.255.255.255",
)  # fmt: skip
PRIVATE_6 = (
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:0:127.0.0.1", "100::1",
    "100:0:0:1::1", "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b:1::7f00:1",
    "2001::1", "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::1",
    "2002:a00:1::1", "2620:4f:8000::1", "3fff::1", "4000::1", "5f00::1", "fc00::1",
    "fd00::2", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "8000::1", "200::1",
    "2001:4860:4860::5efe:127.0.0.1", "2001:4860:4860::200:5efe:10.0.0.1",
)  # fmt: skip
LOCAL_NAMES = (
    "localhost", "LOCALHOST", "localhost.", "a.localhost", "x.y.localhost.",
    "ip6-localhost", "loopback", "broadcasthost", "metadata", "intranet",
    "lоcalhost", "ｌｏｃａｌｈｏｓｔ",
    "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "local\u00adhost",
)  # fmt: skip
GOOD = "hooks.example.com"


def in_other_words(address: IPv4Address) -> Iterator[str]:
    """Hosts that mean an IPv4 address to one reader or another."""
    a, b, c, d = parts = list(address.packed)
    whole, text = int(address), str(address)
    yield from (text, f"{text}.", str(whole), f"{whole}.", f"0{whole:o}", f"0x{whole:x}")
    yield from (f"0X{whole:X}", f"0x{whole:08x}.", f"00000{whole:o}", str(whole + 2**32))
    yield ".".join(f"0{part:o}" for part in parts)
    yield ".".join(f"{part:04o}" for part in parts)
    yield ".".join(f"0x{part:x}" for part in parts)
    yield ".".join(f"{part:03d}" for part in parts)
    yield ".".join(
        f"0x{part:x}" if at % 2 else f"0{part:o}" for at, part in enumerate(parts)
    )
    yield f"{a}.{b}.{c * 256 + d}"
    yield f"{a}.{(b << 16) + (c << 8) + d}"
    yield f"0x{a:x}.{(b << 16) + (c << 8) + d}"
    yield f"0{a:o}.{b}.{c * 256 + d}"
    yield ".".join(str(part + 256) for part in parts)
    yield "".join(chr(ord(x) + 0xFEE0) if x.isdigit() else x for x in text)
    yield text.replace(".", "。")
    yield text.replace(".", "．")
    yield text.replace(".", "%2e")
    yield "".join(f"%{ord(x):02x}" for x in text)
    yield "".join(chr(0x2460 + int(x) - 1) if x in "123456789" else x for x in text)
    yield "".join(chr(0x1D7D8 + int(x)) if x.isdigit() else x for x in text)
    yield text[:1] + "\u200b" + text[1:]
    yield text[:1] + "\u00ad" + text[1:]
    yield text + "%00"
    yield text + "\u3002"


def in_six(address: IPv4Address) -> Iterator[str]:
    """IPv6 addresses that carry an IPv4 address."""
    whole = int(address)
    for prefix, shift in {
        "::": 0,
        "::ffff:0:0": 0,
        "::ffff:0:0:0": 0,
        "64:ff9b::": 0,
        "64:ff9b:1::": 0,
        "2002::": 80,
        "2001:4860::5efe:0:0": 0,
        "2001:4860::200:5efe:0:0": 0,
    }.items():
        made = IPv6Address(int(IPv6Address(prefix)) | whole << shift)
        yield f"[{made.compressed}]"
        yield f"[{made.exploded}]"
        if not shift:
            head = made.exploded.rsplit(":", 2)[0]
            yield f"[{head}:{address}]"
    teredo = IPv6Address(int(IPv6Address("2001:0:4136:e378::")) | (whole ^ 0xFFFF_FFFF))
    yield f"[{teredo}]"


def hosts() -> Iterator[str]:
    for text in PRIVATE_4:
        yield from in_other_words(IPv4Address(text))
        yield from in_six(IPv4Address(text))
    for text in PRIVATE_6:
        six = IPv6Address(text)
        yield from (f"[{six}]", f"[{six.exploded.upper()}]", f"[{six}%25lo]", f"[{six}%lo]")
        yield f"[{six}]."
        yield str(six)
    yield from LOCAL_NAMES


def tricks(port: int) -> Iterator[str]:
    """URLs whose host depends on who reads them."""
    for inner in (f"127.0.0.1:{port}", f"[::1]:{port}", f"localhost:{port}"):
        for outer in (GOOD, f"{GOOD}:443"):
            for bond in ("@", ":x@", "\\@", "%40", "#@", ";@", "%00@", " @"):
                yield f"https://{outer}{bond}{inner}/"
            for bond in ("@", ":x@", "\\@", "%40", "#@", "?@", "/@", ";@", " @"):
                yield f"https://{inner}{bond}{outer}/"
        yield f"https:{inner}/"
        yield f"https:/{inner}/"
        yield f"https:///{inner}/"
        yield f"https:\\\\{inner}\\"
        yield f"https:/\\{inner}/"
        yield f"//{inner}/"
        yield f"https://\t{inner}/"
        yield f"https://{inner}\n/"
        yield f" https://{inner}/"
        yield f"ht\ntps://{inner}/"
        yield f"https://{inner}\r\nHost: {GOOD}/"
        yield f"https://{GOOD}\u2025{inner}/"
        yield f"https://{GOOD}\uff0f@{inner}/"
        yield f"https://{GOOD}\u2048@{inner}/"
        yield f"https://{GOOD}，{inner}/"
        for scheme in ("file", "gopher", "ftp", "dict", "ws", "javascript", "jar:https"):
            yield f"{scheme}://{inner}/"
        yield f"url:https://{inner}/"
        yield f"data:text/plain;base64,{base64.b64encode(inner.encode()).decode()}"


def hostile(port: int) -> list[str]:
    """Every one of them, at a port."""
    found = [f"{scheme}://{host}:{port}/hook" for host in hosts()
             for scheme in ("https", "http")]  # fmt: skip
    return list(dict.fromkeys([*found, *tricks(port)]))


def good() -> list[str]:
    """URLs that lead to the public."""
    labels = "abcdefghijklmnopqrst"
    found = [f"https://{one}.example.com/hook/{at}" for at, one in enumerate(labels)]
    found += [f"https://hooks-{at}.example.org/a?key={at}&x=%2F" for at in range(20)]
    found += [f"http://{one}.example.net/" for one in labels[:10]]
    found += [f"https://8.8.{at}.{at + 1}/hook" for at in range(15)]
    found += [f"https://[2606:4700::{at:x}]/hook" for at in range(1, 16)]
    found += [
        "https://bücher.example.com/", "https://xn--bcher-kva.example.com/hook",
        "https://例え.example.com/", "https://пример.example.com/путь?q=ж",
        "HTTPS://HOOKS.EXAMPLE.COM/Case", "https://hooks.example.com",
        "https://hooks.example.com.", "https://hooks.example.com:443/a",
        "https://hooks.example.com:80/a", "https://hooks.example.com?x=1",
        "https://my_host.example.com/", "https://1.example.com/", "https://0x7f.example.com/",
        "https://127.0.0.1.example.com/", "https://localhost.example.com/",
        "https://hooks.example.com/a/../b", "https://hooks.example.com/@user",
        "https://hooks.example.com/http://127.0.0.1/", "https://hooks.example.com/a%20b",
        "https://hooks.example.com/?to=user@example.com", "https://1.1.1.1/",
        "https://100.63.255.255/", "https://172.15.0.1/", "https://172.32.0.1/",
        "https://[2a00:1450:4001:80b::200e]/",
    ]  # fmt: skip
    return found
