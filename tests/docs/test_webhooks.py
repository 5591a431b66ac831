"""The page on webhooks says what the code says: events, headers, times, paths."""

import re

from opentape.alerts.sign import signed
from opentape.api.app import deeds
from opentape.desk.webhooks.event import EventKind
from opentape.desk.webhooks.options import WebhookOptions
from source_tree import PACKAGE, REPO

PAGE = (REPO / "docs" / "reference" / "webhooks.md").read_text(encoding="utf-8")
UNITS = {"s": 1, "min": 60, "h": 3_600}


def section(title: str) -> str:
    return PAGE.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def named(text: str) -> list[str]:
    return re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)


def test_every_event_is_told() -> None:
    assert named(section("Events")) == [kind.value for kind in EventKind]


def test_every_header_is_told() -> None:
    secrets = ["whsec_AAAA", "whsec_BBBB"]
    assert set(named(section("Verifying"))) == set(signed("evt_1", b"", secrets, 0))


def test_the_schedule_is_told() -> None:
    text = section("Attempts").split("tried again after", 1)[1].split(", each", 1)[0]
    found = re.findall(r"(\d+) (s|min|h)\b", text)
    told = [int(number) * UNITS[unit] for number, unit in found]
    assert told == list(WebhookOptions().schedule_s)


def test_every_way_to_have_no_answer_is_told() -> None:
    source = "".join(
        path.read_text(encoding="utf-8") for path in (PACKAGE / "alerts").rglob("*.py")
    )
    raised = set(re.findall(r'Unreachable\([^()]*?"(\w+)"\)', source, re.DOTALL))
    raised |= set(re.findall(r'why="(\w+)"', source))
    told = re.findall(r"`(\w+)`", section("Attempts").split("says why:", 1)[1])
    assert {"timeout", "hang_up"} < raised
    assert raised == set(told)


def test_every_path_is_told() -> None:
    rows = re.findall(r"^\| (`[A-Z].*?)\|", PAGE, re.MULTILINE)
    told = {
        (verb, path.replace("{id}", "{webhook_id}"))
        for row in rows
        for path in re.findall(r"(/v1/webhooks[^`]*)`", row)
        for verb in re.findall(r"GET|POST|PATCH|DELETE", row)
    }
    mine = {(one.verb, one.path) for one in deeds() if one.tag == "webhooks"}
    assert told == mine
