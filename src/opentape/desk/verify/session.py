"""A session that is kept, verified: its files, its record and, if asked, every score."""

import datetime as dt
from collections.abc import Callable

import msgspec

from opentape.desk.journal.ports import Finding, Holding, Sessions, State
from opentape.desk.verify.record import ScoreCheck
from opentape.market.errors import BadFile, Damaged


class Flaw(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is not as it was written, or does not follow."""

    file: str
    """Name in the folder of the session; ``the record`` where a signal does not follow."""
    place: str
    """Which part of it."""
    what: str
    """What is wrong with it, as a sentence without its end."""


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at of a session, and what was found."""

    date: dt.date
    """The trade date."""
    state: State
    entries: int
    prints: int
    """Rows of option prints, cancels among them."""
    signals: int
    """Links of the record."""
    scores: int | None
    """Scores that were worked out again; None where nobody asked."""
    without_prints: int
    """Those of them whose prints the record does not name."""
    content: str | None
    """SHA-256 that names all of it, once it is in the lake."""
    record: str | None
    """Hash of its last signal; None without signals."""
    flaws: tuple[Flaw, ...]
    """None of them: it is as it was written."""


def verified(
    sessions: Sessions,
    holding: Holding,
    *,
    scores: bool = False,
    on_rows: Callable[[int], None] | None = None,
) -> Verified:
    """Verify a session.

    Parameters
    ----------
    holding
        What is kept of it.
    scores
        Whether each score is worked out again.
    on_rows
        Called with the prints of each entry that was read; with `scores` for each twice.

    Raises
    ------
    NoData
        If there is none.
    """
    found = list(sessions.verify(holding.date, on_rows))
    check: ScoreCheck | None = None
    if scores:
        try:
            check = ScoreCheck(sessions.stored(holding.date), on_rows)
            found += check.findings()
        except (BadFile, Damaged) as error:
            found += [] if found else [Finding("the file", "all of it", str(error))]
    return Verified(
        date=holding.date,
        state=holding.state,
        entries=holding.entries,
        prints=holding.prints,
        signals=holding.signals,
        scores=check.signals if check else None,
        without_prints=check.without_prints if check else 0,
        content=holding.content,
        record=holding.record,
        flaws=tuple(Flaw(file=one.file, place=one.place, what=one.what) for one in found),
    )
