"""Which session a demo plays, and how far it is moved so that its prices move now."""

import datetime as dt
from typing import Final, NamedTuple

from opentape.market.calendar import SECOND_NS, day_of, session_of, trade_date

INTO_NS: Final = 7_200 * SECOND_NS
"""How much of a session that is moved has passed when it begins to play."""


class Placed(NamedTuple):
    """A session, and where it stands on the wall clock."""

    date: dt.date
    shift_ns: int
    """Added to each of its instants; 0 while the session lasts."""
    from_ns: int
    """The instant of the session that is now: what was before is the day so far."""


def placed(now_ns: int) -> Placed:
    """Return what to play at an instant, nanoseconds since 1970 UTC.

    The date of New York if its session is not over, else the session that follows, so that
    what expires on it has not expired. A session under way is played where it stands.
    Another one is moved as a whole, so that two hours of it have passed, or as many as have
    of the date in New York: the day so far is of one date.

    Examples
    --------
    >>> friday = day_of(dt.date(2026, 5, 22)).start_ns
    >>> at = placed(friday + 22 * 3600 * SECOND_NS)
    >>> at.date, at.from_ns - session_of(at.date).start_ns == INTO_NS
    (datetime.date(2026, 5, 26), True)
    """
    today = trade_date(now_ns)
    date = today
    while (session := session_of(date)) is None or session.end_ns <= now_ns:
        date += dt.timedelta(days=1)
    if session.start_ns <= now_ns:
        return Placed(date, 0, now_ns)
    passed = min(INTO_NS, now_ns - day_of(today).start_ns)
    from_ns = session.start_ns + passed
    return Placed(date, now_ns - from_ns, from_ns)
