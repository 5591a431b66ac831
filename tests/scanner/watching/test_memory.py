"""What was alerted is known after any end of the process, and forgotten in time."""

import pytest

from alerts import alerts
from opentape.scanner.rules.errors import BadRule
from opentape.scanner.watching.memory import KEPT_NS, Memory

DAY_NS = 86_400 * 10**9
NOW = 1_779_393_570 * 10**9


@pytest.fixture
def path(tmp_path):
    return tmp_path / "new" / "scanner.db"


@pytest.fixture
def memory(path):
    opened = Memory(path)
    yield opened
    opened.close()


def keys(memory: Memory, name: str, now_ns: int = NOW) -> list[str]:
    return [due.alert.key for due in memory.due(name, now_ns, 100)]


def test_what_is_owed_is_owed_after_a_restart_with_all_that_is_known_of_it(path) -> None:
    told = alerts(1, 3)
    before = Memory(path)
    for alert in told:
        before.owe(alert, ["a", "b"], NOW)
    before.settle([told[0].key], "a", "sent")
    # as kill -9 leaves it: nothing is closed in order
    before._database.close()
    after = Memory(path)
    assert sorted(keys(after, "a")) == sorted(alert.key for alert in told[1:])
    assert sorted(keys(after, "b")) == sorted(alert.key for alert in told)
    assert {due.alert.key: due.alert for due in after.due("b", NOW, 9)} == {
        alert.key: alert for alert in told
    }
    after.close()


def test_nothing_is_told_twice(memory) -> None:
    (alert,) = alerts(1, 1)
    assert memory.fresh(alert.key, ["a", "b"], NOW) == ["a", "b"]
    memory.owe(alert, ["a"], NOW)
    assert memory.fresh(alert.key, ["a", "b"], NOW) == ["b"]
    memory.settle([alert.key], "a", "sent")
    assert memory.fresh(alert.key, ["a", "b"], NOW) == ["b"]
    memory.owe(alert, ["a"], NOW)
    assert keys(memory, "a") == []


def test_what_is_held_back_is_never_told(memory) -> None:
    memory.hold("k", ["a"], NOW)
    assert memory.fresh("k", ["a"], NOW) == []
    assert keys(memory, "a") == []


def test_what_could_not_be_told_waits(memory) -> None:
    (alert,) = alerts(1, 1)
    memory.owe(alert, ["a"], NOW)
    memory.postpone([alert.key], "a", NOW + 5)
    assert (keys(memory, "a", NOW + 4), memory.next_ns("a")) == ([], NOW + 5)
    (due,) = memory.due("a", NOW + 5, 9)
    assert due.failures == 1
    memory.settle([alert.key], "a", "failed")
    assert memory.next_ns("a") is None
    assert memory.count("failed") == 1


def test_all_or_nothing(memory) -> None:
    def broken() -> None:
        with memory.together():
            memory.hold("k", ["a"], NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert memory.fresh("k", ["a"], NOW) == ["a"]


def test_what_no_answer_holds_any_more_is_forgotten(memory) -> None:
    old, seen = alerts(1, 2)
    for alert in (old, seen):
        memory.owe(alert, ["a"], NOW)
        memory.settle([alert.key], "a", "sent")
    for day in range(1, 4):
        assert memory.fresh(seen.key, ["a"], NOW + day * DAY_NS) == []
    memory.prune(NOW + KEPT_NS + 1)
    assert memory.fresh(old.key, ["a"], NOW) == ["a"]
    assert memory.fresh(seen.key, ["a"], NOW) == []
    assert memory.count("sent") == 1


def test_a_cooldown_ends(memory) -> None:
    memory.cool("rule", "SPY", NOW + 10)
    assert memory.cooling("rule", "SPY", NOW + 9)
    assert not memory.cooling("rule", "SPY", NOW + 10)
    assert not memory.cooling("rule", "QQQ", NOW)
    memory.prune(NOW + 11)
    assert not memory.cooling("rule", "SPY", NOW)


def test_notes(memory) -> None:
    assert memory.noted("cursor") is None
    memory.note("cursor", "a.1")
    memory.note("cursor", "a.2")
    assert memory.noted("cursor") == "a.2"


@pytest.mark.usefixtures("memory")
def test_two_at_once_are_refused(path) -> None:
    with pytest.raises(BadRule, match=r"another watch uses .*scanner.db; name another"):
        Memory(path)


def test_a_file_that_is_none(tmp_path) -> None:
    (tmp_path / "text").write_text("this is no database, and it is long enough to tell")
    for path in (tmp_path / "text", tmp_path / "text" / "below", tmp_path):
        with pytest.raises(BadRule, match="cannot be kept in"):
            Memory(path)
