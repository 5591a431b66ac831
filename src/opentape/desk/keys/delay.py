"""How late the data of a plan is."""

import datetime as dt
from typing import Final

from opentape.desk.keys.options import Plan, PlanOptions
from opentape.market.calendar import session_of, trade_date

_MINUTE_NS: Final = 60 * 10**9


def seen_until_ns(plan: Plan, options: PlanOptions, now_ns: int) -> int | None:
    """Return the last instant whose data a plan has, None if it has all at once.

    Parameters
    ----------
    now_ns
        Nanoseconds since 1970 UTC, of the tape's clock.

    Returns
    -------
    int or None
        The close of the last session that is over, for plans of end-of-day data.

    Examples
    --------
    >>> seen_until_ns(Plan.PRO, PlanOptions(), 10**18) == 10**18 - 900 * 10**9
    True
    >>> seen_until_ns(Plan.ALPHA, PlanOptions(), 10**18) is None
    True
    """
    if not options.gated:
        return None
    if plan in options.end_of_day:
        return _last_close_ns(now_ns)
    minutes = options.delay_minutes.get(plan)
    return None if minutes is None else now_ns - minutes * _MINUTE_NS


def _last_close_ns(now_ns: int) -> int:
    date = trade_date(now_ns)
    while (session := session_of(date)) is None or session.end_ns > now_ns:
        date -= dt.timedelta(days=1)
    return session.end_ns
