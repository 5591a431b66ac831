"""The market of a demo: made once for its date, kept, and older ones removed."""

import datetime as dt
import json
import shutil

import pytest

from fakes import FakeClock
from opentape.desk.ports import Chain, PrintBatch, Tick
from opentape.market.calendar import SECOND_NS, at_new_york, trade_date
from opentape.market.errors import BadFile
from opentape.wiring.feed import open_moved
from opentape.wiring.simulated.demo import DemoMarket, demo_market

PRINTS = 3_000
SUNDAY = at_new_york(dt.date(2026, 5, 17), dt.time(12))
HOUR_NS = 3_600 * SECOND_NS


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Where demos keep their markets, with that of Monday."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    demo_market(SUNDAY, folder, prints=PRINTS)
    return folder


def test_it_is_made_once(kept):
    made = kept / "market-2026-05-18"
    before = {path: path.stat().st_mtime_ns for path in made.rglob("*.parquet")}
    rows = []
    again = demo_market(SUNDAY + HOUR_NS, kept, prints=PRINTS, on_rows=rows.append)
    assert again.folder == made
    assert {path: path.stat().st_mtime_ns for path in made.rglob("*.parquet")} == before
    assert rows == []
    # a chain is never as old as a quarter of an hour
    assert len(list((made / "chain").iterdir())) == 79


def test_it_is_played_as_if_it_were_now(kept):
    at = demo_market(SUNDAY, kept, prints=PRINTS)
    clock = FakeClock(SUNDAY)
    feed = open_moved(at.folder, at.shift_ns, clock=clock)
    first = []
    for fact in feed.facts():
        if isinstance(fact, Tick):
            break
        first.append(fact)
    stamps = [int(ts) for f in first if isinstance(f, PrintBatch) for ts in f.ts_event]
    assert stamps == sorted(stamps)
    assert SUNDAY - 2 * HOUR_NS <= stamps[0] < stamps[-1] <= SUNDAY
    assert len(stamps) > PRINTS // 5
    chains = [fact for fact in first if isinstance(fact, Chain)]
    assert SUNDAY - 300 * SECOND_NS <= chains[-1].as_of <= SUNDAY
    days = [trade_date(ts) for ts in stamps]
    assert set(days) == {dt.date(2026, 5, 17)}
    # what expires first has not expired
    soonest = min(chain.expiry_day.min() for chain in chains)
    assert dt.date(1970, 1, 1) + dt.timedelta(days=int(soonest)) >= dt.date(2026, 5, 18)


@pytest.mark.long
def test_another_market_is_made_where_it_is_not_the_one_asked_for(kept):
    rows = []
    about = kept / "market-2026-05-18" / "market.json"
    whole = about.read_bytes()
    for text in (b"{", json.dumps(json.loads(whole) | {"version": "0"}).encode()):
        about.write_bytes(text)
        demo_market(SUNDAY, kept, prints=PRINTS, on_rows=rows.append)
        assert about.read_bytes() == whole
    assert sum(rows) >= 2 * PRINTS


def test_the_newest_of_earlier_dates_is_kept(kept):
    market = kept / "market-2026-05-18"
    for day in (11, 12, 13, 14):
        shutil.copytree(market, kept / f"market-2026-05-{day}")
    # nothing goes that is not a market's
    (kept / "market-2026-05-12" / "mine.txt").touch()
    (kept / "notes").mkdir()
    opens = at_new_york(dt.date(2026, 5, 18), dt.time(9, 30))
    at = demo_market(SUNDAY, kept, prints=PRINTS)
    assert at == DemoMarket(market, SUNDAY - opens - 2 * HOUR_NS, opens + 2 * HOUR_NS)
    names = sorted(path.name for path in kept.iterdir())
    assert names == ["market-2026-05-12", "market-2026-05-14", market.name, "notes"]
    assert (kept / "market-2026-05-12" / "tape.parquet").is_file()


def test_nothing_of_yours_is_overwritten(tmp_path):
    mine = tmp_path / "market-2026-05-18"
    mine.mkdir()
    (mine / "mine.txt").touch()
    with pytest.raises(BadFile, match="must be empty or hold a simulated market"):
        demo_market(SUNDAY, tmp_path, prints=200)
