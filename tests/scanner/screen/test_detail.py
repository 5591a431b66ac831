"""A signal in full: what is not known is never told as something."""

import io
import random

from rich.console import Console

import wire_signals
from opentape.client.wire.replies import FlowSignal
from opentape.scanner.rules.facts import Facts
from opentape.scanner.rules.rule import facts_of
from opentape.scanner.screen import detail


def shown(facts: Facts) -> str:
    console = Console(file=io.StringIO(), width=50)
    console.print(detail.told(facts))
    return console.file.getvalue()


def test_what_is_not_known_is_a_dash() -> None:
    text = shown(Facts("SPY", FlowSignal()))
    assert "None" not in text
    assert "walls - / -" in text
    assert "open interest -" in text


def test_a_signal_of_any_kind_fits_beside_the_tape() -> None:
    for seed in range(20):
        reply = wire_signals.told(wire_signals.answer(random.Random(seed)))
        for facts in facts_of("SPY", reply):
            text = shown(facts)
            assert text.startswith("SPY ")
            assert all(len(line) <= 50 for line in text.splitlines())
            assert f"score {facts.signal.score} " in text
