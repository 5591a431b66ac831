"""Lines with colours where there is a terminal, as they are where there is none."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.text import Text

from opentape.cli.chains.streams import output
from opentape.client.wire.replies import FlowRow, FlowSignal
from opentape.scanner import card, lines

_STYLES: Final = {
    "bullish": "green", "BULLISH": "green", "BULL": "green",
    "bearish": "red", "BEARISH": "red", "BEAR": "red",
}  # fmt: skip
_GOLDEN: Final = "bold yellow"


class Shown:
    """Standard output, a line at a time."""

    def __init__(self) -> None:
        self._console = Console(
            file=output(), highlight=False, markup=False, emoji=False, soft_wrap=True
        )

    def plain(self, text: str) -> None:
        """Write lines as they are."""
        self._console.print(text)

    def signal(self, signal: FlowSignal, before: str = "") -> None:
        """Write a signal as a line."""
        text = Text(before + lines.line(signal), _STYLES.get(signal.intent, ""))
        text.highlight_words(["golden"], _GOLDEN)
        self._console.print(text)

    def row(self, row: FlowRow) -> None:
        """Write a row of the radar as a line."""
        self._console.print(Text(lines.top_line(row), _STYLES.get(row.bias, "")))

    def card(self, rows: Iterable[card.Row], window_minutes: int) -> None:
        """Write a card."""
        self._console.print(Text(card.heading(window_minutes), "bold"))
        for row in rows:
            self._console.print(Text(row.text, _STYLES.get(row.direction, "")))

    def json(self, told: Any) -> None:
        """Write one line of JSON."""
        self._console.file.write(msgspec.json.encode(told).decode() + "\n")
        self._console.file.flush()
