"""HEAD: the headers of GET, no body, no stream without end."""

import pytest
import requests

from running import Running

pytestmark = pytest.mark.slow


def test_head_tells_what_get_would(live: Running) -> None:
    url = f"{live.url}/v1/pricing/greeks?spot=100&strike=100&dte=30&sigma=0.2"
    got = requests.get(url, headers=live.headers, timeout=10)
    head = requests.head(url, headers=live.headers, timeout=10)
    assert head.status_code == got.status_code == 200
    assert head.content == b""
    for name in ("Content-Type", "Content-Length"):
        assert head.headers[name] == got.headers[name]


def test_head_of_a_stream_ends(live: Running) -> None:
    url = f"{live.url}/v1/stream/sse"
    found = requests.head(url, headers=live.headers, timeout=10)
    assert found.headers["Content-Type"].startswith("text/event-stream")


def test_what_is_refused_is_refused(live: Running) -> None:
    assert requests.head(f"{live.url}/v1/flow/top", timeout=10).status_code == 401
