"""Attempts: what came of one, and what that means for the delivery."""

import hashlib
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Final, NamedTuple

import msgspec

from opentape.desk.webhooks.options import WebhookOptions

SECOND_NS: Final = 10**9
_SUCCESSES: Final = range(200, 300)
_SLOW_DOWN: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, *range(500, 600)})
_UNIT: Final = 2.0**64


class DeliveryState(StrEnum):
    """How far a delivery is."""

    PENDING = "pending"
    """It will be tried, or tried again."""
    DELIVERED = "delivered"
    """The endpoint took it."""
    FAILED = "failed"
    """It is not tried any more, unless somebody asks for a replay."""


class Outcome(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What came of one attempt."""

    status: int | None = None
    """Of the answer, None if there was none."""
    why: str | None = None
    """What happened instead of an answer, one word: ``timeout``."""
    retry_after_s: float | None = None
    """What the receiver asked for, None if nothing."""
    latency_us: int = 0
    """From the first step to the answer, or to giving up."""
    answer: str = ""
    """The beginning of the answer's body."""

    @property
    def taken(self) -> bool:
        """Whether the endpoint took it."""
        return self.status in _SUCCESSES

    @property
    def gone(self) -> bool:
        """Whether the endpoint wants nothing any more."""
        return self.status == HTTPStatus.GONE

    @property
    def slow_down(self) -> bool:
        """Whether the endpoint has more than it can take."""
        return self.status in _SLOW_DOWN


class Verdict(NamedTuple):
    """What an attempt means for its delivery."""

    state: DeliveryState
    due_ns: int
    """When it is tried next; when it ended, if it did."""
    tries: int
    """Attempts of the present schedule so far."""


def judged(
    outcome: Outcome, tries: int, chance: float, now_ns: int, options: WebhookOptions
) -> Verdict:
    """Return what an attempt means for its delivery.

    Parameters
    ----------
    tries
        Attempts of the present schedule, this one among them.
    chance
        0 to 1: how much of the jitter is added.
    now_ns
        When the attempt ended.
    """
    if outcome.taken:
        return Verdict(DeliveryState.DELIVERED, now_ns, tries)
    if outcome.gone or tries > len(options.schedule_s):
        return Verdict(DeliveryState.FAILED, now_ns, tries)
    wait_s = options.schedule_s[tries - 1] * (1 + options.jitter * chance)
    wait_s = max(wait_s, asked_s(outcome, options))
    return Verdict(DeliveryState.PENDING, now_ns + round(wait_s * SECOND_NS), tries)


def asked_s(outcome: Outcome, options: WebhookOptions) -> float:
    """Return for how long a receiver asked to be left alone, 0 if it did not."""
    return min(outcome.retry_after_s or 0.0, options.most_wait_s)


def chance_of(event_id: str, endpoint_id: str, number: int) -> float:
    """Return a number from 0 to 1 that an attempt always draws again.

    Examples
    --------
    >>> 0 <= chance_of("evt_1", "wh_1", 1) < 1
    True
    """
    text = f"{event_id} {endpoint_id} {number}".encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:8]) / _UNIT


def retry_after_s(text: str | None, now_ns: int) -> float | None:
    """Return what a header ``Retry-After`` asks for, seconds; None if nothing readable.

    Examples
    --------
    >>> retry_after_s("120", 0), retry_after_s("Thu, 01 Jan 1970 00:01:00 GMT", 0)
    (120.0, 60.0)
    >>> retry_after_s("soon", 0), retry_after_s("-5", 0), retry_after_s(None, 0)
    (None, None, None)
    """
    if text is None:
        return None
    if text.strip().isascii() and text.strip().isdigit():
        return float(text)
    try:
        then = parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return None
    return max(0.0, then - now_ns / SECOND_NS)
