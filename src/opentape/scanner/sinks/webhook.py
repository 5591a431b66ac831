"""Any program that takes posts of JSON: one post an alert, the same key on every try."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import msgspec

from opentape.scanner.day import Digest
from opentape.scanner.sinks.alert import Alert
from opentape.scanner.sinks.posting import Poster


class Webhook:
    """Fills `Sink`.

    Parameters
    ----------
    secret
        Signs each body: ``X-Signature: sha256=`` and the HMAC-SHA256 of it in hex.
    """

    most: ClassVar[int] = 1

    def __init__(
        self, poster: Poster, secret: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        self._poster = poster
        self._secret = secret
        self._headers = dict(headers or {})

    async def send(self, alerts: Sequence[Alert]) -> None:
        """Tell alerts."""
        for alert in alerts:
            await self._post(message(alert), alert.key)

    async def send_digest(self, digest: Digest) -> None:
        """Tell the strongest tickers of a day."""
        await self._post(digest_message(digest), f"digest-{digest.date}")

    async def _post(self, body: dict[str, Any], key: str) -> None:
        raw = msgspec.json.encode(body)
        headers = self._headers | {"Idempotency-Key": key}
        if self._secret:
            made = hmac.new(self._secret.encode(), raw, hashlib.sha256)
            headers["X-Signature"] = f"sha256={made.hexdigest()}"
        await self._poster.post_bytes(raw, headers)


def message(alert: Alert) -> dict[str, Any]:
    """Return an alert with all that is known of it."""
    facts = alert.facts
    return {
        "event": "signal.matched",
        "timestamp": alert.at,
        "data": {
            "key": alert.key,
            "rules": alert.rules,
            "symbol": facts.symbol,
            "signal": facts.signal,
            "spot": facts.spot,
            "chain": facts.chain,
            "flow_direction": facts.flow.flow_direction if facts.flow else None,
        },
    }


def digest_message(digest: Digest) -> dict[str, Any]:
    """Return the strongest tickers of a day."""
    tickers = [
        ticker._asdict() | {"direction": ticker.direction} for ticker in digest.tickers
    ]
    return {
        "event": "day.top",
        "timestamp": None,
        "data": {"date": digest.date, "tickers": tickers},
    }
