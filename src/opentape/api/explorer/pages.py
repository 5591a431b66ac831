"""Handlers of the explorer and of the document."""

from typing import Any, Final

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler

from opentape.api.explorer.files import SAFE, File, asset, file_of, page

_ALWAYS_ASK: Final = "no-cache"
_AN_HOUR: Final = "public, max-age=3600"
Asked = Request[Any, Any, Any]


def explorer(document: bytes) -> list[HTTPRouteHandler]:
    """Return handlers of the document, the page, and what the page loads."""
    told = file_of(document, "application/json; charset=utf-8")

    async def openapi(request: Asked) -> Response[bytes]:
        return _sent(told, request, _ALWAYS_ASK)

    async def docs(request: Asked) -> Response[bytes]:
        return _sent(page(), request, _ALWAYS_ASK)

    async def file(request: Asked) -> Response[bytes]:
        found = asset(request.path_params["name"])
        if found is None:
            raise NotFoundException
        return _sent(found, request, _AN_HOUR)

    return [
        get("/openapi.json")(openapi),
        get("/docs")(docs),
        get("/docs/{name:str}")(file),
        get("/favicon.ico")(_favicon),
    ]


async def _favicon(request: Asked) -> Response[bytes]:
    found = asset("favicon-32x32.png")
    assert found is not None  # noqa: S101 - one of the closed set
    return _sent(found, request, _AN_HOUR)


def _sent(file: File, request: Asked, cached: str) -> Response[bytes]:
    headers = {**SAFE, "Cache-Control": cached, "ETag": file.tag}
    if file.tag in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers, media_type=file.media)
    return Response(file.body, headers=headers, media_type=file.media)
