"""What came after signals of kept sessions: asked of a server, and of the command."""

import datetime as dt
import json

import httpx
import pytest
from click.testing import CliRunner

import markets
from opentape.cli.main import main
from opentape.client import Client
from opentape.desk.clock import SystemClock
from opentape.desk.outcomes.outcomes import outcomes
from opentape.desk.outcomes.record import Record
from opentape.feeds.market.pace import AtSpeed
from opentape.flow.options import ScoreOptions
from opentape.market.calendar import at_new_york
from opentape.store.options import StoreOptions
from opentape.store.sessions import SessionFolder
from opentape.wiring import server as wired
from opentape.wiring.feed import PlayedMarket, market_files, read_beside
from opentape.wiring.settings import Settings
from recorded import take
from server import listening

FIRST = dt.date(2026, 5, 13)
OVER = 6
"""Sessions before that of the server."""
LOST = dt.date(2026, 5, 12)
PRINTS = 2_000


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A market, and where a server kept all but its last session, and one that is lost."""
    folder = tmp_path_factory.mktemp("kept")
    made = {"date": FIRST, "snapshot_minutes": 390, "symbols": ("SPY", "NVDA")}
    market = markets.folder(folder / "market", PRINTS, days=OVER + 1, **made)
    *over, _ = sorted(path for path in market.iterdir() if path.name.startswith("2026"))
    for day in over:
        take(day, folder / "store")
    lost = folder / "store" / "sessions" / str(LOST)
    lost.mkdir()
    (lost / "journal.db").write_bytes(b"no database")
    return market, folder / "store"


@pytest.fixture(scope="module")
def base(kept):
    """Where a server of the market's last session listens."""
    market, store = kept
    pace = AtSpeed(SystemClock(), 1e-9, from_ns=at_new_york(markets.DATE, dt.time(15, 59)))
    made = wired.server(
        Settings(store=StoreOptions(folder=str(store))),
        PlayedMarket(market_files(market)._replace(chains=()), pace),
        read_beside(market).beside,
        sessions=SessionFolder(store),
    )
    with listening(made) as port:
        assert made.engine.wait_ready(300)
        yield f"http://127.0.0.1:{port}"


def asked(base, **given):
    reply = httpx.get(f"{base}/v1/outcomes", params=given, timeout=60.0)
    assert reply.status_code == 200, reply.text
    return reply.json()


def plain(reply):
    return json.loads(json.dumps(reply, default=str))


def test_a_server_tells_of_the_sessions_before_its_own(kept, base) -> None:
    body = asked(base)
    found = Record(SessionFolder(kept[1])).before(markets.DATE, 20)
    wanted = outcomes(found.sessions, ScoreOptions())
    assert (body["first"], body["last"]) == (str(FIRST), "2026-05-20")
    assert body["sessions"] == OVER
    assert body["left_out"] == [str(LOST)]
    assert body["signals"] == wanted.signals > 50
    rows = [{name: row[name] for name in row if row[name] is not None}
            for row in body["outcomes"]]  # fmt: skip
    mine = [
        {
            name: getattr(row, name)
            for name in row.__struct_fields__
            if getattr(row, name) is not None
        }
        for row in wanted.outcomes
    ]
    assert rows == plain(mine)
    assert body["tests"] == sum(row["p"] is not None for row in body["outcomes"]) > 0
    assert asked(base)["outcomes"] == body["outcomes"]


@pytest.mark.long
def test_fewer_sessions_and_earlier_ones(base) -> None:
    assert (asked(base, sessions=2)["first"], asked(base, sessions=2)["sessions"]) == (
        "2026-05-19",
        2,
    )
    before = asked(base, at="2026-05-19T15:00:00")
    assert (before["last"], before["sessions"]) == ("2026-05-18", 4)
    refused = httpx.get(f"{base}/v1/outcomes", params={"sessions": "all"})
    assert refused.status_code == 400


def test_the_client_reads_it(base) -> None:
    with Client(base) as client:
        reply = client.outcomes(sessions=3)
    assert reply.sessions == 3
    assert {row.horizon for row in reply.outcomes} >= {"5min", "30min", "close"}


def test_the_command_reads_what_is_kept(kept, base, tmp_path, monkeypatch) -> None:
    """The server's own session too, as far as it has come."""
    body = asked(base)
    monkeypatch.chdir(tmp_path)
    env = {"OPENTAPE_STORE_FOLDER": str(kept[1]), "COLUMNS": "120"}
    run = CliRunner().invoke(main, ["outcomes", "--format", "json"], env=env)
    assert run.exit_code == 0, run.output
    told = json.loads(run.stdout)
    assert told["left_out"] == body["left_out"]
    assert (told["first"], told["sessions"]) == (body["first"], OVER + 1)
    assert f"{LOST}, which cannot be read" in run.stderr
