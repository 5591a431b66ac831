"""What a run came to, in a few lines for standard error."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from opentape.cli import words
from opentape.desk.ports import Skips
from opentape.desk.replay import Summary
from opentape.wiring.build import ChainFile

Example = tuple[str, str, str]
"""Reason, place and what was found, of one row that was skipped."""
_LABEL: Final = 10
_REASON: Final = 20
_CODES, _CODE = 10, 12
"""Codes in no table that are shown, and letters of each."""


def summary_lines(summary: Summary, rows: int) -> Iterator[str]:
    """Yield the lines of a replay's summary; `rows` is how many the files gave."""
    yield told("tape", f"{summary.format}, {counted(rows, 'row')} read")
    yield told("prints", f"{summary.prints:,} folded, {summary.late:,} of them late")
    yield told(
        "cancelled",
        f"{counted(summary.cancelled, 'print')} taken back, "
        f"{counted(summary.cancels_unmatched, 'cancel')} matched no print",
    )
    yield from skipped_lines("skipped", summary.skipped, summary.examples)
    yield told("classes", shares(summary.classes))
    if summary.unknown_conditions:
        codes = listed(summary.unknown_conditions)
        yield told("conditions", f"in no table, taken as regular: {codes}")
    yield told(
        "signals",
        f"{summary.signals:,} of {counted(summary.parents, 'block-sized parent')}",
    )


def chain_lines(files: Sequence[ChainFile], with_vol: int) -> Iterator[str]:
    """Yield what each chain is, and how many contracts of all have a vol."""
    for file in files:
        when = f"{words.instant(file.chain.as_of):%Y-%m-%d %H:%M:%S} New York"
        yield told("chain", f"{file.chain.underlying} from {file.title}, as of {when}")
    contracts = counted(sum(file.chain.rows for file in files), "contract")
    yield told("", f"{contracts}, {with_vol:,} of them with a vol")


def skipped_lines(
    label: str, counts: Mapping[str, int], examples: Sequence[Example]
) -> Iterator[str]:
    """Yield how many rows were skipped, and where the first few of each reason stand."""
    yield told(label, counted(sum(counts.values()), "row"))
    for reason, count in counts.items():
        yield told("", f"{reason:<{_REASON}} {count:,}")
        for why, place, found in examples:
            if why == reason:
                yield told("", f"  {place}  {reason}  {found}")


def examples_of(skips: Skips, locate: Callable[[int], str]) -> list[Example]:
    """Return the rows that were kept to be shown."""
    return [
        (row.reason, locate(row.row), row.detail)
        for rows in skips.examples.values()
        for row in rows
    ]


def shares(counts: Mapping[str, int]) -> str:
    """Return the share of each class in percent.

    Examples
    --------
    >>> shares({"regular": 3, "iso": 1})
    'regular 75.0 %, iso 25.0 %'
    """
    total = sum(counts.values())
    parts = (f"{name} {100 * count / total:.1f} %" for name, count in counts.items())
    return ", ".join(parts) or "none"


def listed(codes: Mapping[str, int]) -> str:
    """Return the codes met most with their counts, and how many more there are.

    Examples
    --------
    >>> listed({"Z": 2, "999": 1})
    "'Z' 2, '999' 1"
    """
    shown = [f"{code[:_CODE]!r} {count:,}" for code, count in codes.items()][:_CODES]
    if len(codes) > _CODES:
        shown.append(f"and {len(codes) - _CODES:,} more")
    return ", ".join(shown)


def left_out_lines(left_out: Mapping[str, int]) -> Iterator[str]:
    """Yield what a format had no place for, one a line: in how many rows it was told."""
    for at, (what, rows) in enumerate(left_out.items()):
        yield told("" if at else "left out", f"{what}: {counted(rows, 'row')}")


def counted(count: int, noun: str) -> str:
    """Return a count with its noun: ``1 row``, ``2,000 rows``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def told(label: str, text: str) -> str:
    """Return a line of a summary."""
    return f"{label:<{_LABEL}} {text}"
