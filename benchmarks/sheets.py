"""Tables of the report, on the terminal and on the page."""

from typing import NamedTuple

from rich.console import Console
from rich.table import Table


class Sheet(NamedTuple):
    """One table of the report."""

    title: str
    note: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]


def show(sheets: list[Sheet], console: Console) -> None:
    """Print the report."""
    for sheet in sheets:
        table = Table(title=sheet.title, title_justify="left")
        for place, column in enumerate(sheet.columns):
            table.add_column(column, justify="right" if place else "left")
        for row in sheet.rows:
            table.add_row(*row)
        console.print(table)
        console.print(sheet.note, style="dim")


def markdown(sheets: list[Sheet]) -> str:
    """Return the tables as a part of a page."""
    text = []
    for sheet in sheets:
        text += [f"## {sheet.title}", sheet.note] if sheet.note else [f"## {sheet.title}"]
        rule = "|".join(["---", *["--:"] * (len(sheet.columns) - 1)])
        lines = [" | ".join(cells) for cells in (sheet.columns, *sheet.rows)]
        lines = [f"| {line} |" for line in lines]
        text.append("\n".join([lines[0], f"|{rule}|", *lines[1:]]))
    return "\n\n".join(text)
