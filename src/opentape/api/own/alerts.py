"""Alerts: what is watched for a key, and each time that it happened."""

from opentape.api.deeds.deed import deed
from opentape.desk.keys.key import Key
from opentape.desk.rules import asked, replies
from opentape.desk.rules.manage import Alerts

_TAG = "alerts"
_ALL = "/v1/alerts"
_ONE = "/v1/alerts/{alert_id}"


@deed("GET", _ALL, tag=_TAG)
def alerts(alerts: Alerts, key: Key) -> replies.AlertsReply:
    """The alerts of your key, oldest first."""
    return alerts.list(key)


@deed("POST", _ALL, tag=_TAG)
def alert_create(alerts: Alerts, key: Key, body: asked.NewAlert) -> replies.Alert:
    """Have something watched.

    Each firing is kept, and told as the event `alert.triggered` to those of your webhooks
    that subscribe to it. A `price` or a `level` fires when spot passes it: what is seen
    first is where it begins, and a level that moves past spot fires only if it is the flip.
    A `flow` fires when `flow_direction` turns, a `signal` for each new one that `when`
    holds for.
    """
    return alerts.make(key, body)


@deed("GET", _ONE, tag=_TAG)
def alert(alerts: Alerts, key: Key, alert_id: str) -> replies.Alert:
    """One alert."""
    return alerts.one(key, alert_id)


@deed("PATCH", _ONE, tag=_TAG)
def alert_change(
    alerts: Alerts, key: Key, alert_id: str, body: asked.AlertChange
) -> replies.Alert:
    """Change an alert; what is left out stays. It begins anew where things stand then."""
    return alerts.change(key, alert_id, body)


@deed("DELETE", _ONE, tag=_TAG)
def alert_remove(alerts: Alerts, key: Key, alert_id: str) -> replies.RemovedAlertReply:
    """Forget an alert, and its firings with it."""
    return alerts.remove(key, alert_id)


@deed("GET", f"{_ONE}/firings", tag=_TAG)
def alert_firings(
    alerts: Alerts, key: Key, alert_id: str, query: asked.FiringsQuery
) -> replies.FiringsReply:
    """Each time that an alert fired, newest first, in pages."""
    return alerts.firings(key, alert_id, query)
