"""What the pages say of presets, conditions and rules is what the code does."""

import re
import shlex

import pytest

from opentape.cli.main import main
from opentape.scanner.rules.expression import condition
from opentape.scanner.rules.facts import fields
from opentape.scanner.rules.file import Written, read_rules
from opentape.scanner.rules.presets import PRESETS
from opentape.scanner.rules.rule import Query
from opentape.scanner.sinks.destinations import KINDS
from source_tree import REPO

CLI = (REPO / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
PRESET = re.compile(r"^\| `([a-z0-9-]+)` \| [^|]* \| (.*) \|$", re.MULTILINE)
PRESET_ROWS = PRESET.findall(CLI.split("### Presets")[1].split("### Cond")[0])
HOW_TO = (REPO / "docs" / "how-to" / "scan-the-flow.md").read_text(encoding="utf-8")
CONDITIONS = CLI.split("### Conditions")[1].split("### Rules")[0]
RULES = CLI.split("### Rules")[1].split("\n## ")[0]


def test_presets_are_told_with_their_conditions() -> None:
    told = {name: text.strip("`") for name, text in PRESET_ROWS}
    assert told == {name: one.when or "all" for name, one in PRESETS.items()}


@pytest.mark.parametrize(
    "text", re.search(r"```\n(.*?)```", CONDITIONS, re.DOTALL)[1].splitlines()
)
def test_conditions_on_the_page_are_conditions(text: str) -> None:
    condition(text)


def test_fields_beside_a_signals_are_told() -> None:
    told = set(re.findall(r"`((?:chain|flow)\.[a-z_]+)`", CONDITIONS))
    known = {name for name in fields() if name.startswith(("chain.", "flow."))}
    echoes = {"flow.symbol", "flow.as_of", "flow.underlying_price", "flow.expiry"}
    assert told == known - echoes


def test_the_file_on_the_page_is_one(tmp_path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(re.search(r"```toml\n(.*?)```", RULES, re.DOTALL)[1])
    assert len(read_rules(path).rules) == 2


def test_the_file_of_the_how_to_is_one(tmp_path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(re.search(r"```toml\n(.*?)```", HOW_TO, re.DOTALL)[1])
    told = read_rules(path)
    for name, one in told.destinations.items():
        assert set(KINDS[one["kind"]]) <= one.keys(), name


COMMANDS = re.findall(r"^opentape (.*)$", HOW_TO, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_of_the_how_to_are_understood(command: str) -> None:
    verb, *arguments = shlex.split(command)
    context = main.commands[verb].make_context(verb, arguments)
    if context.params.get("when"):
        condition(context.params["when"])


def test_every_destination_is_told_with_what_it_needs() -> None:
    part = CLI.split("### Destinations")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (?:`(\w+)` )?\|", part, re.MULTILINE)
    assert {kind: tuple(filter(None, [need])) for kind, need in rows} == dict(KINDS)


def test_every_key_of_a_rule_is_told() -> None:
    told = [name for row in re.findall(r"^\| (`.*?`) \|", RULES, re.MULTILINE)
            for name in re.findall(r"`(\w+)`", row)]  # fmt: skip
    known = [*Written.__struct_fields__, *Query.__struct_fields__]
    assert sorted(told) == sorted(known)
