"""What is written in a vendor's format is read back, but for what it has no place for."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapes
from opentape.feeds.tape import open_tape
from opentape.market.calendar import SECOND_NS
from opentape.market.columns import PrintBatch
from opentape.market.conditions import Condition
from opentape.market.contract import Contracts
from opentape.market.errors import BadFile, BadSetting
from opentape.market.money import UNKNOWN
from opentape.market.venues import MICS
from opentape.store.vendors.formats import FORMATS, vendor_file
from opentape.store.vendors.missing import MASSIVE_QUOTED, MISSING
from store.forget import MS
from store.there_and_back import (
    NAMES,
    PLAIN,
    SERIES,
    batch_of,
    expected,
    facts,
    read,
    some_contracts,
    written,
    written_to,
)

PACKED = {"tape.csv": "tape.csv.gz", "tape.dbn": "tape.dbn.zst"}
DAY_NS = 86_400 * SECOND_NS
TIMES = st.one_of(
    st.integers(0, 5),
    st.sampled_from([MS - 1, MS]),
    st.tuples(st.integers(0, 1500), st.integers(0, 23_400 * SECOND_NS)).map(
        lambda day_and_time: day_and_time[0] * DAY_NS + day_and_time[1]
    ),
)
AMOUNTS = st.one_of(
    st.just(UNKNOWN),
    st.integers(-(10**6), 10**6).map(lambda cents: cents * 10**7),
    st.integers(-(10**14), 999_999 * 10**9),
)
PRINT = st.fixed_dictionaries(
    {
        "ts_event": TIMES.map(tapes.OPEN_NS.__add__),
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


@pytest.mark.parametrize("form", MISSING)
@pytest.mark.parametrize("packed", [False, True])
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


def test_nothing_is_left_out_of_a_tape_that_tells_little(tmp_path) -> None:
    contracts = some_contracts()
    for form in FORMATS:
        _, file = written(form, tmp_path, [batch_of([PLAIN])], contracts)
        assert file.left_out == {}
