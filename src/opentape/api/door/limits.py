"""How much is left: plans and limits of a request, told in its answer's headers."""

from typing import Final

from opentape.api.asgi import App, Headers, Receive, Scope, Send, adding
from opentape.api.door.auth import caller
from opentape.api.problems import refuse
from opentape.api.query import texts
from opentape.desk.clock import Clock
from opentape.desk.keys.access import Access
from opentape.desk.keys.key import Key
from opentape.desk.keys.limiter import DAY_S, SECOND_NS, Quota, Standing
from opentape.market.errors import Denied, InputError

_RESET: Final = b"x-ratelimit-reset"
_UNLIMITED: Final = [
    (b"x-ratelimit-limit", b"unlimited"),
    (b"x-ratelimit-remaining", b"unlimited"),
]


class Counting:
    """Counts requests and says what is left."""

    def __init__(self, access: Access, clock: Clock) -> None:
        self._access = access
        self._clock = clock

    def ask(self, scope: Scope, key: Key) -> tuple[Headers, Exception | None]:
        """Count a request; return what is left, and why it is refused if it is."""
        try:
            query = texts(scope.get("query_string", b""))
            standing = self._access.ask(key, scope["path"], query)
        except (Denied, InputError) as error:
            return self._headers(self._access.limiter.standing(key)), error
        return self._headers(standing), None

    def _headers(self, standing: Standing) -> Headers:
        nearest = standing.nearest
        left_s = self._access.limiter.left_s() if nearest is None else nearest.reset_s
        reset = (_RESET, b"%d" % (self._clock.wall_ns() // SECOND_NS + left_s))
        if nearest is None:
            return [*_UNLIMITED, reset]
        limit = (b"x-ratelimit-limit", b"%d" % nearest.limit)
        left = (b"x-ratelimit-remaining", b"%d" % nearest.remaining)
        return [limit, left, reset, *_fields(standing)]


class Limits:
    """A layer that counts requests and refuses those that a plan does not have."""

    def __init__(self, app: App, access: Access, clock: Clock) -> None:
        self._app = app
        self._counting = Counting(access, clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a request."""
        key = caller(scope) if scope["type"] == "http" else None
        if key is None:
            await self._app(scope, receive, send)
            return
        left, refused = self._counting.ask(scope, key)
        if refused is not None:
            await refuse(scope, adding(send, left), refused)
            return
        await self._app(scope, receive, adding(send, left))


def _fields(standing: Standing) -> Headers:
    """Return the fields of the IETF's draft on limits, each limit by its name."""
    quotas = [quota for quota in standing if quota is not None]
    policies = [b"%b;q=%d;w=%d" % (_name(q), q.limit, q.span_s) for q in quotas]
    left = [b"%b;r=%d;t=%d" % (_name(q), q.remaining, q.reset_s) for q in quotas]
    return [(b"ratelimit-policy", b", ".join(policies)), (b"ratelimit", b", ".join(left))]


def _name(quota: Quota) -> bytes:
    return b'"day"' if quota.span_s == DAY_S else b'"minute"'
