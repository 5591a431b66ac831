"""Sending: one delivery as one signed request, and its answer as an outcome."""

from typing import Final

from opentape import __version__
from opentape.alerts.sign import signed
from opentape.alerts.wall.answer import Answer
from opentape.alerts.wall.post import Poster
from opentape.desk.clock import Clock
from opentape.desk.webhooks.attempt import Outcome, retry_after_s
from opentape.desk.webhooks.endpoint import Endpoint
from opentape.desk.webhooks.ports import Due
from opentape.market.errors import BadUrl, Unreachable

_ANSWER_BYTES: Final = 1_024
_NANOS: Final = 1_000
_HEADERS: Final = {
    "Content-Type": "application/json",
    "User-Agent": f"opentape/{__version__}",
}


class Sender:
    """Sends to endpoints; belongs to one event loop."""

    def __init__(self, poster: Poster, clock: Clock) -> None:
        self._poster = poster
        self._clock = clock

    async def send(self, endpoint: Endpoint, due: Due) -> Outcome:
        """Return what came of one attempt, whatever it was."""
        began, now_ns = self._clock.now_ns(), self._clock.wall_ns()
        headers = signed(due.event_id, due.body, endpoint.secrets(now_ns), now_ns)
        try:
            answer = await self._poster.post(endpoint.url, _HEADERS | headers, due.body)
        except Unreachable as error:
            return Outcome(why=error.why, latency_us=self._since_us(began))
        except BadUrl as error:
            told = str(error)[:_ANSWER_BYTES]
            return Outcome(why="refused", answer=told, latency_us=self._since_us(began))
        return Outcome(
            status=answer.status,
            retry_after_s=retry_after_s(
                answer.headers.get("retry-after"), self._clock.wall_ns()
            ),
            answer=_text(answer),
            latency_us=self._since_us(began),
        )

    def close(self) -> None:
        """End every connection."""
        self._poster.close()

    def _since_us(self, began: int) -> int:
        return (self._clock.now_ns() - began) // _NANOS


def _text(answer: Answer) -> str:
    # some databases keep no zero bytes in texts
    return answer.body[:_ANSWER_BYTES].decode("utf-8", "replace").replace("\0", "\ufffd")
