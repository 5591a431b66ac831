"""Do to the engine what it must survive, and write what came of it into the docs.

    python scripts/faults.py --kills 1000

The table in `docs/explain/faults.md` stands between two markers; the text around them is
written by hand and stays as it is.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
PAGE = REPO / "docs" / "explain" / "faults.md"
TESTS = (
    "tests/faults",
    "tests/store/journal/test_faults.py",
    "tests/store/journal/test_damage.py",
    "tests/end_to_end/test_past.py",
    "tests/alerts/test_faults.py",
)
BEGIN, END = "<!-- faults: begin -->", "<!-- faults: end -->"
HEAD = (
    "| fault | times | what came of it | lost | doubled | differing |",
    "|---|---:|---|---:|---:|---:|",
)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--kills", type=int, default=1_000, help="of what keeps; ten times of what delivers"
    )
    parser.add_argument("--page", type=Path, default=PAGE)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "table"
        failed = run(asked.kills, table)
        rows = map(json.loads, table.read_text(encoding="utf-8").splitlines())
        page = asked.page.read_text(encoding="utf-8")
        if not failed:
            asked.page.write_text(with_rows(page, rows), encoding="utf-8")
    return failed


def run(kills: int, table: Path) -> int:
    """Run the tests with large counts; return their exit code."""
    table.touch()
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:randomly", *TESTS]
    known = os.environ | {"FAULTS_TABLE": str(table)}  # noqa: TID251
    counts = ("--long", "--kills", str(kills), "--delivery-kills", str(10 * kills))
    return subprocess.run(  # noqa: S603
        [*command, *counts], check=False, cwd=REPO, env=known
    ).returncode


def with_rows(page: str, rows: Iterable[Sequence[object]]) -> str:
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    lines = "\n".join([*HEAD, *map(line, rows)])
    return f"{before}{BEGIN}\n\n{lines}\n\n{END}{after}"


def line(row: Sequence[object]) -> str:
    return f"| {' | '.join(map(cell, row))} |"


def cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else str(value).replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
