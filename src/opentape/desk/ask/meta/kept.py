"""What was wrong with the feed of a session that is kept, told as of one under way."""

from opentape.desk.ask.meta.quality import QualityQuery, QualityReply, report
from opentape.desk.journal.ports import Session
from opentape.desk.past.quality import quality_of


def report_of(session: Session, query: QualityQuery) -> QualityReply:
    """Return what was wrong with the feed of a session, as `/v1/quality` spells it.

    Raises
    ------
    NoCoverage
        If the session has no entry.
    Damaged
        If one of them is not as it was written.
    """
    found = quality_of(session)
    return report(found.quality, found.as_of_ns, query)
