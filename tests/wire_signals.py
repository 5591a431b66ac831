"""Signals as a server may send them, of every kind there is."""

import json
import random
from typing import Any

from opentape.client.answer import read
from opentape.client.wire.replies import SignalsReply

PARTS = ("premium", "size_vs_oi", "aggressor", "sweep", "opening_bias", "tenor")


def signal(rng: random.Random, **given: Any) -> dict[str, Any]:
    parts = dict(zip(PARTS, (rng.randrange(23) for _ in PARTS), strict=True))
    score = min(sum(parts.values()), 100)
    size = rng.choice([100, 1_500, 123_456])
    structure = rng.choice(["sweep", "block"])
    tags = [structure, *rng.sample(["opening", "closing", "0dte", "whale", "golden"], 2)]
    strike = rng.choice([590, 590.0, 172.5, 12.25, 6545.0, 0.5])
    minute, part = rng.randrange(60), rng.randrange(10**6)
    ts = f"2026-05-21T{rng.randrange(13, 20)}:{minute:02}:07.{part:06}Z"
    return {
        "id": f"S-{rng.randrange(10**12)}",
        "symbol": "SPY",
        "ts": ts,
        "expiry": rng.choice(["2026-05-21", "2026-05-29", "2027-01-15"]),
        "strike": strike,
        "right": rng.choice("CP"),
        "side": rng.choice(["buy", "sell", "mid"]),
        "price": 1.25,
        "size": size,
        "premium": rng.choice([12_300, 54_321.5, 1_860_000.0, 123_456_789.25]),
        "dte": rng.choice([0, 8, 239]),
        "structure": structure,
        "aggressor": rng.choice(["above_ask", "at_ask", "mid", "at_bid", "below_bid"]),
        "open_close_bias": rng.choice(["opening_bias", "closing_bias", "unknown"]),
        "open_close_confidence": 0.43,
        "contract_net_oi_delta": 5,
        "intent": rng.choice(["bullish", "bearish", "neutral"]),
        "score": score,
        "conviction": rng.choice(["high", "medium", "low", "minimal"]),
        "tags": rng.choice([tags, tags, tags, []]),
        "score_breakdown": parts,
        "enrichment": {"iv": rng.choice([None, 0.62]), "delta": 0.28, "moneyness": "OTM"},
    } | given  # fmt: skip


def answer(rng: random.Random, symbol: str = "SPY", count: int = 20) -> dict[str, Any]:
    """An answer of `/v1/flow/signals`, its chain known or not."""
    known = rng.random() < 0.7
    return {
        "symbol": symbol,
        "as_of": "2026-05-21T19:59:00.000000Z",
        "window_minutes": rng.choice([30, 240]),
        "expiry": None,
        "underlying_price": 591.25 if known else 0,
        "chain": {
            "call_wall": rng.choice([600.0, 600, 12.25]) if known else None,
            "put_wall": rng.choice([580.0, 6545]) if known else None,
            "max_pain": 590.0 if known else None,
            "gamma_flip": 588.123 if known else None,
            "gamma_flip_status": "available" if known else "no_boundary",
        },
        "count": count,
        "signals": [signal(rng, symbol=symbol) for _ in range(count)],
    }


def told(body: dict[str, Any]) -> SignalsReply:
    """An answer as the client reads it."""
    return read(json.dumps(body).encode(), SignalsReply, "it")
