"""The explorer's files: a closed set, each read once."""

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final, NamedTuple

_PACKAGE: Final = "drf_spectacular_sidecar"
_WITHIN: Final = f"static/{_PACKAGE}/swagger-ui-dist"
_INSTALLED: Final[Mapping[str, str]] = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
_OURS: Final[Mapping[str, str]] = {"explorer.js": "text/javascript"}
PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>opentape</title>
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="explorer"></div>
<noscript><p>This page needs JavaScript; <a href="/openapi.json">this</a> does not.</p>
</noscript>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/explorer.js"></script>
</body>
</html>
"""
_SCRIPT: Final = """SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#explorer",
  presets: [SwaggerUIBundle.presets.apis],
  validatorUrl: null,
  deepLinking: true,
  docExpansion: "none",
  displayRequestDuration: true,
  persistAuthorization: false,
  tryItOutEnabled: true,
});
"""
SAFE: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Headers of every file: it may load and ask nothing but this server."""


class File(NamedTuple):
    """What is sent for one path."""

    body: bytes
    media: str
    """Of texts without their charset, which the framework adds."""
    tag: str
    """Changes with the body."""


def file_of(body: bytes, media: str) -> File:
    """Return a body as a file."""
    return File(body, media, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


@cache
def page() -> File:
    """Return the page itself."""
    return file_of(PAGE.encode(), "text/html")


@cache
def asset(name: str) -> File | None:
    """Return a file that the page loads, None if there is none of that name."""
    if name in _OURS:
        return file_of(_SCRIPT.encode(), _OURS[name])
    if name not in _INSTALLED:
        return None
    return file_of((_folder() / name).read_bytes(), _INSTALLED[name])


def _folder() -> Path:
    # found, not imported: the package is a plug-in of a framework that is not here
    found = find_spec(_PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError(_PACKAGE)
    return Path(next(iter(found.submodule_search_locations))) / _WITHIN
