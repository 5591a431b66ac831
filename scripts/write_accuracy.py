"""Write what an audit finds into `docs/explain/accuracy.md`, between its two markers.

    opentape simulate --out market --date 2026-05-21 --prints 1000000 --seed 7
    python scripts/write_accuracy.py market --made "opentape simulate --out market ..."

The text around the markers is written by hand and stays as it is.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from opentape.cli.market.table import figure_text

PAGE = Path(__file__).resolve().parents[1] / "docs" / "explain" / "accuracy.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("market", type=Path, help="a folder of a simulated market")
    parser.add_argument("--made", default="", help="the command that made it, to be shown")
    parser.add_argument("--page", type=Path, default=PAGE)
    asked = parser.parse_args(arguments)
    page = asked.page.read_text(encoding="utf-8")
    written = with_figures(page, audit(asked.market), asked.made)
    asked.page.write_text(written, encoding="utf-8")


def audit(market: Path) -> dict:
    command = [sys.executable, "-m", "opentape", "audit", str(market)]
    told = subprocess.run(  # noqa: S603
        [*command, "--format", "json", "--quiet"], check=True, stdout=subprocess.PIPE
    )
    return json.loads(told.stdout)["together"]


def with_figures(page: str, answer: dict, made: str) -> str:
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    lines = "\n".join([*headline(answer, made), *tables(answer["rows"])])
    return f"{before}{BEGIN}\n\n{lines}\n\n{END}{after}"


def headline(answer: dict, made: str) -> Iterator[str]:
    dates = answer["dates"]
    when = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}, {len(dates)} days"
    yield f"{when}: {answer['prints']:,} prints, {answer['signals']:,} signals."
    if made:
        yield f"\n```sh\n{made}\nopentape audit market\n```"


def tables(rows: Sequence[dict]) -> Iterator[str]:
    for section, some in groupby(rows, key=lambda row: row["section"]):
        yield f"\n### {section[0].upper()}{section[1:]}\n"
        yield "| figure | of | n | | beside it |"
        yield "|---|---|---:|---:|---|"
        yield from map(line, some)


def line(row: dict) -> str:
    figure = figure_text(row["figure"], row["form"])
    beside = ""
    if row["baseline"] is not None:
        beside = f"{figure_text(row['baseline'], row['form'])} {row['baseline_is']}"
    count = f"{row['n']:,} {row['counted']}"
    return f"| {row['title']} | {row['of']} | {count} | {figure} | {beside} |"


if __name__ == "__main__":
    main()
