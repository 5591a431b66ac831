"""A backtest as a picture: a point a group with its interval, rules first."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from opentape.cli.backtest.table import headline
from opentape.cli.chains.picture.look import drawn
from opentape.cli.chains.picture.marks import CALLS, GREY, INK, PUTS
from opentape.cli.market.after import horizon_text
from opentape.desk.backtest.ruled import Backtest
from opentape.desk.outcomes.outcomes import Outcome

_WIDTH, _ROW, _ABOVE, _BETWEEN = 11.0, 0.34, 1.35, 0.95
"""Inches: of all, of a group, over the first panel, between two."""
_LETTER: Final = 0.082
"""Inches that a letter of a name takes."""
_LONGEST: Final = 40
_NOTE: Final = (
    "Excess over like trades of other sessions, in the direction of the signals, with the "
    "interval that holds the truth 19 times of 20.\nFilled: more than chance brings, "
    "whatever else is listed. Costs and delays are not in it."
)


def png_of(reply: Backtest) -> bytes:
    """Return the picture of a backtest, as the bytes of a PNG file."""
    return drawn(lambda: figure_of(reply))


def figure_of(reply: Backtest) -> Figure:
    """Return the picture before it is drawn."""
    rows = [row for row in reply.outcomes if row.horizon == reply.horizon]
    parts = [(by, list(some)) for by, some in groupby(rows, key=lambda row: row.by)]
    inches = _ABOVE + sum(_ROW * len(some) + _BETWEEN for _, some in parts) + 0.2
    figure = Figure(figsize=(_WIDTH, inches))
    left = (0.5 + _LETTER * max((len(_name(row)) for row in rows), default=0)) / _WIDTH
    top, first = inches - _ABOVE, None
    for by, some in parts:
        height = _ROW * len(some)
        place = (left, (top - height) / inches, 0.97 - left, height / inches)
        axes = figure.add_axes(place, sharex=first)
        first = first or axes
        _draw(axes, by, some)
        top -= height + _BETWEEN
    horizon = horizon_text(reply.horizon)
    figure.text(0.03, 1 - 0.45 / inches, f"What came {horizon} after", fontsize=16,
                fontweight="bold")  # fmt: skip
    figure.text(0.03, 1 - 0.75 / inches, headline(reply), fontsize=10, color=GREY)
    figure.text(0.03, 0.12 / inches, _NOTE, fontsize=8, color=GREY)
    return figure


def _draw(axes: Axes, by: str, rows: Sequence[Outcome]) -> None:
    axes.set_title(f"by {by}")
    axes.axvline(0.0, color=INK, linewidth=1)
    for at, row in enumerate(rows):
        if row.excess_bps is not None:
            _point(axes, at, row, row.excess_bps)
    axes.set_yticks(range(len(rows)), [_name(row) for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlabel("basis points")


def _point(axes: Axes, at: int, row: Outcome, excess: float) -> None:
    colour = CALLS if excess > 0 else PUTS
    if row.low_bps is not None and row.high_bps is not None:
        axes.hlines(at, row.low_bps, row.high_bps, color=colour, linewidth=2)
    face = colour if row.found else "white"
    axes.plot([excess], [at], "o", color=colour, markerfacecolor=face, markersize=8)


def _name(row: Outcome) -> str:
    name = row.group if len(row.group) <= _LONGEST else f"{row.group[: _LONGEST - 1]}…"
    return f"{name}  ({row.signals:,})"
