"""`opentape backup` and `opentape restore`, as somebody types them."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from opentape.cli.main import main


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    use(tmp_path / "one", monkeypatch)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def use(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENTAPE_STORE_FOLDER", str(folder))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments])


def test_a_day_goes_from_one_machine_to_another(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = run("keys", "create", "--label", "mine").stdout.strip()
    session = folder / "one" / "sessions" / "2026-05-21"
    session.mkdir(parents=True)
    (session / "prints.parquet").write_bytes(b"p" * 4_400_000)
    told = run("backup", "b.tar")
    assert told.exit_code == 0, told.output
    what = (
        "1 session (2026-05-21 to 2026-05-21) and 1 row of application data, "
        "3 files of 4.5 MB"
    )
    assert what in told.stderr
    assert told.stdout == ""
    use(folder / "two", monkeypatch)
    assert what in run("restore", "b.tar", "--check").stderr
    assert not (folder / "two").exists()
    assert f"Restored {what}, made 20" in run("restore", "b.tar").stderr
    assert "mine" in run("keys", "list").stdout
    assert run("keys", "revoke", key).exit_code == 0
    copied = folder / "two" / "sessions" / "2026-05-21" / "prints.parquet"
    assert copied.read_bytes() == b"p" * 4_400_000


def test_mistakes_are_one_sentence() -> None:
    assert run("backup", "b.tar", "-q").output == ""
    refused = run("backup", "b.tar")
    assert refused.exit_code == 2
    assert refused.stderr.startswith("Error: a backup must be new")
    assert run("restore", "none.tar").exit_code == 2
    run("keys", "create")
    assert "or with --force" in run("restore", "b.tar").stderr
    assert run("restore", "b.tar", "--force", "-q").output == ""
