"""News of signals as events: those of the flow's flags, and those of signals themselves."""

from collections.abc import Iterator
from typing import Final

import msgspec

from opentape.desk.engine.record import Told
from opentape.desk.live import Event as News
from opentape.desk.rules.rule import Firing
from opentape.desk.webhooks.event import Event, EventKind, event

_FLAGGED: Final = {
    "EXTREME": EventKind.FLOW_EXTREME,
    "ELEVATED": EventKind.FLOW_ELEVATED,
}
_encode: Final = msgspec.json.Encoder().encode


class _Row(msgspec.Struct, frozen=True, gc=False):
    """What decides on a flow row's event."""

    score: int
    flag: str


def events_of(told: Told, at_ns: int) -> Iterator[Event]:
    """Yield the events of one thing told; told again, they are the same.

    A row is told once, as a bot posts it: that it was amended or retracted is told as
    events of its signal alone.

    Parameters
    ----------
    at_ns
        When it was told, nanoseconds since 1970 UTC.
    """
    if told.event is News.NEW:
        row = msgspec.json.decode(told.row, type=_Row)
        kind = _FLAGGED.get(row.flag)
        if kind is not None:
            yield event(kind, told.id, at_ns, told.row, score=row.score)
    cause = told.id if told.replaces is None else f"{told.replaces} {told.id}"
    score = told.signal.score if told.signal else None
    yield event(EventKind(told.event.value), cause, at_ns, _data(told), score=score)


def triggered(firing: Firing) -> Event:
    """Return the event of a firing, for its owner alone."""
    fired = firing.fired
    score = fired.signal.score if fired.signal else None
    return event(
        EventKind.ALERT_TRIGGERED,
        fired.id,
        firing.at_ns,
        fired,
        score=score,
        key_id=firing.key_id,
    )


def _data(told: Told) -> msgspec.Raw:
    """Return the signal as it is listed, with what it replaces; of one gone, its id."""
    if told.signal is None:
        return msgspec.Raw(_encode({"id": told.id}))
    spelled = _encode(told.signal)
    if told.replaces is None:
        return msgspec.Raw(spelled)
    return msgspec.Raw(b'{"replaces":%b,%b' % (_encode(told.replaces), spelled[1:]))
