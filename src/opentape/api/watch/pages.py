"""Handlers of what the server tells about itself."""

from typing import Any

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from opentape.api.envelope import Sealer
from opentape.api.watch.metrics import MEDIA, Metrics, Watched
from opentape.api.watch.ready import readiness

_encode = msgspec.json.Encoder().encode


def watch(watched: Watched, sealer: Sealer) -> list[HTTPRouteHandler]:
    """Return handlers of readiness and metrics."""
    counted = Metrics(watched)
    engine = watched.engine

    async def ready() -> Response[bytes]:
        body = sealer.sealed(engine.market.feeds, _encode(readiness(engine)))
        fresh: dict[str, Any] = {"Cache-Control": "no-store"}
        return Response(body, media_type="application/json; charset=utf-8", headers=fresh)

    async def metrics() -> Response[bytes]:
        return Response(counted.page(), media_type=MEDIA)

    return [get("/ready")(ready), get("/metrics")(metrics)]
