"""Discord, by a webhook: one embed an alert, in the colour of its intent."""

from collections.abc import Sequence
from typing import Any, ClassVar, Final

from opentape.scanner.day import Digest
from opentape.scanner.lines import UNKNOWN, count, dollars, is_instant
from opentape.scanner.sinks.alert import Alert
from opentape.scanner.sinks.posting import Poster
from opentape.scanner.sinks.slack import COLORS, NEUTRAL

_TITLE: Final = 256
_DESCRIPTION: Final = 200
"""Of an alert, as the next two less than is allowed: all embeds together hold 6,000."""
_VALUE: Final = 60
_FOOTER: Final = 100
_DAY: Final = 2_000
_NOBODY: Final = {"parse": list[str]()}


class Discord:
    """Fills `Sink`."""

    most: ClassVar[int] = 5
    """Of at most ten embeds and 6,000 letters a message."""

    def __init__(self, poster: Poster) -> None:
        self._poster = poster

    async def send(self, alerts: Sequence[Alert]) -> None:
        """Tell alerts."""
        await self._poster.post(message(alerts))

    async def send_digest(self, digest: Digest) -> None:
        """Tell the strongest tickers of a day."""
        await self._poster.post(digest_message(digest))


def message(alerts: Sequence[Alert]) -> dict[str, Any]:
    """Return alerts as Discord takes them."""
    return {"embeds": [_embed(alert) for alert in alerts], "allowed_mentions": _NOBODY}


def digest_message(digest: Digest) -> dict[str, Any]:
    """Return the strongest tickers of a day as Discord takes them."""
    rows = "\n".join(ticker.text for ticker in digest.tickers)
    embed = {
        "title": digest.title[:_TITLE],
        "description": f"```\n{rows[:_DAY]}\n```",
        "color": _color(NEUTRAL),
    }
    return {"embeds": [embed], "allowed_mentions": _NOBODY}


def _embed(alert: Alert) -> dict[str, Any]:
    signal = alert.facts.signal
    chain = alert.facts.chain
    fields = {
        "size": count(signal.size),
        "premium": dollars(signal.premium),
        "intent": signal.intent,
        "bias": signal.open_close_bias,
        "structure": signal.structure,
        "tags": ", ".join(signal.tags),
        "walls": f"{chain.put_wall or UNKNOWN} / {chain.call_wall or UNKNOWN}",
        "flip": str(chain.gamma_flip or UNKNOWN),
    }
    embed = {
        "title": alert.title[:_TITLE],
        "description": f"`{alert.details[2][:_DESCRIPTION]}`",
        "color": _color(COLORS.get(signal.intent, NEUTRAL)),
        "fields": [
            {"name": name, "value": _shown(value), "inline": True}
            for name, value in fields.items()
        ],
        "footer": {"text": (", ".join(alert.rules) or UNKNOWN)[:_FOOTER]},
    }
    return embed | ({"timestamp": signal.ts} if is_instant(signal.ts) else {})


def _shown(value: str | None) -> str:
    """Return what a field holds: something, as an empty one is refused."""
    return (value or "")[:_VALUE].strip() or UNKNOWN


def _color(text: str) -> int:
    return int(text.removeprefix("#"), 16)
