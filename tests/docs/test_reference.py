"""The reference says all: every option of every verb, every field of a signal."""

import re

import click
import pytest

from opentape.cli.formats import flattened
from opentape.cli.main import main
from opentape.flow.records import REJECTS, NbboState
from opentape.flow.signal import Signal
from opentape.market.conditions import Condition
from source_tree import REPO

CLI = (REPO / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
FIELDS = (REPO / "docs" / "reference" / "signal-fields.md").read_text(encoding="utf-8")
PATH = (REPO / "docs" / "explain" / "path-of-a-print.md").read_text(encoding="utf-8")


def section(verb: str) -> str:
    """The part of the reference that is about one verb."""
    found = re.search(rf"^## {verb}$(.*?)^## ", CLI, re.MULTILINE | re.DOTALL)
    assert found, f"docs/reference/cli.md has no section about {verb}"
    return found[1]


def params(verb: str) -> list[click.Parameter]:
    """What a verb takes, or all the verbs below it."""
    command = main.commands[verb]
    below = command.commands.values() if isinstance(command, click.Group) else [command]
    return [param for each in below for param in each.params]


@pytest.mark.parametrize("verb", sorted(main.commands))
def test_every_option_is_documented(verb: str) -> None:
    options = [p for p in params(verb) if isinstance(p, click.Option)]
    spelled = [name for option in options for name in option.opts]
    assert [name for name in spelled if f"`{name}" not in section(verb)] == []


@pytest.mark.parametrize("verb", sorted(main.commands))
def test_no_option_is_made_up(verb: str) -> None:
    known = {name for p in params(verb) for name in (*p.opts, *p.secondary_opts)}
    told = re.findall(r"`(--?[a-z][a-z-]*)", section(verb))
    assert [name for name in told if name not in known] == []


@pytest.mark.parametrize("verb", sorted(main.commands))
def test_every_choice_is_documented(verb: str) -> None:
    for param in params(verb):
        if isinstance(param.type, click.Choice):
            assert "\\|".join(param.type.choices) in section(verb)


def test_fields_of_a_signal_are_documented_each_once() -> None:
    told = re.findall(r"^\| `([A-Za-z_.]+)` \|", FIELDS, re.MULTILINE)
    assert sorted(told) == sorted(column.title for column in flattened(Signal))


def test_verdicts_and_classes_are_on_the_path() -> None:
    names = [*REJECTS, *NbboState, *(c for c in Condition if c is not Condition.CANCEL)]
    assert [n.name for n in names if f"`{n.name.lower()}`" not in PATH] == []
