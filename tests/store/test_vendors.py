"""What is written in a vendor's format is read back, but for what it has no place for."""

import gzip
import hashlib
import runpy
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import zstandard
from databento_dbn import DBNDecoder
from hypothesis import given, settings
from hypothesis import strategies as st

import tapes
from feeds.samples import (
    CBOE_HEADER,
    MASSIVE_HEADER,
    QUOTES_HEADER,
    V3_HEADER,
)
from opentape.feeds.open_interest import read_open_interest
from opentape.feeds.order import in_fold_order
from opentape.feeds.tape import FileTape, open_tape
from opentape.flow.fold import Fold
from opentape.flow.judge import judge
from opentape.flow.judge.spell import signal_rows
from opentape.flow.options import FlowOptions
from opentape.market.columns import STALE_QUOTE, VENUE_QUOTE, WITHDRAWN, PrintBatch
from opentape.market.conditions import Condition, classify
from opentape.market.contract import MULTIPLIER, Contracts
from opentape.market.errors import BadFile, BadSetting
from opentape.market.money import UNKNOWN
from opentape.market.venues import MICS, VENUES, venue_of
from opentape.store.vendors import lines, massive
from opentape.store.vendors.formats import FORMATS, vendor_file
from opentape.store.vendors.missing import MASSIVE_QUOTED, MISSING, Missing
from source_tree import REPO

MS = 1_000_000
QUOTES = VENUE_QUOTE | STALE_QUOTE
NAMES = {
    "cboe": "tape.csv",
    "thetadata": "tape.csv",
    "massive": "tape.csv",
    MASSIVE_QUOTED: "tape.csv",
    "dbn": "tape.dbn",
}
PACKED = {"tape.csv": "tape.csv.gz", "tape.dbn": "tape.dbn.zst"}


# ------------------------------------------------------------------ what is taken away


def without(
    batch: PrintBatch, contracts: Contracts, missing: tuple[Missing, ...]
) -> tuple[PrintBatch, Contracts]:
    """A tape as it would be had it never told some things, in fold order again."""
    columns = {name: column.copy() for name, column in batch._asdict().items()}
    for each in missing:
        if each is Missing.MULTIPLIERS:
            contracts = with_multipliers(contracts, {})
        else:
            FORGET[each](columns)
    told = PrintBatch(**columns)._replace(row=np.arange(columns["row"].size))
    if Missing.CANCELS in missing:
        told = told.take(told.condition != Condition.CANCEL)
    return in_order(told), contracts


def in_order(batch: PrintBatch) -> PrintBatch:
    if not batch.rows:
        return batch
    return PrintBatch.joined(list(in_fold_order([batch])))


def with_multipliers(contracts: Contracts, odd: dict[int, int]) -> Contracts:
    copy = Contracts()
    copy.intern_columns(
        [contracts.roots[code] for code in contracts.root_codes],
        contracts.expiry_days,
        contracts.strike_mills,
        contracts.puts,
    )
    for place, multiplier in odd.items():
        copy.set_multiplier(place, multiplier)
    return copy


Columns = dict[str, Any]


def no_fine_time(columns: Columns) -> None:
    columns["ts_event"] -= columns["ts_event"] % MS


def no_quotes(columns: Columns) -> None:
    columns["bid"][:] = columns["ask"][:] = UNKNOWN
    columns["marks"] &= ~np.uint8(QUOTES)


def first_quotes_of_instants(columns: Columns) -> None:
    first: dict[tuple[int, int], tuple[int, int]] = {}
    for at in range(columns["row"].size):
        key = (int(columns["contract"][at]), int(columns["ts_event"][at]))
        bid, ask = first.setdefault(key, (columns["bid"][at], columns["ask"][at]))
        columns["bid"][at], columns["ask"][at] = bid, ask


def no_venue_quotes(columns: Columns) -> None:
    columns["marks"] &= ~np.uint8(VENUE_QUOTE)


def no_stale_quotes(columns: Columns) -> None:
    stale = columns["marks"] & STALE_QUOTE != 0
    columns["bid"][stale] = columns["ask"][stale] = UNKNOWN
    columns["marks"] &= ~np.uint8(STALE_QUOTE)


def no_conditions(columns: Columns) -> None:
    columns["condition"][columns["condition"] != Condition.CANCEL] = Condition.REGULAR


def no_named_aggressors(columns: Columns) -> None:
    for named in (Condition.BUY_AGGRESSOR, Condition.SELL_AGGRESSOR):
        columns["condition"][columns["condition"] == named] = Condition.REGULAR


def no_new_venues(columns: Columns) -> None:
    for mic in ("SPHR", "MXTO", "IEXO"):
        columns["venue"][columns["venue"] == MICS.index(mic)] = 0


def blank(name: str, value: int) -> Any:
    def forget(columns: Columns) -> None:
        columns[name][:] = value

    return forget


def not_withdrawn(columns: Columns) -> None:
    columns["marks"] &= ~np.uint8(WITHDRAWN)


FORGET: dict[Missing, Any] = {
    Missing.FINE_TIME: no_fine_time,
    Missing.SEQUENCE: blank("sequence", 0),
    Missing.QUOTES: no_quotes,
    Missing.TIED_QUOTES: first_quotes_of_instants,
    Missing.QUOTE_KIND: no_venue_quotes,
    Missing.STALE_QUOTES: no_stale_quotes,
    Missing.SPOT: blank("spot", UNKNOWN),
    Missing.CONDITIONS: no_conditions,
    Missing.NAMED_AGGRESSORS: no_named_aggressors,
    Missing.NEW_VENUES: no_new_venues,
    Missing.CANCELS: blank("cancels", 0),
    Missing.CANCELLED_NAMES: blank("cancels", 0),
    Missing.WITHDRAWN: not_withdrawn,
}


# --------------------------------------------------------------------- there and back


def written(
    form: str, folder: Path, batches: list[PrintBatch], contracts: Contracts
) -> tuple[FileTape, Any]:
    """A tape written in a format and opened again, and the file as it was written."""
    return written_to(form, folder / NAMES[form], batches, contracts)


def written_to(
    form: str, path: Path, batches: list[PrintBatch], contracts: Contracts
) -> tuple[FileTape, Any]:
    quotes = path.with_name("quotes.csv") if form == MASSIVE_QUOTED else None
    with vendor_file(form.removesuffix(" with quotes"), path, contracts, quotes) as file:
        for batch in batches:
            file.write(batch)
    return open_tape([path], quotes=quotes), file


def read(tape: FileTape) -> PrintBatch:
    batch = PrintBatch.joined(list(tape.batches()))
    assert not tape.skips.counts
    assert not tape.unknown_conditions
    return batch


def facts(batch: PrintBatch, contracts: Contracts) -> dict[str, list[Any]]:
    """Every column by name, the contract by what it is, no row."""
    told = {name: column.tolist() for name, column in batch._asdict().items()}
    return told | {"contract": [contracts[at] for at in told["contract"]], "row": []}


def expected(
    form: str, batch: PrintBatch, contracts: Contracts
) -> tuple[PrintBatch, Contracts]:
    told, kept = without(batch, contracts, MISSING[form])
    # a cancel is no print that could be cancelled in its turn
    cancel = told.condition == Condition.CANCEL
    marks = np.where(cancel, told.marks & ~np.uint8(WITHDRAWN), told.marks)
    return told._replace(marks=marks), kept


# ------------------------------------------------------------------------ a whole day


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A day in our own columns and its morning's open interest."""
    folder = tmp_path_factory.mktemp("made")
    maker = runpy.run_path(str(REPO / "scripts" / "make_tape.py"))
    files = [str(folder / "tape.parquet"), str(folder / "oi.parquet")]
    maker["main"](["--prints", "20000", "--seed", "5", "--out", files[0], "--oi", files[1]])
    return list(map(Path, files))


@pytest.fixture(scope="module")
def day(made):
    """The day with everything in it that a tape may tell."""
    tape = open_tape([made[0]])
    batch = PrintBatch.joined(list(tape.batches()))
    odd = dict.fromkeys(range(0, len(tape.contracts), 97), 150)
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
    for mark, share in ((VENUE_QUOTE, 0.03), (STALE_QUOTE, 0.03), (WITHDRAWN, 0.003)):
        columns["marks"][some(share)] |= mark
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
    cuts = range(0, batch.rows, 7001)
    batches = [batch.take(slice(cut, cut + 7001)) for cut in cuts]
    tape, _ = written(form, tmp_path, batches, contracts)
    back, told = read(tape), expected(form, batch, contracts)
    assert facts(back, tape.contracts) == facts(*told)
    assert digest(back, tape.contracts, made[1]) == digest(*told, made[1])


@pytest.mark.parametrize("form", MISSING)
def test_the_hash_tells_days_apart(form, day, made) -> None:
    """Each thing a format has no place for, taken away, is another day."""
    batch, contracts = day
    whole = digest(batch, contracts, made[1])
    for each in MISSING[form]:
        told = without(batch, contracts, (each,))
        assert digest(*told, made[1]) != whole, each


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


def test_nothing_is_left_out_of_a_tape_that_tells_little(tmp_path) -> None:
    contracts = some_contracts()
    for form in FORMATS:
        _, file = written(form, tmp_path, [batch_of([PLAIN])], contracts)
        assert file.left_out == {}


# --------------------------------------------------------------------------- anything

SERIES = [f"{r}{e:%y%m%d}{right}{k:08d}" for r, e, k, right in tapes.SERIES]
PLAIN = {
    "ts_event": tapes.OPEN_NS, "sequence": 0, "row": 0, "contract": 0, "price": 10**9,
    "size": 1, "bid": UNKNOWN, "ask": UNKNOWN, "spot": UNKNOWN, "venue": 0,
    "condition": 0, "marks": 0, "cancels": 0,
}  # fmt: skip
AMOUNTS = st.one_of(
    st.just(UNKNOWN),
    st.integers(-(10**6), 10**6).map(lambda cents: cents * 10**7),
    st.integers(-(10**14), 999_999 * 10**9),
)
PRINT = st.fixed_dictionaries(
    {
        "ts_event": st.one_of(
            st.integers(0, 5), st.sampled_from([MS - 1, MS]), st.integers(0, 10**17)
        ).map(tapes.OPEN_NS.__add__),
        "sequence": st.one_of(st.integers(0, 3), st.integers(0, 2**62)),
        "row": st.just(0),
        "contract": st.integers(0, len(SERIES) - 1),
        "price": st.one_of(st.integers(1, 10**12), st.integers(1, 999_999 * 10**9)),
        "size": st.integers(1, (1 << 24) - 1),
        "bid": AMOUNTS,
        "ask": AMOUNTS,
        "spot": st.one_of(st.just(UNKNOWN), st.integers(1, 999_999 * 10**9)),
        "venue": st.integers(0, len(MICS) - 1),
        "condition": st.sampled_from(Condition),
        "marks": st.sampled_from([0, 1, 2, 4, 5, 6]),
        "cancels": st.one_of(st.just(0), st.integers(-(2**31), 2**62)),
    }
)


def some_contracts() -> Contracts:
    contracts = Contracts()
    contracts.intern(SERIES)
    contracts.set_multiplier(4, 150)
    return contracts


def batch_of(rows: list[dict[str, int]]) -> PrintBatch:
    batch = PrintBatch.empty(len(rows))
    for at, row in enumerate(rows):
        for name, value in (PLAIN | row).items():
            getattr(batch, name)[at] = value
    return in_order(batch._replace(row=np.arange(len(rows))))


@pytest.mark.parametrize("form", MISSING)
@pytest.mark.parametrize("packed", [False, True])
@settings(max_examples=40, deadline=None)
@given(rows=st.lists(PRINT, min_size=1, max_size=30), cut=st.integers(0, 30))
def test_what_is_written_is_read(tmp_path_factory, form, packed, rows, cut) -> None:
    contracts, batch = some_contracts(), batch_of(rows)
    name = PACKED[NAMES[form]] if packed else NAMES[form]
    batches = [batch.take(slice(0, cut)), batch.take(slice(cut, None))]
    path = tmp_path_factory.getbasetemp() / name
    tape, _ = written_to(form, path, batches, contracts)
    told = expected(form, batch, contracts)
    if told[0].rows:
        assert facts(read(tape), tape.contracts) == facts(*told)
        return
    with pytest.raises(BadFile, match="holds no prints"):
        read(tape)


@pytest.mark.parametrize("form", MISSING)
def test_equal_tapes_are_equal_bytes_however_they_are_cut(form, tmp_path) -> None:
    batch = batch_of([{"ts_event": tapes.OPEN_NS + at, "price": at} for at in range(1, 9)])
    found = []
    for number, cuts in enumerate(([0, 8], [0, 1, 5, 8])):
        (folder := tmp_path / str(number)).mkdir()
        parts = [batch.take(slice(*ends)) for ends in pairwise(cuts)]
        written(form, folder, parts, some_contracts())
        found.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert found[0] == found[1]


@pytest.mark.parametrize("form", MISSING)
@pytest.mark.parametrize("batches", [[], [PrintBatch.empty(0)]])
def test_a_tape_without_prints_is_a_file_without_prints(form, batches, tmp_path) -> None:
    tape, file = written(form, tmp_path, batches, Contracts())
    assert (file.rows, file.left_out) == (0, {})
    with pytest.raises(BadFile, match="holds no prints"):
        read(tape)


@pytest.mark.parametrize("form", MISSING)
def test_prices_below_a_cent_keep_every_digit(form, tmp_path) -> None:
    prices = [1, 12_345, 10**7 + 1, 123_450_000, 999_998_123_456_789, 10**9]
    batch = batch_of([{"price": price, "bid": price, "ask": price} for price in prices])
    batch = batch._replace(ts_event=batch.ts_event + np.arange(batch.rows))
    tape, _ = written(form, tmp_path, [batch], some_contracts())
    assert read(tape).price.tolist() == prices


@pytest.mark.parametrize("form", MISSING)
def test_contracts_may_be_met_while_writing(form, tmp_path) -> None:
    contracts, path = Contracts(), tmp_path / NAMES[form]
    with vendor_file(form.removesuffix(" with quotes"), path, contracts) as file:
        for at, symbol in enumerate(("SPY260521C00500000", "A260521P00000500")):
            place = int(contracts.intern([symbol])[0])
            file.write(batch_of([{"contract": place, "ts_event": tapes.OPEN_NS + at}]))
    tape = open_tape([path])
    assert [
        contract.root for contract in facts(read(tape), tape.contracts)["contract"]
    ] == [
        "SPY",
        "A",
    ]


@pytest.mark.parametrize("form", MISSING)
@pytest.mark.parametrize(("day", "mills"), [(10_956, 500), (47_482, 500), (20_000, 10**8)])
def test_a_contract_without_a_symbol(form, tmp_path, day, mills) -> None:
    """Where a format spells it in columns it is written, else nothing is."""
    contracts = Contracts()
    contracts.intern_columns(["SPY"], np.array([day]), np.array([mills]), np.array([True]))
    batch = batch_of([{}])
    if form in ("cboe", "thetadata"):
        tape, _ = written(form, tmp_path, [batch], contracts)
        assert facts(read(tape), tape.contracts)["contract"] == [contracts[0]]
        return
    with pytest.raises(BadFile, match="an OSI symbol has an expiry from 2000 to 2099"):
        written(form, tmp_path, [batch], contracts)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", MISSING)
def test_nothing_is_left_of_a_tape_that_breaks_off(form, tmp_path) -> None:
    def half() -> None:
        quotes = tmp_path / "quotes.csv" if form == MASSIVE_QUOTED else None
        path = tmp_path / NAMES[form]
        with vendor_file(
            form.removesuffix(" with quotes"), path, some_contracts(), quotes
        ) as file:
            file.write(batch_of([{}]))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", ["tape", "tape.parquet", "tape.zip", ".csv.bz2"])
def test_another_kind_of_file_is_refused(form, name, tmp_path) -> None:
    opened = vendor_file(form, tmp_path / name, Contracts())
    with pytest.raises(
        BadFile, match=r"written to a name ending in \.\w+ or \.\w+\.\w+, was"
    ):
        opened.__enter__()


@pytest.mark.parametrize("form", sorted(FORMATS.keys() - {"massive"}))
def test_quotes_apart_are_massives_alone(form, tmp_path) -> None:
    opened = vendor_file(form, tmp_path / NAMES[form], Contracts(), tmp_path / "quotes.csv")
    with pytest.raises(
        BadSetting, match="only massive keeps quotes in a file of their own"
    ):
        opened.__enter__()


# ------------------------------------------------------------------ as vendors write it

NINE = {
    "ts_event": 1_764_773_308_925_123_456, "sequence": 2_610_710_143, "contract": 1,
    "price": 2_105_000_000, "size": 100, "bid": 2_050_000_000, "ask": 2_400_000_000,
    "spot": 6_840_200_000_000, "venue": MICS.index("XCBO"), "condition": Condition.ISO,
}  # fmt: skip
NINE_CONTRACTS = ["BRKB  251219C00650000", "SPXW  251219P06850000"]


def text_of(form: str, folder: Path, *rows: dict[str, int]) -> list[str]:
    contracts = Contracts()
    contracts.intern(NINE_CONTRACTS)
    written(form, folder, [batch_of([NINE | row for row in rows])], contracts)
    return (folder / NAMES[form]).read_text().splitlines()


CANCELS = (
    {},
    {"ts_event": NINE["ts_event"] + MS, "marks": WITHDRAWN, "ask": UNKNOWN},
    {"ts_event": NINE["ts_event"] + 2 * MS, "condition": Condition.CANCEL},
)


def test_cboe(tmp_path) -> None:
    start, series = (
        "^SPX,2025-12-03 09:48:28.",
        "2610710143,SPXW,2025-12-19,6850.000,P,5,100",
    )
    assert text_of("cboe", tmp_path, *CANCELS) == [
        CBOE_HEADER,
        f"{start}925,{series},2.1050,95,0,2.0500,2.4000,6840.2000,6840.2000,0",
        f"{start}926,{series},2.1050,95,1,2.0500,,6840.2000,6840.2000,0",
        f"{start}927,{series},2.1050,40,2,2.0500,2.4000,6840.2000,6840.2000,0",
    ]


def test_thetadata(tmp_path) -> None:
    start, stamp = "SPXW,2025-12-19,6850.000,PUT", "2025-12-03T09:48:28.92"
    middle = "-1684257153,255,255,255,255"
    rest = "100,5,2.105000000,0,0,2.05,50,0,0"
    assert text_of("thetadata", tmp_path, *CANCELS) == [
        V3_HEADER,
        f"{start},{stamp}5,{stamp}5,{middle},95,{rest},2.40,50",
        f"{start},{stamp}6,{stamp}6,{middle},95,{rest},,50",
        f"{start},{stamp}7,{stamp}7,{middle},40,{rest},2.40,50",
    ]


def test_massive(tmp_path) -> None:
    stamps = [NINE["ts_event"] + at * MS for at in range(3)]
    assert text_of(MASSIVE_QUOTED, tmp_path, *CANCELS) == [
        MASSIVE_HEADER,
        f"O:SPXW251219P06850000,219,0,302,{stamps[0]},2.105000000,{stamps[0]},100",
        f"O:SPXW251219P06850000,219,8,302,{stamps[1]},2.105000000,{stamps[1]},100",
        f"O:SPXW251219P06850000,201,10,302,{stamps[2]},2.105000000,{stamps[2]},100",
    ]
    assert (tmp_path / "quotes.csv").read_text().splitlines() == [
        QUOTES_HEADER,
        f"O:SPXW251219P06850000,0,2.40,0,0,2.05,0,1,{stamps[0] - 1}",
        f"O:SPXW251219P06850000,0,,0,0,2.05,0,2,{stamps[1] - 1}",
        f"O:SPXW251219P06850000,0,2.40,0,0,2.05,0,3,{stamps[2] - 1}",
    ]


@pytest.mark.parametrize("name", ["tape.dbn", "tape.dbn.zst"])
def test_databentos_own_decoder_reads_dbn(name, tmp_path) -> None:
    contracts = Contracts()
    contracts.intern(NINE_CONTRACTS)
    batch = batch_of([NINE | row for row in CANCELS])
    written_to("dbn", tmp_path / name, [batch], contracts)
    data = (tmp_path / name).read_bytes()
    if name.endswith(".zst"):
        # of one frame, which is all that this reader looks at
        data = zstandard.ZstdDecompressor().stream_reader(data).read()
    decoder = DBNDecoder()
    decoder.write(data)
    metadata, *records = decoder.decode()
    assert (metadata.dataset, metadata.schema, metadata.version) == (
        "OPRA.PILLAR",
        "tcbbo",
        3,
    )
    assert metadata.start == NINE["ts_event"]
    assert list(metadata.mappings) == ["SPXW  251219P06850000"]
    assert len(records) == 2
    first = records[0]
    assert (first.instrument_id, first.publisher_id, first.size) == (2, 22, 100)
    assert (first.ts_event, first.price) == (NINE["ts_event"], NINE["price"])
    assert (first.levels[0].bid_px, first.levels[0].ask_px) == (NINE["bid"], NINE["ask"])
    assert first.rtype == 194


def test_every_class_has_a_code_that_reads_back() -> None:
    assert [classify(code) for code in lines.CODES] == list(Condition)
    told = [classify(code) for code in massive.CONDITION_IDS]
    named = (Condition.BUY_AGGRESSOR, Condition.SELL_AGGRESSOR)
    assert told == [Condition.REGULAR if c in named else c for c in Condition]


def test_every_venue_has_a_number_that_reads_back() -> None:
    assert [venue_of(code) for code in massive.VENUE_IDS] == list(range(len(MICS)))
    told = {venue.mic: venue_of(lines.VENUE_CODES[at]) for at, venue in enumerate(VENUES)}
    assert Counter(told.values())[0] == 4
    assert {mic for mic, place in told.items() if not place} == {
        "XXXX",
        "SPHR",
        "MXTO",
        "IEXO",
    }


def test_gzip_tells_neither_time_nor_name(tmp_path) -> None:
    path = tmp_path / "tape.csv.gz"
    written_to("cboe", path, [batch_of([{}])], some_contracts())
    assert path.read_bytes()[4:8] == bytes(4)
    assert gzip.decompress(path.read_bytes()).startswith(CBOE_HEADER.encode())
