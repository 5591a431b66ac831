"""What an attempt means: taken, tried again when, given up."""

from itertools import pairwise

import pytest

from opentape.desk.webhooks.attempt import (
    SECOND_NS,
    DeliveryState,
    Outcome,
    Verdict,
    chance_of,
    judged,
    retry_after_s,
)
from opentape.desk.webhooks.options import WebhookOptions

OPTIONS = WebhookOptions()
NOW = 10**18
HOURS = 3_600


def waits(outcome: Outcome, chance: float = 0.0, options: WebhookOptions = OPTIONS):
    """Seconds from each attempt to the next, until it is given up."""
    tries = 0
    while True:
        tries += 1
        state, due_ns, told = judged(outcome, tries, chance, NOW, options)
        assert told == tries
        if state is not DeliveryState.PENDING:
            return
        yield (due_ns - NOW) / SECOND_NS


def test_the_schedule_is_that_of_the_specification() -> None:
    assert list(waits(Outcome(status=500))) == [
        5, 300, 1_800, 2 * HOURS, 5 * HOURS, 10 * HOURS, 14 * HOURS, 20 * HOURS, 24 * HOURS,
    ]  # fmt: skip


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_success_is_the_end(status: int) -> None:
    verdict = judged(Outcome(status=status), 3, 0.5, NOW, OPTIONS)
    assert verdict == Verdict(DeliveryState.DELIVERED, NOW, 3)


@pytest.mark.parametrize(
    "outcome",
    [
        *(Outcome(status=status) for status in (301, 307, 400, 401, 404, 429, 503, 999)),
        *(Outcome(why=why) for why in ("timeout", "hang_up", "garbage", "refused")),
    ],
)
def test_anything_else_is_tried_again(outcome: Outcome) -> None:
    assert len(list(waits(outcome))) == 9


def test_gone_is_the_end_at_once() -> None:
    assert list(waits(Outcome(status=410))) == []


def test_jitter_only_makes_waits_longer_by_its_part() -> None:
    bare = list(waits(Outcome(status=500)))
    most = list(waits(Outcome(status=500), 1.0))
    assert most == pytest.approx([1.1 * one for one in bare])
    without = WebhookOptions(jitter=0)
    assert list(waits(Outcome(status=500), 1.0, without)) == bare


def test_what_the_receiver_asks_for_counts_where_it_is_longer() -> None:
    asked = list(waits(Outcome(status=429, retry_after_s=400)))
    assert asked[:3] == [400, 400, 1_800]
    assert next(waits(Outcome(status=503, retry_after_s=10**9))) == 86_400


def test_chances_differ_and_come_back() -> None:
    drawn = [chance_of(f"evt_{at}", "wh_1", n) for at in range(500) for n in (1, 2)]
    assert len(set(drawn)) == 1_000
    assert all(0 <= one < 1 for one in drawn)
    assert 0.4 < sum(drawn) / 1_000 < 0.6
    assert chance_of("evt_1", "wh_1", 1) == drawn[2]
    assert chance_of("evt_1", "wh_2", 1) != drawn[2]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0), (" 30 ", 30), ("99999999999", 99_999_999_999),
        ("Sun, 09 Sep 2001 01:46:50 GMT", 10), ("Sun, 09 Sep 2001 01:46:30 GMT", 0),
        ("", None), ("1.5", None), ("-1", None), ("1e3", None), ("٣", None),
        ("Sun, 99 Sep 2001", None), ("Mon, 01 Jan 99999 00:00:00 GMT", None),
    ],
)  # fmt: skip
def test_retry_after_in_both_forms(text: str, seconds: float | None) -> None:
    assert retry_after_s(text, NOW) == seconds


def test_the_schedule_may_be_another() -> None:
    options = WebhookOptions(schedule_s=(1, 2, 4, 8), jitter=0)
    found = list(waits(Outcome(why="timeout"), options=options))
    assert all(later == 2 * one for one, later in pairwise(found))
    assert list(waits(Outcome(why="timeout"), options=WebhookOptions(schedule_s=()))) == []
