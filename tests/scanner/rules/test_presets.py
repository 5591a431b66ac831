"""The presets find what the document's program, or its words in plain Python, finds."""

import datetime as dt
import random
from collections.abc import Callable
from typing import Any

import pytest

import wire_signals
from opentape.cli.scan.scan import PRESET_NAMES
from opentape.client.wire.replies import FlowSummaryReply
from opentape.scanner.rules.presets import PRESETS, preset
from opentape.scanner.rules.rule import facts_of
from seed_scanner import needs_seed, scanner

TODAY = dt.date(2026, 5, 21)
ASKED = {
    "whale-sweeps": {
        "windowMinutes": 60, "structure": "sweep", "minScore": 70, "limit": 50,
    },
    "golden": {"windowMinutes": 240, "minScore": 0, "limit": 50},
    "opening-bullish": {
        "windowMinutes": 240, "intent": "bullish", "minScore": 60, "limit": 50,
    },
    "0dte-momentum": {
        "windowMinutes": 240, "structure": "sweep", "minScore": 0, "limit": 50,
        "expiry": "2026-05-21",
    },
    "through-wall": {
        "windowMinutes": 240, "structure": "sweep", "minScore": 0, "limit": 50,
    },
    "gex-confirmed": {"windowMinutes": 240, "minScore": 0, "limit": 50},
}  # fmt: skip
FUNCTIONS = {
    "whale-sweeps": "whale_sweeps",
    "golden": "golden_signals",
    "opening-bullish": "opening_bullish",
}


def through(s: dict[str, Any], body: dict[str, Any], _flow: str) -> bool:
    call_wall, put_wall = body["chain"]["call_wall"], body["chain"]["put_wall"]
    if s["right"] == "C":
        return call_wall is not None and s["strike"] >= call_wall
    return put_wall is not None and s["strike"] <= put_wall


def confirmed(s: dict[str, Any], _body: dict[str, Any], flow: str) -> bool:
    if flow == "amplifying":
        return s["intent"] == "bullish"
    return flow in {"dampening", "regime_flip"} and s["intent"] == "bearish"


PLAIN: dict[str, Callable[[dict[str, Any], dict[str, Any], str], bool]] = {
    "0dte-momentum": lambda _s, _body, _flow: True,
    "through-wall": through,
    "gex-confirmed": confirmed,
}


def test_each_is_on_the_command_line_and_here() -> None:
    assert set(PRESETS) == set(PRESET_NAMES) == set(ASKED) == {*FUNCTIONS, *PLAIN}
    assert all(found.about.endswith(".") for found in PRESETS.values())


@pytest.mark.parametrize("name", ASKED)
def test_what_the_server_is_asked(name: str) -> None:
    ask = preset(name).query.ask("SPY", TODAY)
    expected = {key: str(value) for key, value in ASKED[name].items()}
    assert (ask.target, ask.params) == ("/v1/flow/signals/SPY", expected)


class TestAsTheDocument:
    pytestmark = needs_seed

    @pytest.mark.parametrize("number", range(10))
    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_what_is_taken(self, name: str, number: int) -> None:
        body = wire_signals.answer(random.Random(number), count=60)
        asked: dict[str, Any] = {}
        names = scanner({})
        names["fetch_signals"] = lambda symbol, **given: (
            asked.update(given, symbol=symbol) or body
        )
        expected = [s["id"] for s in names[FUNCTIONS[name]]("SPY")]
        chosen = preset(name).chosen("SPY", wire_signals.told(body))
        assert [facts.signal.id for facts in chosen] == expected
        assert expected
        query = preset(name).query
        usual = {"window_minutes": 240, "min_score": 0, "limit": 50}
        for key, value in (usual | asked).items():
            assert value == getattr(query, key, "SPY")


@pytest.mark.parametrize("number", range(10))
@pytest.mark.parametrize("flow", ["amplifying", "dampening", "regime_flip", "neutral"])
@pytest.mark.parametrize("name", PLAIN)
def test_what_the_extensions_take(name: str, flow: str, number: int) -> None:
    body = wire_signals.answer(random.Random(number), count=60)
    reply = wire_signals.told(body)
    told = FlowSummaryReply(flow_direction=flow)
    chosen = [f.signal.id for f in preset(name).chosen("SPY", reply, told)]
    assert chosen == [s["id"] for s in body["signals"] if PLAIN[name](s, body, flow)]


def test_only_one_asks_what_flow_does() -> None:
    assert [name for name in PRESETS if preset(name).needs_flow] == ["gex-confirmed"]
    reply = wire_signals.told(wire_signals.answer(random.Random(1)))
    assert list(preset("gex-confirmed").chosen("SPY", reply, None)) == []


@pytest.mark.parametrize("name", ASKED)
def test_a_rule_takes_from_any_source_what_a_server_would_have_sent(name: str) -> None:
    """The query is held against each signal, so that stored ones can be judged, too."""
    body = wire_signals.answer(random.Random(5), count=80)
    rule, flow = preset(name), FlowSummaryReply(flow_direction="amplifying")
    taken = [f for f in facts_of("SPY", wire_signals.told(body), flow) if rule.takes(f)]
    asked = ASKED[name]
    sent = [
        s
        for s in body["signals"]
        if s["score"] >= asked["minScore"]
        and s["structure"] == asked.get("structure", s["structure"])
        and s["intent"] == asked.get("intent", s["intent"])
        and ("expiry" not in asked or s["dte"] == 0)
    ]
    answer = wire_signals.told(body | {"signals": sent})
    expected = [f.signal.id for f in rule.chosen("SPY", answer, flow)]
    assert [f.signal.id for f in taken] == expected
