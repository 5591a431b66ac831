"""The explorer: whole without a network, cached, confined to its own server."""

import re
import sys
from html.parser import HTMLParser

import pytest
import requests

from opentape.api.explorer.files import asset, page
from running import Running

pytestmark = pytest.mark.slow


class Links(HTMLParser):
    """What a page loads or leads to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inline = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.found += [one for name in ("src", "href") if (one := told.get(name))]
        self.inline += tag == "script" and "src" not in told


def get(live: Running, path: str, **headers: str) -> requests.Response:
    return requests.get(f"{live.url}{path}", headers=headers, timeout=10)


def test_everything_on_the_page_is_served_here(live: Running) -> None:
    found = get(live, "/docs")
    assert found.headers["Content-Type"] == "text/html; charset=utf-8"
    links = Links(found.text)
    assert links.inline == 0
    assert len(links.found) == 5
    for link in links.found:
        assert link.startswith("/")
        loaded = get(live, link)
        assert loaded.status_code == 200
        assert loaded.content
    script = get(live, "/docs/explorer.js").text
    assert re.findall(r'"(?:https?:)?//', script) == []
    assert "validatorUrl: null" in script


@pytest.mark.parametrize(
    ("path", "media"),
    [
        ("/docs/swagger-ui.css", "text/css; charset=utf-8"),
        ("/docs/swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
        ("/docs/explorer.js", "text/javascript; charset=utf-8"),
        ("/docs/favicon-32x32.png", "image/png"),
        ("/favicon.ico", "image/png"),
        ("/openapi.json", "application/json; charset=utf-8"),
    ],
)
def test_files_are_typed_tagged_and_confined(live: Running, path: str, media: str) -> None:
    found = get(live, path)
    assert found.headers["Content-Type"] == media
    assert "default-src 'none'" in found.headers["Content-Security-Policy"]
    assert "http" not in found.headers["Content-Security-Policy"]
    assert found.headers["Cache-Control"] in {"no-cache", "public, max-age=3600"}
    again = get(live, path, **{"If-None-Match": found.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/docs/..%2f..%2fopenapi.json",
        "/docs/%2e%2e%2f__init__.py",
        "/docs/%2fetc%2fpasswd",
        "/docs/LICENSE",
        "/docs/swagger-ui.css.map",
        "/docs/a/b",
    ],
)
def test_nothing_else_is_served(live: Running, path: str) -> None:
    found = get(live, path)
    assert found.status_code == 404
    assert found.json()["error"]["code"] == "not_found"


def test_the_explorer_reads_our_version_of_the_document() -> None:
    bundle = asset("swagger-ui-bundle.js")
    assert bundle is not None
    # the plug-in that only Swagger UI 5 has
    assert b"isOAS31" in bundle.body
    assert b"openapi.json" not in page().body.replace(b'href="/openapi.json"', b"")


def test_the_framework_of_the_assets_is_not_loaded() -> None:
    assert asset("swagger-ui.css") is not None
    assert not {"django", "drf_spectacular_sidecar"} & set(sys.modules)
