"""Lanes narrow, shut and open again."""

import pytest

from opentape.desk.webhooks.attempt import SECOND_NS, Outcome
from opentape.desk.webhooks.lane import Lane
from opentape.desk.webhooks.options import WebhookOptions

NOW = 10**18
OK, BAD = Outcome(status=200), Outcome(status=404)


def tried(lane: Lane, outcome: Outcome, now_ns: int = NOW, times: int = 1) -> None:
    for _ in range(times):
        lane.begin()
        lane.end(outcome, now_ns)


def test_room_is_what_is_not_under_way() -> None:
    lane = Lane(WebhookOptions(at_once=3))
    assert [lane.room(NOW), lane.begin(), lane.room(NOW), lane.begin()] == [
        3,
        None,
        2,
        None,
    ]
    assert not lane.is_full
    lane.begin()
    assert (lane.room(NOW), lane.is_full) == (0, True)
    lane.end(OK, NOW)
    assert (lane.room(NOW), lane.is_full) == (1, False)


def test_in_order_is_one_by_one() -> None:
    lane = Lane(WebhookOptions(at_once=8), ordered=True)
    tried(lane, OK, times=20)
    assert lane.room(NOW) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_too_much_halves_and_successes_widen_again(status: int) -> None:
    lane = Lane(WebhookOptions(at_once=8, breaker_failures=100))
    widths = []
    for _ in range(4):
        tried(lane, Outcome(status=status))
        widths.append(lane.room(NOW))
    assert widths == [4, 2, 1, 1]
    tried(lane, OK, times=2)
    assert lane.room(NOW) == 2
    tried(lane, OK, times=100)
    assert lane.room(NOW) == 8


def test_a_refusal_does_not_narrow() -> None:
    lane = Lane(WebhookOptions(at_once=8))
    tried(lane, BAD, times=4)
    assert lane.room(NOW) == 8


def test_retry_after_shuts_for_as_long() -> None:
    lane = Lane(WebhookOptions())
    tried(lane, Outcome(status=429, retry_after_s=30))
    assert lane.opens_ns == NOW + 30 * SECOND_NS
    assert lane.room(lane.opens_ns - 1) == 0
    assert lane.room(lane.opens_ns) > 0
    tried(lane, OK)
    assert lane.opens_ns == NOW + 30 * SECOND_NS


def test_failures_in_a_row_shut_and_one_looks_whether_it_is_back() -> None:
    options = WebhookOptions(breaker_failures=3, breaker_s=10, breaker_most_s=60)
    lane, now, shut_s = Lane(options), NOW, []
    tried(lane, BAD, times=2)
    assert lane.room(NOW) == 8
    for _ in range(6):
        tried(lane, BAD, now)
        shut_s.append((lane.opens_ns - now) / SECOND_NS)
        assert lane.room(now) == 0
        now = lane.opens_ns
        assert lane.room(now) == 1
    assert shut_s == [10, 20, 40, 60, 60, 60]
    tried(lane, OK, now)
    assert lane.room(now) == 8
    tried(lane, BAD, now, times=2)
    assert lane.room(now) == 8


def test_endless_failures_are_counted() -> None:
    lane = Lane(WebhookOptions())
    tried(lane, BAD, times=3_000)
    assert lane.opens_ns == NOW + 600 * SECOND_NS
