"""A whole day in each vendor's format folds to what the format had a place for."""

import hashlib
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner

from opentape.cli.main import main
from opentape.feeds.open_interest import read_open_interest
from opentape.feeds.tape import open_tape
from opentape.flow.fold import Fold
from opentape.flow.judge import judge
from opentape.flow.judge.spell import signal_rows
from opentape.flow.options import FlowOptions
from opentape.market.columns import STALE_QUOTE, VENUE_QUOTE, WITHDRAWN, PrintBatch
from opentape.market.conditions import Condition
from opentape.market.contract import MULTIPLIER, Contracts
from opentape.market.money import UNKNOWN
from opentape.market.venues import MICS
from opentape.store.vendors.missing import MISSING, Missing
from store.forget import FORGET, in_order, with_multipliers, without
from store.there_and_back import expected, facts, read, written


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A simulated day's tape in our own columns, and its morning's open interest."""
    folder = tmp_path_factory.mktemp("made") / "market"
    asked = ["simulate", "--out", str(folder), "--prints", "8000", "--seed", "5"]
    result = CliRunner().invoke(main, asked)
    assert result.exit_code == 0, result.output
    return [folder / "tape.parquet", folder / "oi.parquet"]


@pytest.fixture(scope="module")
def day(made):
    """The day with everything in it that a tape may tell."""
    tape = open_tape([made[0]])
    batch = PrintBatch.joined(list(tape.batches()))
    odd = dict.fromkeys(np.unique(batch.contract)[::20].tolist(), 150)
    return salted(batch), with_multipliers(tape.contracts, odd)


def salted(batch: PrintBatch) -> PrintBatch:
    rng = np.random.default_rng(11)
    columns = {name: column.copy() for name, column in batch._asdict().items()}

    def some(share: float) -> Any:
        return np.flatnonzero(
            (rng.random(batch.rows) < share) & (batch.condition != Condition.CANCEL)
        )

    at = some(0.2)
    columns["condition"][at] = rng.integers(0, Condition.CANCEL, at.size)
    at = some(0.2)
    columns["venue"][at] = rng.integers(0, len(MICS), at.size)
    for name, share in (("bid", 0.03), ("ask", 0.03), ("spot", 0.05)):
        columns[name][some(share)] = UNKNOWN
    for mark, share in ((VENUE_QUOTE, 0.1), (STALE_QUOTE, 0.1), (WITHDRAWN, 0.003)):
        at = some(share)
        quoted = (columns["bid"][at] != UNKNOWN) | (columns["ask"][at] != UNKNOWN)
        columns["marks"][at[quoted]] |= mark
    columns["price"][some(0.02)] += 1_234_567
    at = some(0.05)[1:]
    for name in ("ts_event", "contract"):
        columns[name][at] = columns[name][at - 1]
    return in_order(with_cancels_and_repeats(PrintBatch(**columns), rng))


def with_cancels_and_repeats(batch: PrintBatch, rng: np.random.Generator) -> PrintBatch:
    busted = batch.take(np.sort(rng.choice(batch.rows, 60, replace=False)))
    busted = busted.take(busted.condition != Condition.CANCEL)
    # alike but for time and sequence: only a name tells which of the two is meant
    alike = busted._replace(
        ts_event=busted.ts_event + 10**9, sequence=10**6 + np.arange(busted.rows)
    )
    cancels = busted._replace(
        ts_event=busted.ts_event + rng.integers(10**10, 10**12, busted.rows),
        sequence=10**7 + np.arange(busted.rows),
        condition=np.full(busted.rows, Condition.CANCEL, np.uint8),
        cancels=np.where(np.arange(busted.rows) % 2, busted.sequence, 0),
    )
    repeats = batch.take(np.sort(rng.choice(batch.rows, 40, replace=False)))
    joined = PrintBatch.joined([batch, alike, cancels, repeats])
    return joined._replace(row=np.arange(joined.rows))


def digest(batch: PrintBatch, contracts: Contracts, oi: Path) -> str:
    """A hash of what a fold comes to: parents, the state of contracts, signals."""
    kept, places = in_order_of_symbol(batch, contracts)
    rows = batch._replace(row=np.arange(batch.rows), contract=places[batch.contract])
    options = FlowOptions()
    interest, _ = read_open_interest(oi, kept)
    fold = Fold(kept, interest, options.gather)
    fold.push(rows)
    books = fold.finish()
    found = hashlib.sha256()
    for book in books:
        for records in (book.parents, book.volume, book.proven, book.oi):
            found.update(repr(records.tolist()).encode())
    for records in (fold.day.states, fold.day.series):
        found.update(repr(records[: len(kept)].tolist()).encode())
    counts = (fold.taken_back, fold.cancels_unmatched, fold.late)
    found.update(
        repr([counts, fold.skips.counts, sorted(fold.conditions.items())]).encode()
    )
    for signal in signal_rows(judge(books, kept, options), kept, options):
        found.update(msgspec.json.encode(signal))
    return found.hexdigest()


def in_order_of_symbol(
    batch: PrintBatch, contracts: Contracts
) -> tuple[Contracts, np.ndarray]:
    """The contracts that trade, in an order that no file had a say in."""
    used = np.unique(batch.contract).tolist()
    used.sort(key=lambda at: contracts[at].symbol)
    kept = Contracts()
    places = np.zeros(len(contracts), np.int32)
    places[used] = kept.intern([contracts[at].symbol for at in used])
    for at in used:
        kept.set_multiplier(int(places[at]), contracts[at].multiplier)
    return kept, places


@pytest.mark.parametrize("form", MISSING)
def test_a_day_folds_to_the_same_hash(form, day, made, tmp_path) -> None:
    batch, contracts = day
    cuts = range(0, batch.rows, 1701)
    batches = [batch.take(slice(cut, cut + 1701)) for cut in cuts]
    tape, _ = written(form, tmp_path, batches, contracts)
    back, told = read(tape), expected(form, batch, contracts)
    assert facts(back, tape.contracts) == facts(*told)
    assert digest(back, tape.contracts, made[1]) == digest(*told, made[1])


@pytest.fixture(scope="module")
def whole(day, made):
    return digest(*day, made[1])


@pytest.mark.long
@pytest.mark.parametrize("missing", Missing)
def test_the_hash_tells_days_apart(missing, day, made, whole) -> None:
    """Each thing that a format may have no place for, taken away, is another day."""
    assert digest(*without(*day, (missing,)), made[1]) != whole


@pytest.mark.parametrize("form", MISSING)
def test_what_is_left_out_is_counted(form, day, tmp_path) -> None:
    """As many rows as differ once it is taken away."""
    batch, contracts = day
    _, file = written(form, tmp_path, [batch], contracts)
    changed = {}
    for each in MISSING[form]:
        columns = {name: column.copy() for name, column in batch._asdict().items()}
        if each is Missing.MULTIPLIERS:
            changed[each] = int((contracts.multipliers[batch.contract] != MULTIPLIER).sum())
        elif each is Missing.CANCELS:
            changed[each] = int((batch.condition == Condition.CANCEL).sum())
        else:
            FORGET[each](columns)
            pairs = zip(batch, columns.values(), strict=True)
            changed[each] = int(np.any([old != new for old, new in pairs], axis=0).sum())
    assert file.left_out == changed
    assert min(changed.values()) > 0
    assert file.rows == batch.rows - changed.get(Missing.CANCELS, 0)
