"""Destinations as they are written, and what is wrong with them."""

import asyncio
import sys

import pytest

from alerts import alerts
from opentape.scanner.day import digest
from opentape.scanner.rules.errors import BadRule
from opentape.scanner.sinks.destinations import KINDS, Around, named, opened
from opentape.scanner.sinks.discord import Discord
from opentape.scanner.sinks.screen import Bell, Lines
from opentape.scanner.sinks.slack import Slack
from opentape.scanner.sinks.webhook import Webhook

SECRETS = {"SLACK_WEBHOOK_URL": "https://hooks.slack.com/x", "EMPTY": ""}


@pytest.fixture
def heard() -> list:
    return []


@pytest.fixture
def around(heard) -> Around:
    return Around(heard.append, lambda: heard.append("\a"), SECRETS.get)


def test_each_is_what_it_says(around) -> None:
    made = {
        "slack": Slack,
        "discord": Discord,
        "webhook": Webhook,
        "terminal": Lines,
        "bell": Bell,
    }
    for kind, expected in made.items():
        told = {"kind": kind} | ({"url": "https://x"} if "url" in KINDS[kind] else {})
        assert isinstance(opened("it", told, around), expected)


def test_a_secret_comes_from_the_environment(around) -> None:
    sink = opened("it", {"kind": "slack", "url": "$SLACK_WEBHOOK_URL"}, around)
    assert sink._poster.host == "hooks.slack.com"


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"kind": "slcak"}, "a kind is one of terminal, bell, slack"),
        ({"kind": "slack"}, "destination 'it' of the kind slack needs a url"),
        ({"kind": "duckdb"}, "needs a path"),
        ({"kind": "slack", "url": "$NONE"}, "the variable NONE is not set"),
        ({"kind": "slack", "url": "$EMPTY"}, "the variable EMPTY is not set"),
        ({"kind": "slack", "urll": "x"}, "unknown field `urll`"),
        ({"url": "x"}, "missing required field `kind`"),
        ({"kind": "webhook", "url": 5}, "Expected `str`"),
    ],
)
def test_what_is_wrong_with_one(around, told: dict, why: str) -> None:
    with pytest.raises(BadRule, match=why):
        opened("it", told, around)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("terminal", ("terminal", {"kind": "terminal"})),
        ("slack:$X", ("slack", {"kind": "slack", "url": "$X"})),
        ("webhook:http://h:1/x", ("webhook", {"kind": "webhook", "url": "http://h:1/x"})),
        ("parquet:a/b", ("parquet", {"kind": "parquet", "path": "a/b"})),
        ("none:x", ("none", {"kind": "none", "url": "x"})),
    ],
)
def test_the_command_lines_words(text: str, expected: tuple) -> None:
    assert named(text) == expected


def test_the_terminal_and_its_bell(around, heard) -> None:
    told = alerts(1, 3)
    asyncio.run(opened("it", {"kind": "terminal"}, around).send(told))
    asyncio.run(opened("it", {"kind": "bell"}, around).send(told))
    assert heard == [*told, "\a"]
    day = digest(told[0].at.date(), [(a.facts.symbol, a.facts.signal) for a in told])
    asyncio.run(opened("it", {"kind": "terminal"}, around).send_digest(day))
    assert heard[4] == "Top 1 of 2026-05-21"
    assert heard[5].startswith("SPY ")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_apprise_reaches_what_it_knows(around) -> None:
    apprise = pytest.importorskip("apprise")
    heard = []

    class Plain(apprise.NotifyBase):
        service_name = "plain"
        protocol = "plain"

        def __init__(self, **given) -> None:
            super().__init__(**given)

        def url(self, *_args: object, **_named: object) -> str:
            return "plain://"

        def send(self, body: str, title: str = "", **_given: object) -> bool:
            heard.append((title, body))
            return True

        @staticmethod
        def parse_url(url: str) -> dict:
            return apprise.NotifyBase.parse_url(url, verify_host=False)

    apprise.plugins.N_MGR["plain"] = Plain
    sink = opened("it", {"kind": "apprise", "url": "plain://x"}, around)
    asyncio.run(sink.send(alerts(1, 1)))
    asyncio.run(sink.send(alerts(1, 2)))
    (title, body), (several, _) = heard
    assert title == alerts(1, 1)[0].title
    assert "breakdown: prem=" in body
    assert several == "2 signals"
    with pytest.raises(BadRule, match="Apprise knows no address that begins 'nosuch'"):
        opened("it", {"kind": "apprise", "url": "nosuch://x"}, around)


def test_apprise_that_is_not_there_is_named(around, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(BadRule, match=r"pip install 'opentape\[apprise\]'"):
        opened("it", {"kind": "apprise", "url": "tgram://1/2"}, around)
