"""The keeper compacts what is over, and nothing else."""

import datetime as dt

from opentape.desk.past.keeper import Keeper
from opentape.market.errors import Damaged

DATES = [dt.date(2026, 5, day) for day in (19, 20, 21)]


class Lake:
    """Remembers what went to it."""

    def __init__(self, damaged=()):
        self.compacted, self._damaged = [], damaged

    def dates(self):
        return DATES

    def compact(self, date):
        if date in self._damaged:
            raise Damaged(f"{date} is not as it was written")
        self.compacted.append(date)
        return True


def test_the_session_under_way_stays():
    lake = Lake()
    Keeper(lake, lambda: DATES[2]).look()
    assert lake.compacted == DATES[:2]


def test_a_damaged_session_does_not_stop_the_others():
    lake = Lake(damaged=DATES[:1])
    with Keeper(lake, lambda: DATES[2], every_s=60.0):
        pass
    lake.compacted.clear()
    Keeper(lake, lambda: DATES[2]).look()
    assert lake.compacted == DATES[1:2]
