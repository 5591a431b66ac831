"""`opentape keys`: made once, listed without secrets, revoked."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from opentape.cli.main import main
from opentape.desk.keys.options import Plan
from opentape.store.options import StoreOptions
from opentape.wiring.keys import key_store
from opentape.wiring.settings import load_settings

TEXT = re.compile(r"ot_[a-z0-9]{10}_[A-Za-z0-9]{43}")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OPENTAPE_STORE_FOLDER", str(tmp_path / "kept"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "kept"


@pytest.fixture
def kept(database: StoreOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep keys in a database of each kind."""
    monkeypatch.setenv("OPENTAPE_STORE_FOLDER", database.folder)
    monkeypatch.setenv("OPENTAPE_STORE_DATABASE", database.database)
    monkeypatch.chdir(tmp_path)


def keys(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["keys", *map(str, arguments)])


def created(*arguments: object) -> str:
    result = keys("create", *arguments)
    assert result.exit_code == 0, result.output
    return result.stdout.strip()


def listed() -> list[dict]:
    return json.loads(keys("list", "--format", "json").stdout)


@pytest.mark.usefixtures("kept")
def test_a_key_is_printed_alone_with_a_hint_beside() -> None:
    result = keys("create")
    assert TEXT.fullmatch(result.stdout.strip())
    url = "http://127.0.0.1:8321/v1/account"
    assert f"curl -H 'X-Api-Key: {result.stdout.strip()}' {url}" in result.stderr


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("plan", Plan)
def test_every_plan_can_be_had(plan: Plan) -> None:
    created("--plan", plan.value, "--rate", 7, "--label", "a bot", "--expires", 0.5)
    (row,) = listed()
    assert (row["plan"], row["rate_per_minute"], row["label"]) == (plan.value, 7, "a bot")
    assert row["state"] == "valid"
    assert row["created"] < row["expires"]
    assert row["revoked"] is row["last_used"] is None


@pytest.mark.usefixtures("kept")
def test_the_usual_plan_is_alpha_unless_the_settings_say(tmp_path: Path) -> None:
    created()
    config = tmp_path / "settings.toml"
    config.write_text('[plans]\ndefault = "pro"\n', encoding="utf-8")
    created("--config", config)
    assert sorted(row["plan"] for row in listed()) == ["alpha", "pro"]


def test_no_list_tells_a_secret(folder: Path) -> None:
    texts = [created("--label", f"number {at}") for at in range(3)]
    for form in ("table", "json"):
        shown = keys("list", "--format", form).output
        for at, text in enumerate(texts):
            _, name, secret = text.split("_")
            assert f"ot_{name}" in shown
            assert f"number {at}" in shown
            assert secret[:10] not in shown
    content = b"".join(path.read_bytes() for path in folder.iterdir())
    assert not any(text.rpartition("_")[2].encode() in content for text in texts)


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("spelled", ["listed", "whole"])
def test_a_key_is_revoked_once(spelled: str) -> None:
    text = created()
    name = text if spelled == "whole" else text.rpartition("_")[0]
    result = keys("revoke", name)
    assert (result.exit_code, result.stdout) == (0, "")
    assert listed()[0]["state"] == "revoked"
    again = keys("revoke", name)
    assert again.exit_code == 2
    assert text not in again.output
    assert again.stderr.startswith("Error: a key to revoke must be one that is listed")


@pytest.mark.usefixtures("kept")
def test_without_keys_the_list_says_how_to_make_one() -> None:
    assert listed() == []
    result = keys("list")
    assert result.stdout == ""
    assert "opentape keys create" in result.stderr


@pytest.mark.usefixtures("kept")
def test_a_table_has_a_line_a_key_and_no_commands_of_terminals() -> None:
    created("--label", "evil\x1b[2J\nline")
    created("--rate", 30)
    lines = keys("list").stdout.splitlines()
    assert len(lines) == 3
    assert lines[0].split()[:4] == ["key", "plan", "rate", "state"]
    assert "evil?[2J?line" in lines[1] + lines[2]
    assert "30/min" in lines[1] + lines[2]


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(
    "arguments",
    [
        ("--plan", "gold"),
        ("--rate", "0"),
        ("--rate", "fast"),
        ("--expires", "0"),
        ("--expires", "1e9"),
        ("--expires", "soon"),
        ("--label", "x" * 201),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(arguments: tuple[str, str]) -> None:
    result = keys("create", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Error: " in result.stderr
    assert listed() == []


def test_the_server_reads_what_the_command_wrote(folder: Path) -> None:
    text = created()
    (kept,) = key_store(load_settings()).kept()
    assert text.startswith(kept.key.prefix)
    assert (folder / "opentape.db").is_file()
