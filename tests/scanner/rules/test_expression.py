"""Conditions: what they mean, and what they refuse before anything runs."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import wire_signals
from opentape.client.wire.replies import (
    Enrichment,
    FlowSignal,
    FlowSummaryReply,
    ScoreBreakdown,
    SignalsChain,
)
from opentape.scanner.rules.errors import BadRule
from opentape.scanner.rules.expression import condition
from opentape.scanner.rules.facts import Facts, fields
from opentape.scanner.rules.rule import facts_of

FACTS = Facts(
    "SPY",
    FlowSignal(
        symbol="SPY", score=87, premium=1_860_000.0, size=1500, strike=600.0, right="C",
        intent="bullish", tags=("sweep", "whale"), dte=0, expiry="2026-05-29",
        score_breakdown=ScoreBreakdown(premium=22), enrichment=Enrichment(delta=-0.28),
    ),
    spot=591.0,
    chain=SignalsChain(call_wall=595.0),
    flow=FlowSummaryReply(flow_direction="amplifying"),
)  # fmt: skip

KINDS = {"number": int | float, "text": str, "list": tuple}
TRUE = [
    "score >= 80",
    "score > 86.5 and score < 88",
    "80 <= score <= 90",
    'intent == "bullish" and "whale" in tags',
    '"golden" not in tags',
    'intent in ("bullish", "bearish")',
    "dte in [0, 1]",
    "not score < 80",
    "score < 80 or premium >= 1e6",
    "strike >= chain.call_wall",
    "strike - spot > 5 and (strike / spot - 1) * 100 < 2",
    "abs(enrichment.delta) > 0.2 and enrichment.delta < -0.2",
    "score_breakdown.premium == 22",
    'flow.flow_direction == "amplifying"',
    'symbol == "SPY"',
    'expiry < "2026-06-01"',
    '"w" in "whale"',
    "true",
    "True and not False",
    'score > 200 or enrichment.iv > 5 or right == "C"',
    "not (score > 200 and enrichment.iv > 5)",
]
UNTRUE = [
    "score < 80",
    'intent == "bearish"',
    '"golden" in tags',
    "1 <= score <= 2",
    "score > 80 and score > 90",
    "false",
    # what is not known makes nothing true, nor its opposite
    "enrichment.iv > 0.1",
    "not enrichment.iv > 0.1",
    "enrichment.iv != 0.1",
    "enrichment.iv + 1 > 0 or enrichment.iv + 1 <= 0",
    "score / (dte * 1.0) > 1",
    "not score / dte > 1",
    "chain.put_wall < 5 or score > 200",
    "enrichment.iv in (0.1, 0.2)",
    "enrichment.iv not in (0.1, 0.2)",
    "abs(enrichment.iv) >= 0",
    "-enrichment.iv <= 0",
]


@pytest.mark.parametrize("text", TRUE)
def test_it_holds(text: str) -> None:
    assert condition(text)(FACTS) is True


@pytest.mark.parametrize("text", UNTRUE)
def test_it_is_not_known_to_hold(text: str) -> None:
    assert condition(text)(FACTS) is False


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "this is no condition"),
        ("score >", "this is no condition: 'score >'"),
        ("score = 5", "this is no condition"),
        ("score >= 80; x", "this is no condition"),
        ("scor > 5", "there is no field 'scor'; did you mean 'score'?"),
        ("chain.callwall > 5", "did you mean 'chain.call_wall'?"),
        ("nothing_like_it > 5", "there is no field 'nothing_like_it'$"),
        ("score", "a condition is true or not, but 'score' is a number"),
        ('"x"', "a condition is true or not"),
        ("score and True", "'score' is a number: what of it?"),
        ('score > "high"', "compares a number with a text"),
        ("intent == 1", "compares a text with a number"),
        ("tags == 1", "compares what cannot be compared"),
        ('"whale" in score', "looks for something in what is no list"),
        ("5 in intent", "looks for a number in a text"),
        ("intent + 1 > 2", "'intent' must be a number, is a text"),
        ("score % 2 == 0", "must be put together by"),
        ("score ** 9 > 2", "must be put together by"),
        ("~score > 1", "cannot stand in a condition"),
        ("None == score", "cannot stand in a condition"),
        ("score is 5", "compares what cannot be compared"),
        ("len(tags) > 1", "cannot be called; only abs"),
        ("abs(score, 2) > 1", "abs takes one number"),
        ('intent in ("a", 1)', "a list holds texts or numbers"),
        ("score in ()", "a list holds texts or numbers"),
        ("tags[0] == 'x'", "cannot stand in a condition"),
        ("score if True else 1", "cannot stand in a condition"),
        ("[s for s in tags]", "cannot stand in a condition"),
        ("(lambda: 1)() > 0", "cannot be called"),
        ("__import__('os').system('ls')", "cannot be called"),
        ("score.__class__ == 1", "there is no field"),
        ("().__class__.__bases__", "there is no field"),
        ("f'{score}' == '1'", "cannot stand in a condition"),
        ("(x := 5) > 1", "cannot stand in a condition"),
        ("b'x' in tags", "cannot stand in a condition"),
        ("1j == score", "cannot stand in a condition"),
        ("score > 1" + " and score > 1" * 200, "at most 2,000 letters"),
        ("(" * 90 + "score > 1" + ")" * 90 + " and " + "not " * 60 + "true", "at most 40"),
        ("score\x00 > 1", "this is no condition"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_named(text: str, why: str) -> None:
    with pytest.raises(BadRule, match=why.replace("(", r"\(").replace("?", r"\?")):
        condition(text)


@given(st.text(max_size=60))
def test_any_text_is_a_condition_or_refused(text: str) -> None:
    try:
        found = condition(text)
    except BadRule:
        return
    assert found(FACTS) in {True, False}


def test_fields_are_those_of_the_wire() -> None:
    known = fields()
    body = wire_signals.answer(random.Random(1))
    flat = {f"chain.{name}" for name in body["chain"]}
    for name, value in body["signals"][0].items():
        flat |= {f"{name}.{one}" for one in value} if isinstance(value, dict) else {name}
    assert flat <= known.keys()
    assert {"spot", "flow.flow_direction", "flow.live_gex"} <= known.keys()
    (facts, *_) = facts_of("SPY", wire_signals.told(body))
    for name, field in known.items():
        value = field.read(facts)
        if value is not None:
            assert isinstance(value, KINDS[field.kind]), name


def test_it_looks_only_at_what_it_names() -> None:
    found = condition("score > 5 and chain.call_wall > strike")
    assert found.names == {"score", "chain.call_wall", "strike"}
