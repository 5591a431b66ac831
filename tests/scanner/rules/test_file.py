"""A file of rules: read whole, or refused with the file, the line and the field."""

import datetime as dt
import re
from pathlib import Path

import pytest

from opentape.scanner.rules.errors import BadRule
from opentape.scanner.rules.file import read_rules
from opentape.scanner.rules.presets import PRESETS
from opentape.scanner.rules.rule import NEW_YORK, span

GOOD = """\
symbols = ["spy", "QQQ"]

[destinations.desk]
kind = "slack"
url = "$SLACK_WEBHOOK_URL"

# the big ones
[[rule]]
name = "whales near the wall"
preset = "whale-sweeps"
when = 'premium >= 2e6 and strike >= chain.call_wall'
min_score = 80
cooldown_minutes = 10
quiet = ["16:15-09:30", "12:00-13:00"]
to = ["desk"]

[[rule]]
name = "all of SPX"
symbols = ["spx"]
window_minutes = 30
limit = 500
"""


@pytest.fixture
def written(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "rules.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_what_a_file_says(written) -> None:
    told = read_rules(written(GOOD))
    assert told.symbols == ("SPY", "QQQ")
    assert told.destinations == {"desk": {"kind": "slack", "url": "$SLACK_WEBHOOK_URL"}}
    first, second = told.rules
    assert (first.name, first.symbols, first.to) == ("whales near the wall", (), ("desk",))
    assert first.query.window_minutes == PRESETS["whale-sweeps"].query.window_minutes
    assert (first.query.min_score, first.query.structure) == (80, "sweep")
    assert first.when.text == (
        '("whale" in tags) and (premium >= 2e6 and strike >= chain.call_wall)'
    )
    assert (first.cooldown_minutes, len(first.quiet)) == (10, 2)
    assert (second.symbols, second.when) == (("SPX",), None)
    assert (second.query.window_minutes, second.query.limit) == (30, 500)


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (changed("premium >= 2e6", "premum >= 2e6"),
         ":11: rule.when: there is no field 'premum'; did you mean 'premium'?"),
        (changed("min_score = 80", "min_score = 180"),
         ":12: rule.min_score: Expected int <= 100"),
        (changed("min_score = 80", 'min_score = "high"'),
         ":12: rule.min_score: Expected int, got a text"),
        (changed("min_score = 80", "minscore = 80"),
         ":12: rule.minscore: there is no key 'minscore'; did you mean 'min_score'?"),
        (changed('"whale-sweeps"', '"whales"'),
         ":10: rule.preset: there is no preset 'whales'; did you mean 'whale-sweeps'?"),
        (changed("cooldown_minutes = 10", "cooldown_minutes = -1"),
         ":13: rule.cooldown_minutes: Expected float >= 0.0"),
        (changed('"12:00-13:00"', '"noon"'),
         ":14: rule.quiet: quiet hours are HH:MM-HH:MM in New York, was 'noon'"),
        (changed('"12:00-13:00"', '"12:00-25:00"'), ":14: rule.quiet: quiet hours are"),
        (changed('to = ["desk"]', 'to = ["dsk"]'),
         ":15: rule.to: there is no destination 'dsk'; did you mean 'desk'?"),
        (changed('to = ["desk"]', 'to = "desk"'),
         ":15: rule.to: Expected a list, got a text"),
        (changed('name = "all of SPX"\n', ""),
         ":17: rule: Object missing required field name"),
        (changed('"all of SPX"', '"whales near the wall"'),
         ":18: rule.name: two rules are named 'whales near the wall'"),
        (changed("window_minutes = 30", "window_minutes = 0"),
         ":20: rule.window_minutes: Expected int >= 1"),
        (changed("window_minutes = 30", 'expiry = "friday"'),
         ":20: rule.expiry: an expiry is YYYY-MM-DD or today"),
        (changed('symbols = ["spy", "QQQ"]', "symbols = 5"),
         ":1: symbols: Expected a list, got int"),
        (changed('symbols = ["spy", "QQQ"]', "watchlist = 5"),
         ":1: watchlist: there is no key"),
        ("symbols = []\n", "there is no [[rule]]"),
        ("rule = 5\n", ":1: rule: Expected a list, got int"),
        ("[[rule]]\nname = ", "must be TOML: "),
        ("[[rule]]\nname = ''\n", ":2: rule.name: Expected a text of length >= 1"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(written, text: str, why: str) -> None:
    path = written(text)
    with pytest.raises(BadRule, match=re.escape(why)) as raised:
        read_rules(path)
    assert str(path) in str(raised.value)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BadRule, match="cannot be read: No such file"):
        read_rules(tmp_path / "none.toml")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    with pytest.raises(BadRule, match="must be TOML"):
        read_rules(tmp_path / "bytes")


@pytest.mark.parametrize(
    ("text", "at", "inside"),
    [
        ("16:15-09:30", (16, 15), True),
        ("16:15-09:30", (3, 0), True),
        ("16:15-09:30", (9, 30), False),
        ("16:15-09:30", (16, 14), False),
        ("12:00-13:00", (12, 0), True),
        ("12:00-13:00", (13, 0), False),
        ("00:00-00:00", (0, 0), False),
    ],
)
def test_quiet_hours_are_those_of_new_york(text: str, at: tuple, *, inside: bool) -> None:
    moment = dt.datetime(2026, 5, 21, *at, tzinfo=NEW_YORK).astimezone(dt.UTC)
    assert (moment in span(text)) is inside
