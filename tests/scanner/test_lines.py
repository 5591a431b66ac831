"""The lines and the card are those of the document's own program, letter by letter."""

import json
import random

import pytest

import wire_signals
from opentape.client.answer import read
from opentape.client.wire.replies import FlowRow, FlowSignal, SummaryReply
from opentape.scanner import card, lines
from seed_scanner import needs_seed, printed, scanner

seed = pytest.mark.parametrize("number", range(20))


class TestAsTheDocument:
    pytestmark = needs_seed

    @seed
    def test_every_line(self, number: int) -> None:
        body = wire_signals.answer(random.Random(number))
        expected = scanner({})["render_signal"]
        told = wire_signals.told(body)
        shown = [lines.line(signal) for signal in told.signals]
        assert shown == [expected(s) for s in body["signals"]]

    @seed
    def test_an_answer_under_its_heading(self, number: int) -> None:
        body = wire_signals.answer(random.Random(number), "BRK/B", number)
        told = wire_signals.told(body)
        shown = "\n".join([lines.heading(told), *map(lines.line, told.signals)])
        names = scanner({"BRK/B": body})
        assert f"{shown}\n" == printed(names["scan_and_print"], "BRK/B")

    @seed
    def test_the_card(self, number: int) -> None:
        rng = random.Random(number)
        symbols = ["SPY", "A", "LONGER", "BRK/B", "^SPX"]
        bodies = {symbol: summary(rng) for symbol in symbols}
        names = scanner(bodies)
        rows = [
            card.row(symbol, read(json.dumps(body).encode(), SummaryReply, "it"))
            for symbol, body in bodies.items()
        ]
        shown = "\n".join([card.heading(45), *(row.text for row in rows)])
        assert f"{shown}\n" == printed(names["watchlist_card"], symbols, 45)

    @seed
    def test_keys_of_a_server_without_ids(self, number: int) -> None:
        body = wire_signals.answer(random.Random(number))
        for plain in body["signals"]:
            del plain["id"]
        key = scanner({})["signal_key"]
        told = wire_signals.told(body).signals
        shown = [lines.key_of("SPY", signal) for signal in told]
        assert shown == [key("SPY", s) for s in body["signals"]]

    @seed
    def test_what_a_message_is_headed_with(self, number: int) -> None:
        body = wire_signals.answer(random.Random(number))
        block = scanner({})["slack_block"]
        told = wire_signals.told(body).signals
        assert [lines.contract("SPY", signal) for signal in told] == [
            block("SPY", s)["attachments"][0]["title"] for s in body["signals"]
        ]


def summary(rng: random.Random) -> dict:
    return {
        "net_directional_premium": rng.choice([0, 0.0, -0.4, 4_820_000, -2_250_000.75]),
        "opening_premium": rng.choice([0.0, 6_420_000, 123_456_789_012.5]),
        "closing_premium": rng.choice([0, 1_600_000.5]),
        "signal_count": rng.choice([0, 42, 12_345]),
    }


def test_an_id_is_the_key_where_there_is_one() -> None:
    assert lines.key_of("SPY", FlowSignal(id="SPY-1")) == "SPY-1"


def test_what_is_not_known_is_a_dash() -> None:
    shown = lines.line(FlowSignal())
    assert shown.startswith("-------- -      -    - size=    - $         - score=  -")
    assert shown.endswith("[pre= - siz= - agg= - swe= - ope= - ten= -] tags=-")
    row = FlowRow(ticker="X", strike=1, expiry="2026-05-29", premium=5.0, score=1)
    assert lines.top_line(row) == "X      -    $1 exp 2026-05-29 vol/OI=- prem=$5 score=1"


def test_a_card_says_nothing_where_nothing_is_known() -> None:
    assert card.row("X", SummaryReply()).direction == "NEUTRAL"
