"""Examples: questions and answers that readers of the document are shown.

Made up, but each fits its schema and its own sums, which tests see to.
"""

from collections.abc import Mapping
from typing import Any, Final

_ENVELOPE: Final = {
    "endpoint_version": "0.1.0",
    "data_as_of": {
        "node": "desk-1",
        "equity_feed": "2026-05-21T16:30:45.000000Z",
        "equity_options_feed": "2026-05-21T16:30:45.000000Z",
        "index_feed": None,
        "index_options_feed": None,
        "futures_feed": None,
        "futures_options_feed": None,
        "flow_feed": "2026-05-21T16:30:45.000000Z",
        "oi_feed": "2026-05-20T20:00:00.000000Z",
        "macro_feed": None,
    },
}
_SIGNAL: Final = {
    "id": "NVDA-1779379092000000000-20260529-950000-C-buy-1500-XCBO-48213",
    "symbol": "NVDA",
    "ts": "2026-05-21T15:58:12.000000Z",
    "last_ts": "2026-05-21T15:58:12.212000Z",
    "expiry": "2026-05-29",
    "strike": 950.0,
    "right": "C",
    "side": "buy",
    "price": 12.4,
    "size": 1500,
    "premium": 1860000.0,
    "dte": 8,
    "structure": "sweep",
    "aggressor": "above_ask",
    "open_close_bias": "opening_bias",
    "open_close_confidence": 0.43,
    "contract_net_oi_delta": 4200,
    "intent": "bullish",
    "score": 87,
    "conviction": "high",
    "tags": ["sweep", "opening", "whale", "golden"],
    "score_breakdown": {
        "premium": 22,
        "size_vs_oi": 18,
        "aggressor": 14,
        "sweep": 12,
        "opening_bias": 9,
        "tenor": 12,
    },
    "enrichment": {
        "iv": 0.62,
        "delta": 0.28,
        "gamma": 0.0041,
        "iv_vs_atm": 0.08,
        "moneyness": "OTM",
        "estimated_delta_notional": 37810500.0,
        "hypothetical_gex_impact_if_opening": 4984267.88,
        "signed_delta_notional": 37810500.0,
    },
    "flags": ["iso"],
    "nbbo_state": "ok",
    "legs": 4,
    "venues": ["XCBO", "XPHO"],
    "iso_legs": 3,
    "price_min": 12.35,
    "price_max": 12.45,
    "open_interest": 6150,
    "data_quality": [],
}
_ROW: Final = {
    "id": "NVDA-1782999092000000000-20260718-200000-C-buy-2400-XCBO-90817",
    "ticker": "NVDA",
    "type": "CALL",
    "strike": 200.0,
    "expiry": "2026-07-17",
    "expiryDate": "2026-07-17",
    "dte": 14,
    "volume": 2400,
    "openInterest": 800,
    "oi": 800,
    "volOI": 3.0,
    "premium": 1128000.0,
    "side": "ASK",
    "kind": "SWEEP",
    "otmPct": 4.2,
    "spot": 191.94,
    "iv": 0.41,
    "score": 91,
    "flag": "EXTREME",
    "bias": "BULL",
    "sector": "Information Technology",
    "timestamp": 1783085492000,
}
FRAME: Final = {**_ROW, "cursor": "b41f.90817"}
"""What a stream sends."""

ASKED: Final[Mapping[str, Mapping[str, Any]]] = {
    "/v1/flow/signals/{symbol}": {
        "minScore": 70,
        "structure": "sweep",
        "windowMinutes": 240,
    },
    "/v1/flow/signals/{symbol}/summary": {"windowMinutes": 240},
    "/v1/flow": {"limit": 25, "minScore": 70},
    "/v1/flow/top": {"limit": 25, "minScore": 70},
    "/v1/score-explain": {
        "ticker": "NVDA",
        "strike": 200,
        "type": "CALL",
        "expiry": "2026-07-17",
    },
    "/v1/analysis/greeks": {
        "symbol": "AAPL",
        "strike": 185,
        "type": "Put",
        "expiration": "2026-06-19",
    },
    "/v1/flow/stocks/{symbol}/bars": {"resolution": "1m", "minutes": 60},
    "/v1/options/{symbol}/chain": {"expiration": "2026-06-19"},
}
"""Values of parameters, by path."""

ANSWERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "/v1/flow/signals/{symbol}": {
        "symbol": "NVDA",
        "as_of": "2026-05-21T16:30:45.000000Z",
        "window_minutes": 240,
        "expiry": None,
        "underlying_price": 900.25,
        "chain": {
            "call_wall": 950.0,
            "put_wall": 850.0,
            "max_pain": 900.0,
            "gamma_flip": 905.0,
            "gamma_flip_status": "available",
        },
        "count": 1,
        "signals": [_SIGNAL],
        "ring_truncated": False,
        "ring_oldest_ts": "2026-05-21T13:30:02.104000Z",
        "scorer_version": "b-4c1d",
        **_ENVELOPE,
    },
    "/v1/flow/signals/{symbol}/summary": {
        "symbol": "NVDA",
        "as_of": "2026-05-21T16:30:45.000000Z",
        "window_minutes": 240,
        "expiry": None,
        "underlying_price": 900.25,
        "signal_count": 12,
        "bullish_premium": 18250000.0,
        "bearish_premium": 6400000.0,
        "net_directional_premium": 11850000.0,
        "opening_premium": 21300000.0,
        "closing_premium": 3350000.0,
        "top_signals": [_SIGNAL],
        **_ENVELOPE,
    },
    "webhook_create": {
        "id": "wh_4f9k2m7q1z0c8d3e",
        "url": "https://your-server.com/flow-hook",
        "events": ["flow.extreme", "flow.elevated"],
        "minScore": 75,
        "ordered": False,
        "description": "",
        "state": "enabled",
        "reason": None,
        "state_since": "2026-05-21T16:30:45.000000Z",
        "failing_since": None,
        "created_at": "2026-05-21T16:30:45.000000Z",
        "secret": "whsec_c2hvd24gdGhpcyBvbmNlLCBhbmQgbmV2ZXIgYWdhaW4=",
        **_ENVELOPE,
    },
    "alert_create": {
        "id": "rule_9c1x5v7b2n4m6k8j",
        "kind": "signal",
        "name": "whales",
        "symbols": ["NVDA"],
        "price": None,
        "level": None,
        "crossing": "any",
        "directions": [],
        "when": 'score >= 80 and "whale" in tags',
        "cooldown_minutes": 10.0,
        "enabled": True,
        "created_at": "2026-05-21T16:30:45.000000Z",
        **_ENVELOPE,
    },
    "/v1/flow/top": {"data": [_ROW], "next_cursor": None, **_ENVELOPE},
    "/v1/score-explain": {
        "score": 91,
        "flag": "EXTREME",
        "scoreParts": {"volOI": 36, "premium": 30, "dte": 16, "otm": 9},
        "id": _ROW["id"],
        "inputs": {
            "volume": 2400,
            "openInterest": 800,
            "volOI": 3.0,
            "premium": 1128000.0,
            "dte": 14,
            "otmPct": 4.2,
            "spot": 191.94,
        },
        **_ENVELOPE,
    },
}
"""Answers, by path, or of what is no GET by the name of the operation."""

BODIES: Final[Mapping[str, Mapping[str, Any]]] = {
    "alert_create": {
        "kind": "signal",
        "name": "whales",
        "symbols": ["NVDA"],
        "when": 'score >= 80 and "whale" in tags',
        "cooldown_minutes": 10,
    },
    "alert_change": {"enabled": False},
    "webhook_create": {
        "url": "https://your-server.com/flow-hook",
        "minScore": 75,
        "events": ["flow.extreme", "flow.elevated"],
    },
    "webhook_change": {"events": ["signal.new"], "minScore": None},
    "webhook_replay": {"since": "2026-05-21T14:30:00Z", "state": "failed"},
}
"""Bodies of requests, by the name of the operation."""

REFUSED: Final = {
    "status": "ERROR",
    "error": {
        "code": "invalid_expiry",
        "message": "expiry must be a date as YYYY-MM-DD, was 'friday'",
        "details": {"field": "expiry"},
    },
    "message": "expiry must be a date as YYYY-MM-DD, was 'friday'",
}
"""An error."""
