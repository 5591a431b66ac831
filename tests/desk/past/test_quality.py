"""The ledger of a session that is kept is that of the market it was folded into."""

import datetime as dt
from typing import NamedTuple

import numpy as np
import pytest

import markets
from opentape.desk.fold.market_fold import MarketFold, Source
from opentape.desk.journal.ports import Entry, Settled
from opentape.desk.journal.spelling import spell_beside, spell_method
from opentape.desk.options import EngineOptions, Method
from opentape.desk.past.quality import quality_of
from opentape.desk.ports import NOTHING_YET, Tick
from opentape.desk.state.beside import Beside
from opentape.feeds.chains.read import read_chains
from opentape.feeds.open_interest import read_open_interest
from opentape.feeds.tape import open_tape
from opentape.flow.quality.records import KINDS
from opentape.market.columns import PrintBatch
from opentape.market.errors import NoCoverage

SECOND_NS = 10**9
FAULTS = "gap=0.02,duplicate=0.002,disorder=0.002,crossed-nbbo=0.002,busted-print=0.002"


class Kept(NamedTuple):
    """A session in memory; fills `Session`."""

    contracts: object
    kept: list[Entry]
    date: dt.date = markets.DATE
    stocks: tuple[str, ...] = ()

    def entries(self, first: int = 0, until_ns: int | None = None):
        for entry in self.kept[first:]:
            if until_ns is None or entry.instant_ns <= until_ns:
                yield entry


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    folder = markets.folder(tmp_path_factory.mktemp("kept"), 8_000, faults=FAULTS)
    tape = open_tape([folder / "tape.parquet"])
    rows = PrintBatch.joined(list(tape.batches()))
    rows = rows.take(np.argsort(rows.row, kind="stable"))
    interest, _ = read_open_interest(folder / "oi.parquet", tape.contracts)
    after, _ = read_open_interest(folder / "oi_next.parquet", tape.contracts)
    paths = sorted((folder / "chain").glob("*.parquet"))[::4]
    chains = [file.chain for path in paths for file in read_chains([path], tape.contracts)]
    settled = Settled(spell_method(Method()), spell_beside(Beside()))
    facts = [settled, interest, *chains]
    facts += [rows.take(slice(at, at + 500)) for at in range(0, rows.rows, 500)]
    facts.append(after)
    entries, now = [], 0
    for number, fact in enumerate(facts):
        ticked = now + SECOND_NS if number % 5 == 0 and now else 0
        now = max(now, int(fact.ts_event.max()) if isinstance(fact, PrintBatch) else 0)
        entries.append(Entry(number, now + number, ticked, NOTHING_YET, fact))
    return Kept(tape.contracts, entries)


def folded(session, entries):
    source = Source(session.contracts, session.stocks, "a tape", session.date)
    fold = MarketFold(source, Method(), EngineOptions(), Beside())
    for entry in entries:
        fold.take(Tick(entry.ticked_ns))
        fold.take(entry.fact)
    return fold.cut(entries[-1].instant_ns).quality


@pytest.mark.parametrize("share", [0.8, 1.0])
def test_it_is_the_ledger_of_the_market(session, share):
    kept = session.kept[: int(len(session.kept) * share)]
    mine, whole = quality_of(session, kept[-1].instant_ns).quality, folded(session, kept)
    assert np.array_equal(mine.flaws, whole.flaws)
    assert mine.rows == whole.rows > 0
    there = {KINDS[kind] for kind in np.unique(mine.flaws["kind"]).tolist()}
    assert {"gap", "duplicate", "disorder"} <= there


def test_a_session_without_entries_has_none(session):
    with pytest.raises(NoCoverage):
        quality_of(session._replace(kept=[]))
