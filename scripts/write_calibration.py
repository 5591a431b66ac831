"""Write the calibration of a simulated day into docs/explain/simulated-market.md.

    python scripts/write_calibration.py DIR

DIR is what `opentape simulate` wrote. What stands between the two markers of the page is
replaced by a table of every figure beside its anchor, and by the assumptions.
"""

import argparse
import re
from itertools import groupby
from pathlib import Path

from opentape.cli.market.report import anchor_text, figure_text, mark_of
from opentape.desk.calibrate.gather import gather
from opentape.desk.calibrate.measure import calibrate, calibrated
from opentape.desk.calibrate.reply import Calibrated, Calibration
from opentape.wiring.simulated import market

PAGE = Path(__file__).parents[1] / "docs" / "explain" / "simulated-market.md"
BEGIN, END = "<!-- calibration -->", "<!-- end of calibration -->"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args()
    day = market.open_day(asked.folder)
    gathered = gather(day.tape, day.truth.prints())
    faults = day.truth.faults()
    told = calibrated([calibrate(gathered, day.before, day.after, day.chains, faults)])
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(rewritten(page, text_of(told)), encoding="utf-8")
    print(f"{PAGE} tells of {asked.folder}")


def rewritten(page: str, text: str) -> str:
    """Return a page with what stands between its markers replaced."""
    pattern = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    if not pattern.search(page):
        raise SystemExit(f"the page must hold {BEGIN} and {END}")
    return pattern.sub(lambda _: f"{BEGIN}\n{text}\n{END}", page)


def text_of(told: Calibrated) -> str:
    """Return days and assumptions as Markdown."""
    days = "\n\n".join(day_text(day) for day in told.days)
    assumptions = "\n".join(f"- {text}" for text in told.assumptions)
    return f"{days}\n\n### Assumptions\n\nNo public figure tells:\n\n{assumptions}"


def day_text(day: Calibration) -> str:
    """Return the figures of a day as a table, what is to be said of them below it."""
    told = f"{day.prints:,} prints, {day.contracts:,} contracts, {day.symbols:,} names"
    lines = [
        f"{day.date}: {told}.",
        "",
        "| figure | simulated | anchor | | source |",
        "|---|---:|---:|---|---|",
    ]
    notes: list[str] = []
    for part, rows in groupby(day.rows, key=lambda row: row.part):
        lines.append(f"| **{part}** | | | | |")
        for row in rows:
            mark = ""
            if row.note or row.excuse:
                notes.append(". ".join(text for text in (row.note, row.excuse) if text))
                mark = f" [{len(notes)}]"
            cells = (
                f"{row.what}{mark}",
                figure_text(row.figure, row.unit),
                anchor_text(row),
                mark_of(row),
                row.source,
            )
            lines.append(
                "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
            )
    numbered = (f"{number}. {note}" for number, note in enumerate(notes, start=1))
    return "\n".join([*lines, "", *numbered])


if __name__ == "__main__":
    main()
