"""Random busts on the live path: in the end all is as on a tape without those prints."""

from typing import NamedTuple

import numpy as np
import pytest

import markets
from opentape.desk.live import Live
from opentape.desk.replay import Settled
from opentape.feeds.open_interest import read_open_interest
from opentape.feeds.tape import open_tape
from opentape.flow.options import FlowOptions
from opentape.flow.raw.options import OptionTape
from opentape.flow.raw.records import NEVER, buckets_of
from opentape.market.columns import PrintBatch
from opentape.market.conditions import Condition

PRINTS = 4_000
BUSTS = 120


class Tape(NamedTuple):
    batch: PrintBatch
    contracts: object
    settled: Settled


@pytest.fixture(scope="module")
def tape(tmp_path_factory):
    folder = markets.folder(tmp_path_factory.mktemp("busts"), PRINTS)
    read = open_tape([folder / "tape.parquet"])
    batch = PrintBatch.joined(list(read.batches()))
    batch = batch.take(batch.condition != Condition.CANCEL)
    interest, _ = read_open_interest(folder / "oi.parquet", read.contracts)
    return Tape(batch, read.contracts, Settled(interest))


class Run:
    """The live path over a tape: what stands as it was told, flow and its raw views."""

    def __init__(self, tape):
        self.tape = tape
        self.raw = OptionTape(tape.contracts)
        self.live = Live(tape.contracts, tape.settled, FlowOptions(), self.raw)
        self.standing = set()

    def push(self, batch):
        self.live.push(batch)
        self.hear()

    def tick(self, now):
        self.live.tick(now)
        self.hear()

    def close(self):
        self.live.close()
        self.hear()

    def hear(self):
        for news in self.live.news():
            if news.replaces is not None:
                self.standing.remove(news.replaces)
            if news.signal is not None:
                assert news.signal.id not in self.standing
                self.standing.add(news.signal.id)

    def flow(self):
        """Every parent, and volume and proof of every contract."""
        day = self.live.day
        parents = day.book().parents
        fields = [name for name in parents.dtype.names if name != "tail"]
        known = len(self.tape.contracts)
        return (
            sorted(tuple(one[name].item() for name in fields) for one in parents),
            day.states["volume"][:known].tolist(),
            day.series["proven"][:known].tolist(),
        )

    def minutes(self):
        """Every minute of every underlying and expiry, the newest prints and blocks."""
        found = {}
        for symbol in self.tape.contracts.underlying_names():
            view = self.raw.view(symbol)
            found[symbol] = (
                buckets_of(view.minutes.after(NEVER)),
                buckets_of(view.by_expiry.after(NEVER)),
                view.contracts(),
                view.traded.tolist(),
                view.recent.tolist(),
                view.blocks.tolist(),
            )
        return found


def bust(tape, row, now, number, *, named):
    """The cancel of a print: by its number, or by what it was."""
    return tape.batch.take(slice(row, row + 1))._replace(
        ts_event=np.array([now]),
        sequence=np.array([10**9 + number]),
        row=np.array([tape.batch.rows + number]),
        cancels=tape.batch.sequence[row : row + 1] if named else np.array([0]),
        condition=np.array([Condition.CANCEL], np.uint8),
    )


def played(tape, chance):
    """Play a tape in batches and bust prints of it meanwhile; return run and rows."""
    run, came, rows = Run(tape), 0, tape.batch.rows
    busted = []
    each = chance.choice(rows - 1, BUSTS, replace=False).tolist()
    while came < rows:
        end = min(rows, came + int(chance.choice([1, 7, 60, 400])))
        run.push(tape.batch.take(slice(came, end)))
        came, now = end, int(tape.batch.ts_event[end - 1])
        if chance.random() < 0.5:
            run.tick(now)
        due = [
            row for row in each if row < came and (came == rows or chance.random() < 0.3)
        ]
        each = [row for row in each if row not in due]
        first = len(busted)
        busted += due
        cancels = [
            bust(tape, row, now, first + number, named=True)
            for number, row in enumerate(due)
        ]
        cuts = max(1, int(chance.integers(1, len(cancels) + 2)))
        for part in range(0, len(cancels), cuts):
            run.push(PrintBatch.joined(cancels[part : part + cuts]))
    run.close()
    return run, busted


@pytest.mark.parametrize("seed", range(4))
def test_the_end_is_that_of_the_clean_tape(tape, seed):
    run, busted = played(tape, np.random.default_rng(seed))
    assert len(set(busted)) == BUSTS
    left = np.delete(np.arange(tape.batch.rows), busted)
    clean = Run(tape)
    clean.push(tape.batch.take(left))
    clean.close()
    assert run.standing == clean.standing
    assert run.flow() == clean.flow()
    assert run.minutes() == clean.minutes()


def test_a_bust_by_terms_takes_the_latest_of_its_like(tape):
    """It cannot say which; what is left is worth the same."""
    chance = np.random.default_rng(9)
    rows = np.sort(chance.choice(tape.batch.rows, 40, replace=False)).tolist()
    run, now = Run(tape), int(tape.batch.ts_event[-1])
    run.push(tape.batch)
    before = np.array(run.flow()[1])
    for number, row in enumerate(rows):
        run.push(bust(tape, row, now, number, named=False))
    size = int(tape.batch.size[rows].sum())
    assert before.sum() - np.array(run.flow()[1]).sum() == size
