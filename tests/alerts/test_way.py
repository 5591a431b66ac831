"""The way to an endpoint: what is held, what is let go, when to look again."""

from couriers import BEGAN, SECOND, SECRET
from opentape.alerts.way import FETCHED, NEVER, Way
from opentape.desk.webhooks.attempt import Outcome
from opentape.desk.webhooks.endpoint import Endpoint
from opentape.desk.webhooks.event import EventKind
from opentape.desk.webhooks.options import WebhookOptions
from opentape.desk.webhooks.ports import Due

TAKEN, REFUSED = Outcome(status=200), Outcome(status=500)


def way(*, ordered: bool = False) -> Way:
    endpoint = Endpoint(
        id="wh_1", key_id="owner", url="https://a.example.com/", secret=SECRET,
        kinds=tuple(EventKind), ordered=ordered, state_ns=0, created_ns=0,
    )  # fmt: skip
    return Way(endpoint, WebhookOptions(breaker_failures=100))


def due(seq: int, due_ns: int = BEGAN) -> Due:
    return Due(seq, f"evt_{seq}", b"{}", due_ns, 0, 0)


def look(one: Way, *found: Due) -> None:
    """Look as the courier does."""
    assert one.is_hungry(BEGAN)
    one.look_ns = NEVER
    one.take(found, BEGAN)


def test_it_looks_again_when_the_first_that_is_not_due_is() -> None:
    one = way()
    look(one, due(1), due(2), due(3, BEGAN + 9))
    assert [entry.seq for entry in one.waiting] == [1, 2]
    assert one.look_ns == BEGAN + 9


def test_it_looks_again_at_once_where_there_may_be_more() -> None:
    one = way()
    look(one, *map(due, range(FETCHED)))
    assert one.look_ns == 0
    assert not one.is_hungry(BEGAN)


def test_what_failed_is_looked_for_however_often_it_was_poked_meanwhile() -> None:
    """A poke that comes before the failure is written down must not hide it."""
    one = way()
    look(one, due(1))
    assert one.next(BEGAN) == due(1)
    one.ended(REFUSED, BEGAN)
    one.look_ns = 0
    look(one)
    assert one.look_ns == NEVER
    one.kept(1, BEGAN + 5 * SECOND)
    assert one.wakes_ns() == BEGAN + 5 * SECOND


def test_in_order_a_failure_lets_go_of_what_waits_behind_it() -> None:
    one = way(ordered=True)
    look(one, due(1), due(2), due(3))
    one.next(BEGAN)
    one.ended(REFUSED, BEGAN)
    assert (list(one.waiting), one.busy) == ([], {1})
    assert not one.is_hungry(BEGAN)
    one.kept(1, BEGAN + SECOND)
    look(one, due(1, BEGAN + SECOND), due(2))
    assert (list(one.waiting), one.look_ns) == ([], BEGAN + SECOND)


def test_in_order_one_goes_at_a_time() -> None:
    one = way(ordered=True)
    look(one, due(1), due(2))
    assert one.next(BEGAN) == due(1)
    assert one.next(BEGAN) is None
    one.ended(TAKEN, BEGAN)
    assert one.next(BEGAN) == due(2)


def test_nothing_goes_to_one_that_is_gone() -> None:
    one = way()
    look(one, due(1), due(2))
    one.next(BEGAN)
    assert one.ended(Outcome(status=410), BEGAN)
    assert one.next(BEGAN) is None


def test_it_does_not_wake_for_what_may_not_go_yet() -> None:
    """Else it would look, and look again, for as long as a slow endpoint takes."""
    full = way()
    look(full, *map(due, range(20)))
    while full.next(BEGAN):
        pass
    full.look_ns = 0
    assert (len(full.waiting), full.wakes_ns()) == (12, NEVER)
    full.ended(TAKEN, BEGAN)
    assert full.wakes_ns() <= BEGAN
    in_order = way(ordered=True)
    look(in_order, due(1))
    in_order.next(BEGAN)
    in_order.look_ns = 0
    assert in_order.wakes_ns() == NEVER
