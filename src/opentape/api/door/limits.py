"""How much is left: plans and limits of a request, told in its answer's headers."""

from opentape.api.asgi import App, Headers, Receive, Scope, Send, adding
from opentape.api.door.auth import caller
from opentape.api.problems import refuse
from opentape.api.query import texts
from opentape.desk.clock import Clock
from opentape.desk.keys.access import Access
from opentape.desk.keys.limiter import DAY_S, SECOND_NS, Quota, Standing
from opentape.market.errors import Denied, InputError


class Limits:
    """A layer that counts requests and refuses those that a plan does not have."""

    def __init__(self, app: App, access: Access, clock: Clock) -> None:
        self._app = app
        self._access = access
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a request."""
        key = caller(scope) if scope["type"] == "http" else None
        if key is None:
            await self._app(scope, receive, send)
            return
        try:
            query = texts(scope.get("query_string", b""))
            standing = self._access.ask(key, scope["path"], query)
        except (Denied, InputError) as error:
            left = self._access.limiter.standing(key)
            await refuse(scope, adding(send, self._headers(left)), error)
            return
        await self._app(scope, receive, adding(send, self._headers(standing)))

    def _headers(self, standing: Standing) -> Headers:
        nearest = standing.nearest
        left_s = self._access.limiter.left_s() if nearest is None else nearest.reset_s
        reset = self._clock.wall_ns() // SECOND_NS + left_s
        told: tuple[object, object] = ("unlimited", "unlimited")
        if nearest is not None:
            told = (nearest.limit, nearest.remaining)
        headers = {
            b"x-ratelimit-limit": told[0],
            b"x-ratelimit-remaining": told[1],
            b"x-ratelimit-reset": reset,
        }
        if nearest is not None:
            headers |= _fields(standing)
        return [(name, str(value).encode()) for name, value in headers.items()]


def _fields(standing: Standing) -> dict[bytes, object]:
    """Return the fields of the IETF's draft on limits, each limit by its name."""
    quotas = [quota for quota in standing if quota is not None]
    policies = (f"{_name(q)};q={q.limit};w={q.span_s}" for q in quotas)
    left = (f"{_name(q)};r={q.remaining};t={q.reset_s}" for q in quotas)
    return {b"ratelimit-policy": ", ".join(policies), b"ratelimit": ", ".join(left)}


def _name(quota: Quota) -> str:
    return '"day"' if quota.span_s == DAY_S else '"minute"'
