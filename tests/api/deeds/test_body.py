"""Bodies, and the one sentence about each that cannot be read."""

import pytest

from opentape.api.deeds.body import read_body
from opentape.desk.webhooks.asked import NewWebhook, ReplayOf, WebhookChange
from opentape.desk.webhooks.event import EventKind
from opentape.market.errors import BadField


def test_what_both_documents_send() -> None:
    orders = b'{"url":"https://a.b/","events":["order.filled","alert.triggered"]}'
    assert read_body(NewWebhook, orders) == NewWebhook(
        url="https://a.b/", events=(EventKind.ORDER_FILLED, EventKind.ALERT_TRIGGERED)
    )
    flow = b'{"url":"https://a.b/","minScore":75,"events":["flow.extreme"]}'
    assert read_body(NewWebhook, flow).min_score == 75
    assert read_body(WebhookChange, b"{}") == WebhookChange()


@pytest.mark.parametrize(
    ("kind", "body", "field", "told"),
    [
        (NewWebhook, b"", "body", "the body must be JSON"),
        (NewWebhook, b"{", "body", "the body must be JSON"),
        (NewWebhook, b'{"url":"\xff"}', "body", "the body must be JSON"),
        (NewWebhook, b"[]", "body", "body must be a JSON object"),
        (NewWebhook, b"{}", "url", "url is required"),
        (NewWebhook, b'{"url":"x"}', "events", "events is required"),
        (NewWebhook, b'{"url":1,"events":[]}', "url", "url must be text"),
        (NewWebhook, b'{"url":"","events":[]}', "url", "url must be str of length >= 1"),
        (NewWebhook, b'{"url":"x","events":"a"}', "events", "events must be a list"),
        (NewWebhook, b'{"url":"x","events":[]}', "events",
         "events must be array of length >= 1"),
        (NewWebhook, b'{"url":"x","events":["flow.x"]}', "events",
         "events cannot be read: invalid enum value 'flow.x'"),
        (NewWebhook, b'{"url":"x","events":["flow.extreme"],"minScore":"7"}', "minScore",
         "minScore must be a whole number or null"),
        (NewWebhook, b'{"url":"x","events":["flow.extreme"],"minScore":101}', "minScore",
         "minScore must be int <= 100"),
        (NewWebhook, b'{"url":"x","events":["flow.extreme"],"min_score":1}', "min_score",
         "min_score is not known"),
        (WebhookChange, b'{"enabled":1}', "enabled", "enabled must be true or false"),
        (ReplayOf, b'{"since":"today"}', "since", "since cannot be read: invalid RFC3339"),
        (ReplayOf, b'{"since":"2026-05-21T00:00:00"}', "since",
         "since must be datetime with a timezone component"),
    ],
)  # fmt: skip
def test_what_cannot_be_read(kind: type, body: bytes, field: str, told: str) -> None:
    with pytest.raises(BadField) as caught:
        read_body(kind, body)
    assert caught.value.field == field
    assert str(caught.value).startswith(told)
