"""What Slack and Discord are posted is what they document to take.

Slack: https://docs.slack.dev/reference/block-kit/blocks, and the article on attachments.
Discord: https://discord.com/developers/docs/resources/message#embed-object.
"""

import datetime as dt
import html
import random
import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import wire_signals
from alerts import AT, alerts
from opentape.client.wire.replies import FlowSignal, ScoreBreakdown
from opentape.scanner.day import Digest, Ticker
from opentape.scanner.rules.facts import Facts
from opentape.scanner.sinks import discord, slack, webhook
from opentape.scanner.sinks.alert import Alert
from seed_scanner import needs_seed, scanner

LONG = "x" * 9_000
DAY = Digest(
    dt.date(2026, 5, 21),
    tuple(Ticker(f"S{n}", 1e6 - n, (-1) ** n * 5.0, 2e6, 40) for n in range(5)),
)


def awkward() -> list[Alert]:
    """Alerts of which nothing is known, or far too much."""
    nothing = Alert(key="n", rules=(), facts=Facts("X", FlowSignal()), at=alerts(1)[0].at)
    texts = ("side", "conviction", "intent", "open_close_bias", "structure", "expiry")
    signal = msgspec.structs.replace(
        alerts(1)[0].facts.signal, tags=(LONG, "<!channel>"), **dict.fromkeys(texts, LONG)
    )
    facts = Facts(LONG, signal)
    return [nothing, Alert(key="m", rules=(LONG, "@everyone"), facts=facts, at=nothing.at)]


def batches(most: int) -> list[list[Alert]]:
    made = [alerts(seed, most) for seed in range(10)]
    return [*made, alerts(3, 1), awkward(), awkward() * (most // 2)]


def check_slack(body: dict) -> None:
    """Hold a message against the documented limits."""
    assert set(body) <= {"text", "attachments", "blocks"}
    assert 1 <= len(body["text"]) <= 40_000
    attached = body.get("attachments", [])
    assert len(attached) <= 20
    blocks = body.get("blocks", []) + [b for one in attached for b in one["blocks"]]
    assert 1 <= len(blocks) <= 50
    for one in attached:
        assert re.fullmatch(r"#[0-9a-f]{6}", one["color"])
        assert isinstance(one["fallback"], str)
    for block in blocks:
        check_block(block)


def check_block(block: dict) -> None:
    match block:
        case {"type": "header", "text": {"type": "plain_text", "text": str() as text}}:
            assert 1 <= len(text) <= 150
        case {"type": "section", "text": {"type": "mrkdwn", "text": str() as text}}:
            assert 1 <= len(text) <= 3_000
        case {"type": "context", "elements": list() as elements}:
            assert 1 <= len(elements) <= 10
            for one in elements:
                assert one["type"] == "mrkdwn"
                assert 1 <= len(one["text"]) <= 3_000
        case _:
            pytest.fail(f"no block of ours: {block}")


def check_discord(body: dict) -> None:
    """Hold a message against the documented limits."""
    assert body["allowed_mentions"] == {"parse": []}
    assert 1 <= len(body["embeds"]) <= 10
    letters = 0
    for embed in body["embeds"]:
        fields = embed.get("fields", [])
        assert len(fields) <= 25
        footer = embed.get("footer", {}).get("text", "")
        texts = [embed["title"], embed["description"], footer]
        texts += [field["name"] for field in fields] + [field["value"] for field in fields]
        letters += sum(map(len, texts))
        assert 1 <= len(embed["title"]) <= 256
        assert 1 <= len(embed["description"]) <= 4_096
        assert len(footer) <= 2_048
        assert isinstance(embed["color"], int)
        assert 0 <= embed["color"] <= 0xFFFFFF
        for field in fields:
            assert 1 <= len(field["name"]) <= 256
            # blanks at either end are cut before it is counted
            assert 1 <= len(field["value"].strip()) <= len(field["value"]) <= 1_024
            assert isinstance(field["inline"], bool)
        if "timestamp" in embed:
            assert dt.datetime.fromisoformat(embed["timestamp"]).tzinfo
    assert letters <= 6_000


@pytest.mark.parametrize("batch", batches(slack.Slack.most), ids=len)
def test_slack_takes_it(batch: list[Alert]) -> None:
    check_slack(json_of(slack.message(batch)))


@pytest.mark.parametrize("batch", batches(discord.Discord.most), ids=len)
def test_discord_takes_it(batch: list[Alert]) -> None:
    check_discord(json_of(discord.message(batch)))


TEXTS = st.text(max_size=300) | st.sampled_from(
    ["", " ", LONG, "<!here>", "&", "😀" * 3_000]
)
NUMBERS = st.none() | st.integers(-(10**18), 10**18) | st.floats(allow_nan=False)
"""No JSON holds other numbers."""
KINDS = {"tags": st.lists(TEXTS, max_size=30).map(tuple), "ts": TEXTS | st.none()}


@st.composite
def any_alert(draw) -> Alert:
    """What any server may send, its words and numbers of any length."""
    fields = msgspec.structs.fields(FlowSignal)
    numbers = {"size": st.none() | st.integers(0, 10**15), "premium": NUMBERS}
    known = KINDS | numbers | {"strike": NUMBERS, "score": st.none() | st.integers()}
    texts = ("id", "expiry", "right", "side", "structure", "conviction", "intent")
    known |= dict.fromkeys((*texts, "open_close_bias"), TEXTS | st.none())
    assert known.keys() <= {field.name for field in fields}
    parts = draw(st.builds(ScoreBreakdown, premium=st.integers(), tenor=st.none()))
    given_ = {name: draw(value) for name, value in known.items()}
    signal = FlowSignal(score_breakdown=parts, **given_)
    rules = tuple(draw(st.lists(TEXTS, max_size=5)))
    return Alert(key="k", rules=rules, facts=Facts(draw(TEXTS), signal), at=AT)


@given(st.lists(any_alert(), min_size=1, max_size=4))
def test_slack_takes_whatever_a_server_tells(batch: list[Alert]) -> None:
    check_slack(json_of(slack.message(batch)))


@given(st.lists(any_alert(), min_size=1, max_size=4))
def test_discord_takes_whatever_a_server_tells(batch: list[Alert]) -> None:
    check_discord(json_of(discord.message(batch)))


def test_they_take_the_day() -> None:
    check_slack(json_of(slack.digest_message(DAY)))
    check_discord(json_of(discord.digest_message(DAY)))
    shown = discord.digest_message(DAY)["embeds"][0]
    assert shown["title"] == "Top 5 of 2026-05-21"
    assert [line.split()[:2] for line in shown["description"].splitlines()[1:-1]] == [
        ["S0", "BULLISH"],
        ["S1", "BEARISH"],
        ["S2", "BULLISH"],
        ["S3", "BEARISH"],
        ["S4", "BULLISH"],
    ]


def test_nothing_in_a_message_calls_anybody() -> None:
    body = slack.message(awkward())
    assert "<!channel>" not in msgspec.json.encode(body["attachments"]).decode()
    assert "<" not in body["text"]


@pytest.mark.parametrize(
    ("intent", "color"),
    [
        ("bullish", "#22c55e"),
        ("bearish", "#ef4444"),
        ("neutral", "#a1a1aa"),
        (None, "#a1a1aa"),
    ],
)
def test_colours(intent: str, color: str) -> None:
    (alert,) = alerts(1, 1)
    signal = msgspec.structs.replace(alert.facts.signal, intent=intent)
    told = msgspec.structs.replace(alert, facts=alert.facts._replace(signal=signal))
    assert slack.message([told])["attachments"][0]["color"] == color
    assert discord.message([told])["embeds"][0]["color"] == int(color[1:], 16)


class TestAsTheDocument:
    pytestmark = needs_seed

    @pytest.mark.parametrize("number", range(10))
    def test_slack_is_told_the_same(self, number: int) -> None:
        """The same colour, title and text as the document's attachment, in blocks."""
        plain = wire_signals.answer(random.Random(number))["signals"]
        block = scanner({})["slack_block"]
        for alert, s in zip(alerts(number), plain, strict=True):
            (expected,) = block("SPY", s)["attachments"]
            (shown,) = slack.message([alert])["attachments"]
            header, section, _ = shown["blocks"]
            text = html.unescape(section["text"]["text"]).replace("`", "")
            assert (shown["color"], header["text"]["text"], text) == (
                expected["color"],
                expected["title"],
                expected["text"],
            )


def test_a_webhook_is_told_all() -> None:
    (alert,) = alerts(2, 1)
    body = json_of(webhook.message(alert))
    plain = wire_signals.answer(random.Random(2), count=1)
    assert (body["event"], body["timestamp"]) == ("signal.matched", "2026-05-21T19:59:30Z")
    data = body["data"]
    assert (data["key"], data["rules"], data["symbol"]) == (
        alert.key,
        list(alert.rules),
        "SPY",
    )
    for name in ("id", "ts", "strike", "premium", "tags", "score_breakdown"):
        assert data["signal"][name] == plain["signals"][0][name]
    assert data["chain"]["call_wall"] == plain["chain"]["call_wall"]
    assert data["flow_direction"] == "amplifying"


def json_of(body: dict) -> dict:
    return msgspec.json.decode(msgspec.json.encode(body))
