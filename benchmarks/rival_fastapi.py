"""The same signals reply from FastAPI and pydantic, as one would write it today.

The signals of a reply that opentape gave are kept as models; a request is let in by its
key, counted against a bucket, and answered with the best of them, encoded each time. At
`/encoded` the same bytes are sent again without models, which is as fast as it gets here.
"""

import argparse
import hashlib
import hmac
import time
from pathlib import Path
from typing import Annotated, Literal

import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException, Query, Response
from pydantic import BaseModel

RATE = 10**9


class Breakdown(BaseModel):
    premium: int
    size_vs_oi: int
    aggressor: int
    sweep: int
    opening_bias: int
    tenor: int


class Enrichment(BaseModel):
    iv: float | None
    delta: float | None
    gamma: float | None
    iv_vs_atm: float | None
    moneyness: str | None
    estimated_delta_notional: float | None
    hypothetical_gex_impact_if_opening: float | None
    signed_delta_notional: float | None


class Signal(BaseModel):
    id: str
    symbol: str
    ts: str
    last_ts: str
    expiry: str
    strike: float
    right: Literal["C", "P"]
    side: str
    price: float
    size: int
    premium: float
    dte: int
    structure: str
    aggressor: str
    open_close_bias: str
    open_close_confidence: float
    contract_net_oi_delta: int
    intent: str
    score: int
    conviction: str
    tags: list[str]
    score_breakdown: Breakdown
    enrichment: Enrichment | None
    flags: list[str]
    nbbo_state: str
    legs: int
    venues: list[str]
    iso_legs: int
    price_min: float
    price_max: float
    open_interest: int | None
    data_quality: list[str] | None


class Chain(BaseModel):
    call_wall: float | None
    put_wall: float | None
    max_pain: float | None
    gamma_flip: float | None
    gamma_flip_status: str | None


class Reply(BaseModel):
    symbol: str
    as_of: str
    window_minutes: int
    expiry: str | None
    underlying_price: float
    chain: Chain
    count: int
    signals: list[Signal]
    ring_truncated: bool
    ring_oldest_ts: str | None
    scorer_version: str
    endpoint_version: str
    data_as_of: dict[str, str | None]


class Bucket:
    """A minute's requests of one key."""

    def __init__(self) -> None:
        self.left, self.at = float(RATE), time.monotonic()

    def take(self) -> None:
        now = time.monotonic()
        self.left = min(RATE, self.left + (now - self.at) * RATE / 60)
        self.at = now
        if self.left < 1:
            raise HTTPException(429)
        self.left -= 1


def application(kept: Reply, encoded: bytes, key: str) -> FastAPI:
    app = FastAPI()
    digest, bucket = hashlib.sha256(key.encode()).digest(), Bucket()

    async def admitted(x_api_key: Annotated[str, Header()]) -> None:
        given = hashlib.sha256(x_api_key.encode()).digest()
        if not hmac.compare_digest(given, digest):
            raise HTTPException(401)
        bucket.take()

    @app.get("/v1/flow/signals/{symbol}", dependencies=[Depends(admitted)])
    async def signals(
        symbol: str,
        *,
        min_score: Annotated[int, Query(alias="minScore", ge=0, le=100)] = 0,
        window_minutes: Annotated[int, Query(alias="windowMinutes", ge=1)] = 240,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
    ) -> Reply:
        found = [one for one in kept.signals if one.score >= min_score][:limit]
        return kept.model_copy(
            update={
                "symbol": symbol.upper(),
                "window_minutes": window_minutes,
                "signals": found,
                "count": len(found),
            }
        )

    @app.get("/encoded/{symbol}", dependencies=[Depends(admitted)])
    async def again(symbol: str) -> Response:  # noqa: ARG001
        return Response(encoded, media_type="application/json")

    return app


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reply", type=Path, required=True, help="what opentape answered")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--key", required=True)
    asked = parser.parse_args()
    encoded = asked.reply.read_bytes()
    app = application(Reply.model_validate_json(encoded), encoded, asked.key)
    uvicorn.run(
        app, port=asked.port, loop="uvloop", http="httptools", log_level="warning",
        access_log=False, server_header=False, lifespan="off",
    )  # fmt: skip


if __name__ == "__main__":
    main()
