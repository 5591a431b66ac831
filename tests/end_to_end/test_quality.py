"""A broken feed played to a real server: it says what was injected, then and now."""

import datetime as dt
from typing import NamedTuple

import numpy as np
import pyarrow.parquet as pq
import pytest

import markets
from opentape.market.roots import underlying_of
from server import SYMBOLS, Running, serving

FAULTS = "gap=0.03,crossed-nbbo=0.01,missing-nbbo=0.01,wrong-oi=0.3"
SECOND = dt.timedelta(seconds=1)


class Broken(NamedTuple):
    """A server of a broken market, and what is true of it."""

    it: Running
    sequence: np.ndarray
    """Of the rows of the tape, as they were delivered."""
    ts: np.ndarray
    symbol: list[str]
    """Underlying of each row."""
    faults: list[dict]

    def asked(self, path="/v1/quality", **query):
        with self.it.client() as client:
            reply = client.get(path, params=query)
        assert reply.status_code == 200, reply.text
        return reply.json()

    @property
    def left_out(self):
        """Contracts that the morning did not tell the open interest of."""
        told = (one["detail"].partition(" left out") for one in self.faults)
        return {symbol for symbol, left_out, _ in told if left_out}

    def hit(self, kind, rows):
        """Places of the first so many rows that a fault of a kind hit."""
        numbers = [one["sequence"] for one in self.faults if one["kind"] == kind]
        return np.flatnonzero(np.isin(self.sequence[:rows], numbers)).tolist()

    def gaps(self, rows):
        """First and last number of each gap between the first so many rows."""
        numbers = self.sequence[:rows]
        after = np.flatnonzero(np.diff(numbers) > 1)
        after = after[after < numbers.size - 8]
        return {(int(numbers[at] + 1), int(numbers[at + 1] - 1)) for at in after}


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    folder = tmp_path_factory.mktemp("broken")
    market = markets.folder(folder / "market", 5_000, symbols=SYMBOLS, faults=FAULTS)
    tape = pq.read_table(market / "tape.parquet")
    log = pq.read_table(market / "truth" / "faults.parquet").to_pylist()
    symbols = [underlying_of(one[:6].strip()) for one in tape["symbol"].to_pylist()]
    with serving(market, folder / "store", speed=10_000.0) as it:
        ts = tape["ts_event"].cast("int64").to_numpy()
        yield Broken(it, tape["sequence"].to_numpy(), ts, symbols, log)


def counts(found):
    return {one["kind"]: one["count"] for one in found["totals"]}


@pytest.mark.parametrize("at", [None, "2026-05-21T17:00:00Z", "2026-05-21T15:30:00"])
def test_every_fault_is_told_and_no_other(broken, at):
    found = broken.asked(limit=1_000, **({"at": at} if at else {}))
    rows = found["rows"]
    assert rows == found["numbered_rows"] > 500
    gaps = broken.gaps(rows)
    missing = sum(last - first + 1 for first, last in gaps)
    mine = {kind: broken.hit(kind, rows) for kind in ("crossed_nbbo", "missing_nbbo")}
    told = counts(found)
    assert told.pop("gap") == missing > 20
    assert {kind: told[kind] for kind in mine} == {
        kind: len(places) for kind, places in mine.items()
    }
    assert told.pop("missing_oi") == len(broken.left_out)
    # a print that the market itself took back is no fault, and is told
    assert told.keys() - mine <= {"busted_print"}
    assert {one["sequence"] for one in found["incidents"] if one["kind"] == "gap"} == {
        first for first, _ in gaps
    }
    for symbol in found["symbols"]:
        for kind, places in mine.items():
            here = sum(broken.symbol[place] == symbol["symbol"] for place in places)
            assert symbol["kinds"].get(kind, 0) == here


def test_flaws_are_timed(broken):
    found = broken.asked(kind="crossed_nbbo", limit=1_000)
    places = broken.hit("crossed_nbbo", found["rows"])
    (total,) = found["totals"]
    first, last = (broken.ts[places[at]] // 1_000 for at in (0, -1))
    assert [total["first_ts"], total["last_ts"]] == [
        f"{np.datetime64(int(us), 'us')}Z" for us in (first, last)
    ]


def test_the_present_is_asked_again_later(broken):
    with broken.it.client() as client:
        live = client.get("/v1/quality", params={"limit": 1_000})
        at = live.json()["as_of"]
        assert client.get("/v1/quality", params={"limit": 1_000, "at": at}).content == (
            live.content
        )


@pytest.mark.parametrize("at", [None, "2026-05-21T17:00:00Z"])
def test_signals_say_what_touched_them(broken, at):
    when = {"at": at} if at else {}
    gaps = broken.asked(kind="gap", limit=1_000, **when)["incidents"]
    seen = set()
    for symbol in SYMBOLS:
        path, query = f"/v1/flow/signals/{symbol}", {"windowMinutes": 10_080, "limit": 500}
        for one in broken.asked(path, **query, **when)["signals"]:
            since, until = moment(one["ts"]) - SECOND, moment(one["last_ts"])
            near = any(
                moment(gap["first_ts"]) <= until and since <= moment(gap["last_ts"])
                for gap in gaps
            )
            unknown = one["open_interest"] is None
            assert ("gap" in one["data_quality"]) == near, one["id"]
            assert ("missing_oi" in one["data_quality"]) == unknown, one["id"]
            strike = f"{one['right']}{round(one['strike'] * 1_000):08d}"
            spelled = f"{moment(one['expiry']):%y%m%d}{strike}"
            roots = {name[:6] for name in broken.left_out if name[6:] == spelled}
            named = {underlying_of(root.strip()) for root in roots}
            assert not unknown or symbol in named
            seen.add(unknown)
    assert seen == {True, False}


def moment(text):
    return dt.datetime.fromisoformat(text)
