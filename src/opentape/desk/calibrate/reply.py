"""What a calibration answers: figures beside their anchors, and what has none."""

import math

import msgspec

from opentape.desk.calibrate.anchors import ANCHORS


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of a simulated day beside what is public about it."""

    part: str
    what: str
    unit: str
    """`share`, `ms`, `contracts`, `prints`, `ticks`, or empty."""
    figure: float | None
    """None where the day has nothing to tell it from."""
    low: float | None
    """Least that agrees with the source; None where nothing is public."""
    high: float | None
    source: str
    inside: bool | None
    """Whether the figure agrees; None where it or its anchor is missing."""
    note: str
    excuse: str
    """Why the figure cannot agree, of one that does not; else empty."""


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """A simulated day against the real tape."""

    date: str
    prints: int
    contracts: int
    symbols: int
    faults: dict[str, int]
    """Prints that an injected fault hit, by its kind: figures are of the tape as broken."""
    rows: list[Row]


class Calibrated(msgspec.Struct, frozen=True, kw_only=True):
    """Each day of a simulated market against the real tape."""

    days: list[Calibration]
    assumptions: list[str]
    """What no public figure tells."""


def row(key: str, figure: float, note: str = "") -> Row:
    """Return a figure beside the anchor of that name; NaN is a figure that is missing."""
    anchor = ANCHORS[key]
    known = math.isfinite(figure)
    low, high = anchor.agrees or (None, None)
    inside = None
    if known and low is not None and high is not None:
        inside = low <= figure <= high
    return Row(
        part=anchor.part,
        what=anchor.what,
        unit=anchor.unit,
        figure=figure if known else None,
        low=low,
        high=high,
        source=anchor.source,
        inside=inside,
        note="; ".join(text for text in (note, anchor.note) if text),
        excuse=anchor.excuse if inside is False else "",
    )
