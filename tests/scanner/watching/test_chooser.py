"""Which signals are told, where, by which rules, and what is kept quiet."""

import datetime as dt
import random

import msgspec
import pytest

import wire_signals
from opentape.scanner.following import Question, questions
from opentape.scanner.lines import key_of
from opentape.scanner.rules.rule import NEW_YORK, Query, Rule, made, span
from opentape.scanner.watching.chooser import Chooser
from opentape.scanner.watching.memory import IN_MEMORY, Memory

MINUTE_NS = 60 * 10**9
NOW = 1_779_393_570 * 10**9
REPLY = wire_signals.told(wire_signals.answer(random.Random(8), count=40))


class Clock:
    def __init__(self) -> None:
        self.ns = NOW

    def __call__(self) -> int:
        return self.ns


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def memory():
    opened = Memory(IN_MEMORY)
    yield opened
    opened.close()


@pytest.fixture
def chooser(memory, clock) -> Chooser:
    return Chooser(memory, ["a", "b"], clock)


def rule(name: str, when: str | None = None, **given) -> Rule:
    return made(name, Query(), when, **given)


def asked(*rules: Rule) -> Question:
    return Question("SPY", Query(), rules)


def due(memory: Memory, name: str) -> set[str]:
    return {one.alert.key for one in memory.due(name, NOW * 2, 1000)}


def expected(keeps=lambda _s: True) -> set[str]:
    return {key_of("SPY", signal) for signal in REPLY.signals if keeps(signal)}


def test_what_a_rule_takes_is_told_once_the_oldest_first(chooser, memory) -> None:
    found = chooser.take(asked(rule("r", "score >= 50")), REPLY, None)
    assert {alert.key for alert in found} == expected(lambda s: s.score >= 50)
    times = [alert.facts.signal.ts for alert in found]
    assert times == sorted(times)
    assert chooser.take(asked(rule("r", "score >= 50")), REPLY, None) == []
    assert due(memory, "a") == due(memory, "b") == {alert.key for alert in found}


def test_rules_that_take_the_same_are_told_together(chooser) -> None:
    found = chooser.take(asked(rule("one"), rule("two", 'right == "C"')), REPLY, None)
    assert len(found) == len(REPLY.signals)
    for alert in found:
        calls = alert.facts.signal.right == "C"
        assert alert.rules == (("one", "two") if calls else ("one",))


def test_a_rule_tells_only_where_it_says(chooser, memory) -> None:
    rules = asked(rule("a", 'right == "C"', to=("a",)), rule("b", "score >= 50", to=("b",)))
    chooser.take(rules, REPLY, None)
    assert due(memory, "a") == expected(lambda s: s.right == "C")
    assert due(memory, "b") == expected(lambda s: s.score >= 50)


def test_what_a_second_rule_takes_later_is_told_where_it_was_not(chooser, memory) -> None:
    chooser.take(asked(rule("a", 'right == "C"', to=("a",))), REPLY, None)
    chooser.take(asked(rule("all")), REPLY, None)
    assert due(memory, "a") == due(memory, "b") == expected()


def test_nothing_is_told_of_what_was_there_at_first(chooser, memory) -> None:
    assert chooser.take(asked(rule("r")), REPLY, None, tell=False) == []
    assert chooser.take(asked(rule("r")), REPLY, None) == []
    assert due(memory, "a") == set()


def test_a_cooldown_holds_back_all_but_the_first_of_a_symbol(chooser, clock) -> None:
    cool = asked(rule("r", cooldown_minutes=10))
    first = min(REPLY.signals, key=lambda s: s.ts)
    assert [alert.key for alert in chooser.take(cool, REPLY, None)] == [first.id]
    later = msgspec.structs.replace(
        REPLY, signals=(*REPLY.signals, msgspec.structs.replace(first, id="later"))
    )
    clock.ns += 10 * MINUTE_NS - 1
    assert chooser.take(cool, later, None) == []
    clock.ns += 1
    # held back for good: the one that came meanwhile is not told after it
    assert chooser.take(cool, later, None) == []
    newest = msgspec.structs.replace(
        REPLY, signals=(msgspec.structs.replace(first, id="newest"),)
    )
    assert [alert.key for alert in chooser.take(cool, newest, None)] == ["newest"]
    other = Question("QQQ", Query(), cool.rules)
    assert len(chooser.take(other, newest, None)) == 0
    again = msgspec.structs.replace(
        REPLY, signals=(msgspec.structs.replace(first, id="of another symbol"),)
    )
    assert len(chooser.take(other, again, None)) == 1


def test_in_quiet_hours_nothing_is_told(chooser, clock) -> None:
    now = dt.datetime.fromtimestamp(NOW // 10**9, NEW_YORK)
    begin, end = now - dt.timedelta(minutes=5), now + dt.timedelta(minutes=5)
    quiet = span(f"{begin:%H:%M}-{end:%H:%M}")
    rules = asked(rule("quiet", quiet=(quiet,)))
    assert chooser.take(rules, REPLY, None) == []
    clock.ns += 6 * MINUTE_NS
    assert chooser.take(rules, REPLY, None) == []


def test_one_rule_that_is_quiet_silences_no_other(chooser) -> None:
    quiet = rule("quiet", quiet=(span("00:00-12:00"), span("12:00-00:00")))
    found = chooser.take(asked(quiet, rule("loud")), REPLY, None)
    assert {alert.rules for alert in found} == {("loud",)}
    assert len(found) == len(REPLY.signals)


def test_questions_are_shared_by_rules_that_ask_the_same() -> None:
    rules = [
        rule("a"),
        rule("b", "score > 5"),
        made("c", Query(min_score=70), None),
        rule("d", symbols=("SPX",)),
    ]
    found = questions(rules, ["SPY", "QQQ"])
    assert [(q.symbol, q.query.min_score, [r.name for r in q.rules]) for q in found] == [
        ("SPY", 0, ["a", "b"]),
        ("QQQ", 0, ["a", "b"]),
        ("SPY", 70, ["c"]),
        ("QQQ", 70, ["c"]),
        ("SPX", 0, ["d"]),
    ]
