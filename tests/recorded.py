"""A small simulated market taken as a live session, with the record of its signals."""

import sqlite3
from itertools import pairwise

import numpy as np

import markets
from opentape.desk.clock import SystemClock
from opentape.desk.engine.engine import Engine
from opentape.desk.options import EngineOptions, Method
from opentape.desk.ports import NOTHING_YET
from opentape.desk.state.beside import Beside
from opentape.feeds.open_interest import read_open_interest
from opentape.feeds.tape import open_tape
from opentape.flow.options import FlowOptions
from opentape.market.calendar import trade_date
from opentape.market.columns import PrintBatch
from opentape.store.journal import record
from opentape.store.sessions import SessionFolder

DATE = markets.DATE
PRINTS = 5_000
PIECES = 25


class Taken:
    """A tape in pieces, one large; fills `Feed`."""

    name = identity = "a tape in pieces"
    stocks = ()

    def __init__(self, folder):
        tape = open_tape([folder / "tape.parquet"])
        self.contracts = tape.contracts
        self._batch = PrintBatch.joined(list(tape.batches()))
        self._interest, _ = read_open_interest(folder / "oi.parquet", tape.contracts)

    @property
    def date(self):
        return trade_date(int(self._batch.ts_event[0]))

    def facts(self, after=NOTHING_YET):
        assert after == NOTHING_YET
        yield self._interest
        rows = self._batch.rows
        for first, last in pairwise(np.linspace(0, rows, PIECES + 1).astype(int).tolist()):
            yield self._batch.take(slice(first, last))

    def stop(self):
        pass


def taken(folder, flow: FlowOptions | None = None, prints: int = PRINTS) -> SessionFolder:
    """Make a market with busted prints, and take it as a session."""
    market = markets.folder(folder / "market", prints, faults="busted_print=0.08")
    return take(market, folder / "kept", flow)


def take(market, store, flow: FlowOptions | None = None) -> SessionFolder:
    """Take a market's folder as a session, as a server does."""
    sessions = SessionFolder(store)
    options, method = EngineOptions(publish_ms=60_000), Method(flow=flow or FlowOptions())
    engine = Engine(Taken(market), method, options, Beside(), SystemClock(), sessions)
    engine.start()
    assert engine.wait_ready(120)
    engine._thread.join()
    engine.stop()
    assert engine.failure is None
    return sessions


def rewritten(folder, number, change):
    """Change the body of a signal of a journal, and every hash from there on with it."""
    base = sqlite3.connect(folder / str(DATE) / "journal.db")
    rows = base.execute("SELECT number, entry, symbol, body, hash FROM recorded").fetchall()
    session = SessionFolder(folder.parent).stored(DATE)
    head = record.genesis(session.run).hash if number == 0 else rows[number - 1][4]
    for at, entry, symbol, kept, _ in rows[number:]:
        body = change(kept) if at == number else kept
        head = record.linked(head, record.Recorded(entry, symbol, body))
        sql = "UPDATE recorded SET body = ?, hash = ? WHERE number = ?"
        base.execute(sql, (body, head, at))
    base.commit()
    base.close()
