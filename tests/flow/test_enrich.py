"""What a chain adds to signals: the published sample, a slow twin, and nothing else."""

import datetime as dt
import math
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapes
from naive import DOLLAR, NaivePrint
from opentape.flow.judge import judge
from opentape.flow.judge.enrich import ChainMarks
from opentape.flow.judge.spell import signal_rows
from opentape.flow.options import EnrichOptions, FlowOptions
from opentape.flow.signal import Enrichment
from opentape.market.errors import BadSetting

SEED = NaivePrint(
    ts_event=tapes.OPEN_NS,
    root="NVDA",
    expiry=dt.date(2026, 5, 28),
    strike_mills=950_000,
    right="C",
    price=12_400 * DOLLAR // 1000,
    size=1500,
    bid=12 * DOLLAR,
    ask=12_400 * DOLLAR // 1000,
    venue="XCBO",
)
SEED_MARK = {
    "iv": 0.62,
    "delta": 0.28,
    "gamma": 0.0041,
    "atm_iv": 0.54,
    "forward": 901.0,
    "years": 7 / 365,
    "spot": 900.25,
}


def marks_of(by_place):
    places = np.array(list(by_place), np.int32)
    columns = (
        np.array([mark[name] for mark in by_place.values()], np.float64)
        for name in ChainMarks._fields[1:]
    )
    return ChainMarks(places, *columns)


def judged(tape, chain_of=None, options=None):
    options = options or FlowOptions()
    _, books, contracts = tapes.folded(tape, options=options)
    chain = None if chain_of is None else chain_of(contracts)
    return list(signal_rows(judge(books, contracts, options, chain), contracts, options))


def one(mark, **changes):
    (signal,) = judged([replace(SEED, **changes)], lambda _: marks_of({0: mark}))
    return signal


def test_the_published_sample_comes_out_to_the_cent():
    enrichment = one(SEED_MARK).enrichment
    assert enrichment.estimated_delta_notional == 37_810_500.0
    assert enrichment.hypothetical_gex_impact_if_opening == 4_984_267.88
    assert (enrichment.iv, enrichment.delta, enrichment.gamma) == (0.62, 0.28, 0.0041)
    assert enrichment.iv_vs_atm == 0.08
    assert enrichment.moneyness == "OTM"


def test_a_chain_fills_spot_iv_and_distance_of_the_radar():
    radar = one(SEED_MARK).radar
    assert (radar.spot, radar.iv) == (900.25, 0.62)
    assert radar.otm_percent == round((950 - 900.25) / 900.25 * 100, 4)
    assert radar.score_parts.otm > 0


def test_the_spot_of_the_tape_goes_before_that_of_the_chain():
    signal = one(SEED_MARK, spot=905 * DOLLAR)
    assert signal.radar.spot == 905.0
    assert signal.enrichment.estimated_delta_notional == 37_810_500.0


@pytest.mark.parametrize("name", [*SEED_MARK])
def test_one_unknown_leaves_all_unknown(name):
    signal = one(SEED_MARK | {name: math.nan})
    assert signal.enrichment == Enrichment()
    assert signal.radar.iv is None


@pytest.mark.parametrize(("price", "sign"), [(12_400, 1.0), (12_000, -1.0), (12_200, None)])
def test_delta_is_turned_for_who_sells(price, sign):
    enrichment = one(SEED_MARK, price=price * DOLLAR // 1000).enrichment
    expected = None if sign is None else sign * 37_810_500.0
    assert enrichment.signed_delta_notional == expected


@pytest.mark.parametrize(
    ("strike", "right", "expected"),
    [
        (901_000, "C", "ATM"),
        (917_000, "C", "ATM"),
        (919_000, "C", "OTM"),
        (919_000, "P", "ITM"),
        (884_000, "C", "ITM"),
        (884_000, "P", "OTM"),
    ],
)
def test_moneyness_has_a_band_about_the_forward(strike, right, expected):
    """0.25 x 0.54 x sqrt(7 / 365) is 1.87 %."""
    assert one(SEED_MARK, strike_mills=strike, right=right).enrichment.moneyness == expected


@pytest.mark.parametrize(
    ("years", "strike", "expected"),
    [(1e-9, 903_000, "ATM"), (1e-9, 904_000, "OTM"), (9.0, 919_000, "ATM"),
     (9.0, 920_000, "OTM")],
)  # fmt: skip
def test_the_band_is_held_between_two_widths(years, strike, expected):
    """0.25 % of 901 is 2.25, 2 % is 18.2 in logarithms."""
    mark = SEED_MARK | {"years": years}
    assert one(mark, strike_mills=strike).enrichment.moneyness == expected


numbers = st.one_of(st.just(math.nan), st.floats(-2.0, 2.0))
a_mark = st.fixed_dictionaries(
    {
        "iv": st.floats(0.01, 5.0),
        "delta": numbers,
        "gamma": st.floats(0.0, 2.0),
        "atm_iv": st.floats(0.05, 2.0),
        "forward": st.floats(50.0, 10_000.0),
        "years": st.floats(1e-6, 10.0),
        "spot": st.floats(50.0, 10_000.0),
    }
)


def naive_enrichment(signal, mark):
    """Plain arithmetic, one signal at a time."""
    if any(math.isnan(value) for value in mark.values()):
        return Enrichment()
    iv, delta, gamma = (
        round(mark["iv"], 4),
        round(mark["delta"], 6),
        round(mark["gamma"], 6),
    )
    away = math.log(signal.strike / mark["forward"])
    band = min(max(0.25 * mark["atm_iv"] * math.sqrt(mark["years"]), 0.0025), 0.02)
    out = away > 0 if signal.right == "C" else away < 0
    shares = signal.size * 100
    notional = delta * shares * mark["spot"]
    return Enrichment(
        iv=iv,
        delta=delta,
        gamma=gamma,
        iv_vs_atm=iv - mark["atm_iv"],
        moneyness="ATM" if abs(away) <= band else "OTM" if out else "ITM",
        estimated_delta_notional=notional,
        hypothetical_gex_impact_if_opening=gamma * shares * mark["spot"] ** 2 * 0.01,
        signed_delta_notional={"buy": notional, "sell": -notional}.get(signal.side),
    )


@given(tapes.tapes(), st.lists(a_mark, min_size=5, max_size=5), st.integers(0, 5))
def test_agrees_with_the_twin_and_touches_nothing_else(tape, marks, count):
    bare = {signal.id: signal for signal in judged(tape)}
    contracts = []

    def chain(table):
        contracts.extend(table[place].symbol for place in range(len(table)))
        return marks_of(dict(enumerate(marks[: min(count, len(table))])))

    for signal in judged(tape, chain):
        before = bare[signal.id]
        symbol = f"{signal.id.split('-')[0]:<6}{signal.expiry:%y%m%d}{signal.right}"
        place = contracts.index(f"{symbol}{round(signal.strike * 1000):08d}")
        if place >= count:
            assert signal == before
            continue
        expected = msgspec.structs.asdict(naive_enrichment(signal, marks[place]))
        found = msgspec.structs.asdict(signal.enrichment)
        assert found.pop("moneyness") == expected.pop("moneyness")
        assert [*found.values()] == near([*expected.values()])
        assert untouched(signal) == untouched(before)


def near(values):
    """Money is rounded to the cent, a vol difference to four decimals."""
    return [
        None if value is None else pytest.approx(value, rel=1e-9, abs=0.0051)
        for value in values
    ]


def untouched(signal):
    """What a chain may not change."""
    return msgspec.structs.replace(signal, enrichment=Enrichment(), radar=None)


def test_a_band_cannot_be_wider_than_itself():
    with pytest.raises(BadSetting, match="atm_band_least"):
        EnrichOptions(atm_band_least=0.05)
