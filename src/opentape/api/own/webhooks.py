"""Webhooks: where events are posted, of what, and what became of each."""

from opentape.api.deeds.deed import deed
from opentape.desk.keys.key import Key
from opentape.desk.webhooks import asked, replies
from opentape.desk.webhooks.manage import Webhooks

_TAG = "webhooks"
_ALL = "/v1/webhooks"
_ONE = "/v1/webhooks/{webhook_id}"


@deed("GET", _ALL, tag=_TAG)
def webhooks(webhooks: Webhooks, key: Key) -> replies.WebhooksReply:
    """The webhooks of your key, oldest first."""
    return webhooks.list(key)


@deed("POST", _ALL, tag=_TAG)
def webhook_create(
    webhooks: Webhooks, key: Key, body: asked.NewWebhook
) -> replies.MadeWebhook:
    """Have events posted to a URL; the answer shows the secret this once.

    Each event is one POST with the body `{"event", "timestamp", "data"}`. The headers
    `webhook-id`, `webhook-timestamp` and `webhook-signature` are those of Standard
    Webhooks; `X-Signature` is `sha256=` and the hex HMAC-SHA256 of the raw body by the
    whole text of the secret. Any status 2xx takes it. Anything else is tried again after
    5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h, later where `Retry-After` says
    so, always under the same `webhook-id`; 410 switches the webhook off.
    """
    return webhooks.make(key, body)


@deed("GET", _ONE, tag=_TAG)
def webhook(webhooks: Webhooks, key: Key, webhook_id: str) -> replies.Webhook:
    """One webhook, and how it fares."""
    return webhooks.one(key, webhook_id)


@deed("PATCH", _ONE, tag=_TAG)
def webhook_change(
    webhooks: Webhooks, key: Key, webhook_id: str, body: asked.WebhookChange
) -> replies.Webhook:
    """Change a webhook; what is left out stays. What is due goes to its new URL."""
    return webhooks.change(key, webhook_id, body)


@deed("DELETE", _ONE, tag=_TAG)
def webhook_remove(webhooks: Webhooks, key: Key, webhook_id: str) -> replies.RemovedReply:
    """Forget a webhook, and its deliveries with it."""
    return webhooks.remove(key, webhook_id)


@deed("POST", f"{_ONE}/rotate", tag=_TAG)
def webhook_rotate(webhooks: Webhooks, key: Key, webhook_id: str) -> replies.RotatedReply:
    """Give a webhook a new secret.

    For a day both sign: `webhook-signature` holds two signatures, and beside `X-Signature`
    by the new secret there is `X-Signature-Previous` by the one before.
    """
    return webhooks.rotate(key, webhook_id)


@deed("POST", f"{_ONE}/test", tag=_TAG)
def webhook_test(webhooks: Webhooks, key: Key, webhook_id: str) -> replies.TestedReply:
    """Post an event `webhook.test` to a webhook now; its deliveries show the answer."""
    return webhooks.test(key, webhook_id)


@deed("GET", f"{_ONE}/deliveries", tag=_TAG)
def webhook_deliveries(
    webhooks: Webhooks, key: Key, webhook_id: str, query: asked.DeliveriesQuery
) -> replies.DeliveriesReply:
    """What was sent to a webhook, each with its attempts, newest first, in pages."""
    return webhooks.deliveries(key, webhook_id, query)


@deed("POST", f"{_ONE}/replay", tag=_TAG)
def webhook_replay(
    webhooks: Webhooks, key: Key, webhook_id: str, body: asked.ReplayOf
) -> replies.ReplayedReply:
    """Send deliveries that ended once more: one event, or all from an instant on."""
    return webhooks.replay(key, webhook_id, body)
