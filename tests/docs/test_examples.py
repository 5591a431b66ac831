"""Examples in the documents run, and what they show is what comes out.

Where the output has changed for good, run this file: it shows the README anew.
"""

import os
import re
import shlex
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from opentape.cli.main import main
from source_tree import REPO

README = (REPO / "README.md").read_text(encoding="utf-8")
TAPE = (REPO / "docs" / "how-to" / "bring-your-own-tape.md").read_text(encoding="utf-8")
VENDORS = (REPO / "docs" / "how-to" / "write-a-vendors-format.md").read_text(
    encoding="utf-8"
)
CHAIN = (REPO / "docs" / "how-to" / "read-a-chain.md").read_text(encoding="utf-8")
NO_FILES = frozenset({"price", "iv"})
"""Verbs that need none, whose examples therefore run."""
NOT_RUN = frozenset(
    {"simulate", "scan", "card", "live", "watch", "backtest", "sessions", "verify"}
)
"""Verbs that write many files, or ask a server or what it keeps: only understood."""
PYTHON = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
SHELL = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
SHOWN = re.compile(r"^```\n\$ opentape (.*?)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("readme")
    make_demo(folder)
    return folder


def make_demo(folder: Path) -> None:
    """Make the market that the README makes."""
    (folder / "demo").mkdir()
    made = re.search(r"^opentape (simulate --out demo/market .*)", README, re.MULTILINE)
    assert made
    arguments = made[1].replace("demo/", f"{folder}/demo/").split()
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output


def shown_by(command: str) -> str:
    """What a command prints on a terminal of 120 columns, without colours."""
    env = {"COLUMNS": "120", "NO_COLOR": "1"}
    result = CliRunner().invoke(main, shlex.split(command), env=env)
    assert result.exit_code == 0, result.output
    return "".join(f"{line.rstrip()}\n" for line in result.stdout.splitlines())


def test_python_in_the_readme_runs(demo, monkeypatch, capsys) -> None:
    monkeypatch.chdir(demo)
    (example,) = PYTHON.findall(README)
    exec(compile(example, "README.md", "exec"), {})  # noqa: S102
    assert "prints, " in capsys.readouterr().out


def test_python_in_bring_your_own_tape_runs(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("vendor.csv").write_text(
        "time,occ_symbol,px,qty,bid,ask,note\n"
        "2026-05-21T14:30:01Z,SPY   260529C00650000,1.50,150,1.40,1.50,x\n"
        "2026-05-21T14:30:00Z,SPY   260529C00650000,1.50,200,1.40,1.50,y\n"
    )
    (example,) = PYTHON.findall(TAPE)
    exec(compile(example, "bring-your-own-tape.md", "exec"), {})  # noqa: S102
    result = CliRunner().invoke(main, ["replay", "tape.parquet", "--format", "ndjson"])
    assert result.exit_code == 0, result.output
    assert len(result.stdout.splitlines()) == 2


@pytest.mark.parametrize("command", [shown for shown, _ in SHOWN.findall(README)])
def test_what_the_readme_shows_is_what_comes_out(demo, monkeypatch, command: str) -> None:
    monkeypatch.chdir(demo)
    expected = next(text for shown, text in SHOWN.findall(README) if shown == command)
    assert shown_by(command) == expected


def commands() -> list[str]:
    blocks = [
        block for text in (README, TAPE, VENDORS, CHAIN) for block in SHELL.findall(text)
    ]
    lines = [
        re.split("[#|>]", line, maxsplit=1)[0]
        for block in blocks
        for line in block.splitlines()
    ]
    return [line.strip() for line in lines if line.startswith("opentape")]


@pytest.mark.parametrize("command", commands())
def test_commands_in_the_documents_are_understood(command: str) -> None:
    """Every option exists; the files, of course, do not."""
    _, *arguments = shlex.split(command)
    if arguments[0] in NOT_RUN:
        main.commands[arguments[0]].make_context(arguments[0], arguments[1:])
        return
    result = CliRunner().invoke(main, arguments)
    if arguments[0] in NO_FILES:
        assert result.exit_code == 0, result.output
        return
    assert result.exit_code == 2
    assert re.match("Error: there is no (file|folder)", result.stderr)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        make_demo(Path(folder))
        os.chdir(folder)
        anew = SHOWN.sub(lambda m: m[0].replace(m[2], shown_by(m[1])), README)
        (REPO / "README.md").write_text(anew, encoding="utf-8")
