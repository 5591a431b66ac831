"""The version is told once and told the same everywhere."""

import tomllib
from importlib.metadata import version

import opentape
from source_tree import REPO


def test_package_project_and_installation_agree() -> None:
    project = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))[
        "project"
    ]
    assert opentape.__version__ == project["version"] == version("opentape")


def test_changelog_has_the_version() -> None:
    assert f"## [{opentape.__version__}]" in (REPO / "CHANGELOG.md").read_text(
        encoding="utf-8"
    )
