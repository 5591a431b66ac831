"""What owners of webhooks do with them."""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import UNSET

from opentape.desk.clock import Clock
from opentape.desk.keys.gates import Gates, Question
from opentape.desk.keys.key import Key
from opentape.desk.webhooks import replies
from opentape.desk.webhooks.asked import (
    DeliveriesQuery,
    NewWebhook,
    ReplayOf,
    WebhookChange,
)
from opentape.desk.webhooks.endpoint import (
    Endpoint,
    EndpointState,
    Reason,
    new_endpoint_id,
    new_secret,
)
from opentape.desk.webhooks.event import EventKind, event
from opentape.desk.webhooks.options import WebhookOptions
from opentape.desk.webhooks.ports import Deliveries, Endpoints, Outbox, Wall, Wanted
from opentape.market.calendar import instant_ns, iso, trade_date
from opentape.market.errors import BadField, NotFound

_HOUR_NS: Final = 3_600 * 10**9
_KEPT_AS_GIVEN: Final = ("min_score", "ordered", "description")
_ABOUT: Final = {"flow": "/v1/stream", "signal": "/v1/flow/signals"}
"""Where what an event tells can be asked for, by the beginning of its kind."""


class Stores(NamedTuple):
    """Where webhooks are kept."""

    endpoints: Endpoints
    outbox: Outbox
    deliveries: Deliveries


class Webhooks:
    """The webhooks of all keys; each key sees its own."""

    def __init__(
        self,
        stores: Stores,
        wall: Wall,
        gates: Gates,
        options: WebhookOptions,
        clock: Clock,
    ) -> None:
        self._endpoints, self._outbox, self._deliveries = stores
        self._wall, self._gates = wall, gates
        self._options, self._clock = options, clock

    def list(self, key: Key) -> replies.WebhooksReply:
        """Return the webhooks of a key."""
        found = [replies.webhook(one) for one in self._endpoints.of(key.id)]
        return replies.WebhooksReply(data=found, count=len(found))

    def make(self, key: Key, wish: NewWebhook) -> replies.MadeWebhook:
        """Make a webhook.

        Raises
        ------
        BadUrl
            If its URL may not be sent to.
        PlanTooLow
            If the key may not know what it is to be told of.
        BadField
            If the key has as many as it may.
        """
        most = self._options.most_endpoints
        if len(self._endpoints.of(key.id)) >= most:
            raise BadField(f"a key must have {most} webhooks or fewer", "url")
        self._check(key, wish.events)
        now_ns = self._clock.wall_ns()
        made = Endpoint(
            id=new_endpoint_id(),
            key_id=key.id,
            url=self._wall.check(wish.url),
            kinds=_once(wish.events),
            min_score=wish.min_score,
            ordered=wish.ordered,
            description=wish.description,
            secret=new_secret(),
            state_ns=now_ns,
            created_ns=now_ns,
        )
        self._endpoints.put(made)
        return replies.made_webhook(made)

    def one(self, key: Key, webhook_id: str) -> replies.Webhook:
        """Return one webhook of a key."""
        return replies.webhook(self._mine(key, webhook_id))

    def change(self, key: Key, webhook_id: str, change: WebhookChange) -> replies.Webhook:
        """Change a webhook."""
        old = self._mine(key, webhook_id)
        given = _plain(change)
        if change.url is not UNSET:
            given["url"] = self._wall.check(change.url)
        if change.events is not UNSET:
            self._check(key, change.events)
            given["kinds"] = _once(change.events)
        if change.enabled is not UNSET and change.enabled is not old.enabled:
            given |= _switched(enabled=change.enabled, now_ns=self._clock.wall_ns())
        new = msgspec.structs.replace(old, **given)
        self._endpoints.put(new)
        return replies.webhook(new)

    def remove(self, key: Key, webhook_id: str) -> replies.RemovedReply:
        """Forget a webhook and all its deliveries."""
        self._endpoints.remove(self._mine(key, webhook_id).id)
        return replies.RemovedReply(id=webhook_id)

    def rotate(self, key: Key, webhook_id: str) -> replies.RotatedReply:
        """Give a webhook a new secret; the one before signs as well for a while."""
        old = self._mine(key, webhook_id)
        until_ns = self._clock.wall_ns() + round(self._options.rotation_hours * _HOUR_NS)
        new = msgspec.structs.replace(
            old, secret=new_secret(), old_secret=old.secret, old_until_ns=until_ns
        )
        self._endpoints.put(new)
        return replies.RotatedReply(
            id=new.id, secret=new.secret, previous_until=iso(until_ns)
        )

    def test(self, key: Key, webhook_id: str) -> replies.TestedReply:
        """Send a webhook an event that tells nothing."""
        mine = self._enabled(key, webhook_id)
        now_ns = self._clock.wall_ns()
        told = event(EventKind.WEBHOOK_TEST, f"{mine.id} {now_ns}", now_ns, {"id": mine.id})
        self._outbox.tell_one(told, mine.id)
        return replies.TestedReply(id=told.id)

    def deliveries(
        self, key: Key, webhook_id: str, query: DeliveriesQuery
    ) -> replies.DeliveriesReply:
        """Return a page of a webhook's deliveries, newest first."""
        wanted = Wanted(self._mine(key, webhook_id).id, state=query.state)
        page = self._deliveries.page(wanted, place_of(query.cursor), query.limit + 1)
        more = len(page) > query.limit
        shown = page[: query.limit]
        return replies.DeliveriesReply(
            data=[replies.delivery_row(one) for one in shown],
            next_cursor=str(shown[-1].seq) if more else None,
        )

    def replay(self, key: Key, webhook_id: str, of: ReplayOf) -> replies.ReplayedReply:
        """Send deliveries that ended once more.

        Raises
        ------
        BadField
            If neither an event nor a time is named.
        """
        mine = self._enabled(key, webhook_id)
        if of.id is None and of.since is None:
            raise BadField("id or since is required", "id")
        wanted = Wanted(
            mine.id,
            event_id=of.id,
            from_ns=None if of.since is None else instant_ns(of.since),
            until_ns=None if of.until is None else instant_ns(of.until),
            state=of.state,
        )
        count = self._deliveries.again(wanted, self._clock.wall_ns())
        if of.id is not None and not count:
            raise NotFound(
                "an event to send again must be one of this webhook's that ended"
            )
        return replies.ReplayedReply(count=count)

    def _mine(self, key: Key, webhook_id: str) -> Endpoint:
        for one in self._endpoints.of(key.id):
            if one.id == webhook_id:
                return one
        raise NotFound("a webhook must be one that this key has made")

    def _enabled(self, key: Key, webhook_id: str) -> Endpoint:
        mine = self._mine(key, webhook_id)
        if not mine.enabled:
            raise BadField("a webhook must be enabled for that", "enabled")
        return mine

    def _check(self, key: Key, kinds: Iterable[EventKind]) -> None:
        """See that a key may know what it is to be told of."""
        today = trade_date(self._clock.wall_ns())
        for path in {_ABOUT.get(kind.partition(".")[0]) for kind in kinds} - {None}:
            self._gates.check(key.plan, Question(str(path), {}, today))


def _once(kinds: Iterable[EventKind]) -> tuple[EventKind, ...]:
    return tuple(dict.fromkeys(kinds))


def _plain(change: WebhookChange) -> dict[str, Any]:
    """Return what is to be otherwise and is kept just as it was given."""
    values = {name: getattr(change, name) for name in _KEPT_AS_GIVEN}
    return {name: value for name, value in values.items() if value is not UNSET}


def _switched(*, enabled: bool, now_ns: int) -> dict[str, Any]:
    return {
        "state": EndpointState.ENABLED if enabled else EndpointState.DISABLED,
        "reason": None if enabled else Reason.OWNER,
        "failing_since_ns": None,
        "state_ns": now_ns,
    }


def place_of(cursor: str | None) -> int | None:
    """Return the place that a cursor of ours names, None for none.

    Raises
    ------
    BadField
        If it is no such cursor.
    """
    if cursor is None:
        return None
    # eighteen digits always fit a database
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 18):  # noqa: PLR2004
        raise BadField("cursor must be one that a page before gave", "cursor")
    return int(cursor)
