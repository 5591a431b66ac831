"""Slack, by an incoming webhook: one attachment an alert, in the colour of its intent."""

from collections.abc import Sequence
from typing import Any, ClassVar, Final

from opentape.scanner.day import Digest
from opentape.scanner.sinks.alert import Alert
from opentape.scanner.sinks.posting import Poster

COLORS: Final = {"bullish": "#22c55e", "bearish": "#ef4444"}
NEUTRAL: Final = "#a1a1aa"
_HEADER: Final = 150
_TEXT: Final = 3_000
_ENTITIES: Final = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))


class Slack:
    """Fills `Sink`."""

    most: ClassVar[int] = 10
    """Of at most 50 blocks a message, three an alert."""

    def __init__(self, poster: Poster) -> None:
        self._poster = poster

    async def send(self, alerts: Sequence[Alert]) -> None:
        """Tell alerts."""
        await self._poster.post(message(alerts))

    async def send_digest(self, digest: Digest) -> None:
        """Tell the strongest tickers of a day."""
        await self._poster.post(digest_message(digest))


def message(alerts: Sequence[Alert]) -> dict[str, Any]:
    """Return alerts as Slack takes them."""
    text = " | ".join(alert.title for alert in alerts)
    return {
        "text": _escaped(text)[:_TEXT],
        "attachments": [_attachment(alert) for alert in alerts],
    }


def digest_message(digest: Digest) -> dict[str, Any]:
    """Return the strongest tickers of a day as Slack takes them."""
    rows = "\n".join(ticker.text for ticker in digest.tickers)
    return {
        "text": digest.title,
        "blocks": [_header(digest.title), _section(f"```{_escaped(rows)}```")],
    }


def _attachment(alert: Alert) -> dict[str, Any]:
    signal = alert.facts.signal
    how, what, why = (_escaped(text) for text in alert.details)
    context = _escaped(", ".join(alert.rules))[:_TEXT] or "-"
    return {
        "color": COLORS.get(signal.intent, NEUTRAL),
        "fallback": _escaped(alert.title),
        "blocks": [
            _header(alert.title),
            _section(f"{how}\n{what}\n`{why}`"),
            {"type": "context", "elements": [{"type": "mrkdwn", "text": context}]},
        ],
    }


def _header(text: str) -> dict[str, Any]:
    plain = {"type": "plain_text", "text": text[:_HEADER], "emoji": False}
    return {"type": "header", "text": plain}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:_TEXT]}}


def _escaped(text: str) -> str:
    """Return text in which nothing mentions anybody or is a link."""
    for letter, entity in _ENTITIES:
        text = text.replace(letter, entity)
    return text
