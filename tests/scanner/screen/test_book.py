"""What the live view holds and shows."""

import random

import msgspec
import pytest

import wire_signals
from opentape.client.wire.replies import SignalsReply
from opentape.scanner.following import Question
from opentape.scanner.rules.expression import condition
from opentape.scanner.rules.rule import Query
from opentape.scanner.screen import book
from opentape.scanner.screen.book import Book, Order, Wanted

ASKED = Question("SPY", Query(), ())
REPLY = wire_signals.told(wire_signals.answer(random.Random(2), count=50))


@pytest.fixture
def full() -> Book:
    held = Book()
    held.take(ASKED, REPLY, None)
    return held


def ids(held: Book, wanted: Wanted) -> list[str]:
    return [key for key, _ in held.shown(wanted)]


def test_the_newest_first(full) -> None:
    expected = sorted(REPLY.signals, key=lambda s: s.ts, reverse=True)
    assert ids(full, Wanted()) == [s.id for s in expected]
    assert len(full) == 50


@pytest.mark.parametrize(
    ("wanted", "keeps"),
    [
        (Wanted(intent="bullish"), lambda s: s.intent == "bullish"),
        (Wanted(min_score=60), lambda s: s.score >= 60),
        (Wanted(symbol="SPY"), lambda s: s.symbol == "SPY"),
        (Wanted(symbol="QQQ"), lambda s: s.symbol == "QQQ"),
        (Wanted(when=condition('right == "C"')), lambda s: s.right == "C"),
        (
            Wanted(preset="opening-bullish", min_score=70),
            lambda s: (
                s.intent == "bullish"
                and s.score >= 70
                and s.open_close_bias == "opening_bias"
            ),
        ),
    ],
    ids=lambda one: one.text if isinstance(one, Wanted) else "",
)
def test_only_what_is_wanted(full, wanted: Wanted, keeps) -> None:
    assert set(ids(full, wanted)) == {s.id for s in REPLY.signals if keeps(s)}


@pytest.mark.parametrize(
    ("order", "value"), [(Order.SCORE, "score"), (Order.PREMIUM, "premium")]
)
def test_something_else_first(full, order: Order, value: str) -> None:
    values = [getattr(f.signal, value) for _, f in full.shown(Wanted(order=order))]
    assert values == sorted(values, reverse=True)


def test_a_later_answer_of_a_signal_counts(full) -> None:
    first = REPLY.signals[0]
    again = SignalsReply(signals=(msgspec.structs.replace(first, score=99),))
    full.take(ASKED, again, None)
    assert full.get(first.id).signal.score == 99
    assert len(full) == 50


def test_the_oldest_are_let_go(full, monkeypatch) -> None:
    monkeypatch.setattr(book, "MOST", 10)
    full.take(ASKED, SignalsReply(signals=(REPLY.signals[0],)), None)
    newest = sorted(REPLY.signals, key=lambda s: s.ts, reverse=True)
    assert set(ids(full, Wanted())) == {s.id for s in newest[:10]}


def test_filters_are_told() -> None:
    wanted = Wanted("SPY", "bullish", 60, "golden", condition("dte == 0"))
    assert wanted.text == "SPY, bullish, score 60+, golden, dte == 0"
    assert Wanted().text == ""
