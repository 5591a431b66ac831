"""The page on keys says what the code says: plans, limits, gates, public paths."""

import re

from opentape.api.door.auth import PUBLIC
from opentape.desk.keys.gates import GATES
from opentape.desk.keys.options import Plan, PlanOptions
from source_tree import REPO

PAGE = (REPO / "docs" / "reference" / "keys.md").read_text(encoding="utf-8")
PLANS = PAGE.split("## Plans", 1)[1].split("## Headers", 1)[0]
LIMITS, NEEDS = PLANS.split("What needs more", 1)


def rows(text: str) -> dict[str, list[str]]:
    found = re.findall(r"^\| `(\w+)` \|(.*)\|$", text, re.MULTILINE)
    return {name: [cell.strip() for cell in rest.split("|")] for name, rest in found}


def number(limit: int | None) -> str:
    return "" if limit is None else f"{limit:,}"


def test_the_limits_are_told() -> None:
    options, told = PlanOptions(), rows(LIMITS)
    assert list(told) == [plan.value for plan in Plan]
    for plan in Plan:
        minute, day, late = told[plan.value]
        assert minute == number(options.per_minute.get(plan))
        assert day == number(options.per_day.get(plan))
        minutes = options.delay_minutes.get(plan)
        usual = "at once" if minutes is None else f"{minutes} minutes late"
        ended = plan in options.end_of_day
        assert late == ("sessions that are over" if ended else usual)


def test_the_gates_are_told() -> None:
    told = {
        path: plan
        for plan, (text,) in rows(NEEDS).items()
        for path in re.findall(r"`(/[^`]*)`", text)
    }
    assert told.pop("/v1/exposure/gex") == PlanOptions().chain_plan
    assert told == {path: plan.value for path, plan in GATES.items()}


def test_public_paths_are_told() -> None:
    (line,) = re.findall(r"^No key is needed for (.*)\.$", PAGE, re.MULTILINE)
    assert set(re.findall(r"`(\S+)`", line)) == {*PUBLIC} - {"/favicon.ico"}
