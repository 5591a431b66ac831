"""Alerts made of signals of every kind."""

import datetime as dt
import random
from typing import Any

import wire_signals
from opentape.client.wire.replies import FlowSummaryReply
from opentape.scanner.rules.rule import facts_of
from opentape.scanner.sinks.alert import Alert

AT = dt.datetime(2026, 5, 21, 19, 59, 30, tzinfo=dt.UTC)


def alerts(seed: int, count: int = 20, **given: Any) -> list[Alert]:
    body = wire_signals.answer(random.Random(seed), count=count)
    flow = FlowSummaryReply(flow_direction="amplifying")
    facts = facts_of("SPY", wire_signals.told(body), flow)
    made = {"rules": ("golden", "whales & <more>"), "at": AT} | given
    return [Alert(key=one.signal.id, facts=one, **made) for one in facts]
