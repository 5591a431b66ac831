"""The command itself: help, version, exit codes, and what it does not import."""

import subprocess
import sys

import pytest

import opentape
from opentape.cli.main import main

HEAVY = {"numba", "pyarrow", "numpy", "rich", "exchange_calendars", "pandas", "matplotlib"}


def python(code: str) -> str:
    return subprocess.check_output([sys.executable, "-c", code], text=True)  # noqa: S603


@pytest.mark.parametrize(
    "arguments",
    [["--help"], *([verb, "--help"] for verb in sorted(main.commands)), ["explain", "-h"]],
)
def test_help_costs_no_heavy_import(arguments: list[str]) -> None:
    loaded = python(
        "import sys\nfrom opentape.cli.main import main\n"
        f"main({arguments!r}, standalone_mode=False)\n"
        "print('modules:', *sys.modules)"
    )
    assert HEAVY.isdisjoint(loaded.split("modules:")[1].split())


def test_version(run) -> None:
    result = run("--version")
    assert (result.exit_code, result.stdout) == (0, f"opentape {opentape.__version__}\n")


@pytest.mark.parametrize(
    ("verb", "takes"),
    [
        *((verb, "[OPTIONS] TAPE...") for verb in ("replay", "explain", "convert")),
        ("chain", "[OPTIONS] FILE..."),
        ("price", "[OPTIONS]"),
        ("iv", "[OPTIONS]"),
        ("keys", "[OPTIONS] COMMAND [ARGS]..."),
        ("openapi", "[OPTIONS]"),
    ],
)
def test_help_names_the_verb_and_its_arguments(run, verb: str, takes: str) -> None:
    told = run("--help").stdout
    assert verb in told
    assert "\n  opentape explain tape.parquet ID" in told
    result = run(verb, "--help")
    assert result.exit_code == 0
    assert f"{verb} {takes}" in result.stdout


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["--nonsense"], ["replay"], ["explain", "x"]]
)
def test_what_is_not_understood(run, arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Error: " in result.stderr


def test_runs_as_a_module(command) -> None:
    process = command("--version")
    stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr) == (0, "")
    assert stdout == f"opentape {opentape.__version__}\n"
