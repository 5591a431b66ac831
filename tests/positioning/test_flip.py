"""The gamma flip: the profile, what is accepted, why there is none, and the older rules."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentape.positioning.book import Book
from opentape.positioning.flip import (
    Flip,
    FlipMethod,
    FlipStatus,
    Regime,
    adjacent,
    legacy,
    regime,
    repriced,
)
from opentape.positioning.options import FlipOptions, LevelOptions
from opentape.positioning.profile import bells, halve, profile, spots
from positioning import naive
from positioning.chains import CHAINS, FLOOR, SPOT, columns, held, large, priced

EVERY = LevelOptions(flip=FlipOptions(fewest_solved=1))


def flip_of(chain: list[naive.Held], spot: float = SPOT, *, weighted: bool = True) -> Flip:
    return repriced(columns(chain), spot, EVERY, weighted=weighted)


def pair(low: float, high: float, *, puts: float = 1.0, **other) -> list[naive.Held]:
    """Puts at one strike below calls at another: gamma turns between them."""
    chain = [held(low, put=True, oi=100.0 * puts, **other), held(high, **other)]
    return [priced(contract) for contract in chain]


def as_chain(positions) -> list[naive.Held]:
    columns_of = (column.tolist() for column in positions)
    return [naive.Held(*row) for row in zip(*columns_of, strict=True)]


@given(chain=CHAINS, weighted=st.booleans(), span=st.sampled_from([0.05, 0.2, 0.5]))
def test_profile_as_the_twin(
    chain: list[naive.Held], span: float, *, weighted: bool
) -> None:
    at = spots(SPOT, span, 0.0025)[::7]
    found = bells(columns(chain), SPOT, EVERY, weighted=weighted)
    whole = profile(found, spots(SPOT, span, 0.0025), 0.0025)[::7]
    for spot, value in zip(at.tolist(), whole.tolist(), strict=True):
        full_dte = 5.0 if weighted else None
        wanted, size = naive.profile(chain, spot, FLOOR, full_dte=full_dte)
        # what is further than twelve deviations is left out: nothing beside any peak
        assert value == pytest.approx(wanted, rel=0, abs=1e-10 * size + 1e-20)


def test_a_large_profile_as_the_twin() -> None:
    positions = large(300)
    at = spots(600.0, 0.5, 0.0025)
    whole = profile(bells(positions, 600.0, EVERY, weighted=True), at, 0.0025)
    chain = as_chain(positions)
    for place in range(0, at.size, 23):
        wanted, size = naive.profile(chain, float(at[place]), FLOOR, full_dte=5.0)
        assert abs(whole[place] - wanted) <= 1e-12 * size


@pytest.mark.parametrize("span", [0.01, 0.2, 0.35, 0.5])
def test_spots_reach_as_far_as_they_should(span: float) -> None:
    at = spots(SPOT, span, 0.0025)
    assert SPOT in at.tolist()
    np.testing.assert_allclose(at[1:] / at[:-1], 1.0025, rtol=1e-13)
    assert SPOT * (1 - span) <= at[0] < SPOT * (1 - span) * 1.0025
    assert SPOT * (1 + span) / 1.0025 < at[-1] <= SPOT * (1 + span)


def test_the_profile_at_spot_is_the_headline() -> None:
    chain = pair(95.0, 105.0, puts=3.0)
    found = flip_of(chain, weighted=False)
    here = found.profile[found.spots == SPOT]
    assert here[0] == pytest.approx(Book(columns(chain), SPOT).totals().net_gex, rel=1e-12)


def test_a_bell_far_outside_adds_nothing() -> None:
    chain = [
        priced(held(100.0)),
        priced(held(300.0, vol=0.01)),
        priced(held(9.0, vol=0.01)),
    ]
    at = spots(SPOT, 0.2, 0.0025)
    alone, together = (
        profile(bells(columns(some), SPOT, EVERY, weighted=True), at, 0.0025)
        for some in (chain[:1], chain)
    )
    np.testing.assert_array_equal(alone, together)


def test_a_bell_narrower_than_the_grid_is_one_spike() -> None:
    spike = naive.replace(held(100.0, vol=1e-6), rate=0.0, carry=0.0)
    found = bells(columns([spike]), SPOT, EVERY, weighted=True)
    at = spots(SPOT, 0.2, 0.0025)
    seen = profile(found, at, 0.0025)
    assert at[np.flatnonzero(seen)].tolist() == [SPOT]


def test_halving_ends_where_floats_do() -> None:
    found = bells(
        columns(pair(90.0, 110.0, rate=0.0, carry=0.0)), SPOT, EVERY, weighted=True
    )
    meeting = math.sqrt(90.0 * 110.0) * math.exp(-0.5 * 0.2**2 * 30 / 365)
    assert halve(*found, 95.0, 105.0, 0.0) == pytest.approx(meeting, rel=1e-14)


def test_halving_nothing_is_the_middle() -> None:
    nothing = np.empty(0)
    assert halve(nothing, nothing, nothing, 90.0, 110.0, 20.0) == 100.0


def test_the_flip_is_where_the_twin_turns() -> None:
    chain = pair(96.0, 107.0, puts=1.3)
    found = flip_of(chain)
    assert found.status is FlipStatus.AVAILABLE
    assert found.method is FlipMethod.REPRICED
    assert found.resolved
    assert found.crossings.tolist() == [found.level]
    low, _ = naive.profile(chain, found.level - 0.01, FLOOR, full_dte=5.0)
    high, _ = naive.profile(chain, found.level + 0.01, FLOOR, full_dte=5.0)
    assert low < 0 < high


def test_two_equal_bells_turn_where_they_meet() -> None:
    """With one vol, no rate and equal holdings gamma is 0 where both d1 are opposite."""
    found = flip_of(pair(90.0, 110.0, rate=0.0, carry=0.0))
    meeting = math.sqrt(90.0 * 110.0) * math.exp(-0.5 * 0.2**2 * 30 / 365)
    assert found.level == pytest.approx(meeting, abs=1e-4)


def test_of_several_the_nearest_to_spot() -> None:
    chain = [
        priced(held(90.0, put=True)), priced(held(97.0)),
        priced(held(104.0, put=True, oi=120.0)), priced(held(112.0)),
    ]  # fmt: skip
    for contract_spot in (95.0, 99.0, 107.0):
        found = repriced(columns(chain), contract_spot, EVERY)
        sizes = np.abs(found.crossings - contract_spot)
        assert found.crossings.size == 3
        if found.status is FlipStatus.AVAILABLE:
            assert found.level == found.crossings[int(np.argmin(sizes))]


def test_gamma_of_one_sign_has_no_boundary() -> None:
    found = flip_of([priced(held(k)) for k in (95.0, 100.0, 105.0)])
    assert found.level is None
    assert found.status is FlipStatus.NO_BOUNDARY
    assert found.crossings.size == 0
    assert found.spots[0] < 51
    assert found.spots[-1] > 149


def test_a_far_turn_is_found_on_a_wider_span() -> None:
    chain = pair(100.0, 145.0, vol=0.3, dte=90, years=90 / 365)
    found = flip_of(chain)
    assert found.status is FlipStatus.AVAILABLE
    assert 118 < found.level < 124
    assert found.spots[-1] > 130


def test_a_turn_at_the_end_of_the_widest_span_is_not_covered() -> None:
    found = flip_of(pair(130.0, 165.0, dte=90, years=90 / 365))
    assert found.level is None
    assert found.status is FlipStatus.LOCAL_COVERAGE
    assert found.crossings.size == 1


def test_a_turn_where_there_is_no_gamma_is_uncertain() -> None:
    found = flip_of(pair(70.0, 125.0, vol=0.1))
    assert found.level is None
    assert found.status is FlipStatus.UNCERTAIN_PATH
    assert found.crossings.size == 1


def test_gamma_at_spot_of_the_wrong_sign_is_a_mismatch() -> None:
    upside_down = [priced(held(95.0)), priced(held(108.0, put=True, oi=150.0))]
    found = flip_of(upside_down)
    assert found.level is None
    assert found.status is FlipStatus.SIGN_MISMATCH


def test_too_few_solved_contracts() -> None:
    enough = [priced(held(k, put=k < 100)) for k in np.arange(90.0, 110.0).tolist()]
    assert Book(columns(enough), SPOT).flip().status is FlipStatus.AVAILABLE
    for blind in ({"vol": math.nan}, {"oi": math.nan}, {"years": 0.0}, {"usable": False}):
        fewer = [naive.replace(enough[0], **blind), *enough[1:]]
        assert Book(columns(fewer), SPOT).flip().status is FlipStatus.QUOTE_QUALITY


@pytest.mark.parametrize("spot", [math.nan, 0.0, -1.0, math.inf])
def test_without_a_spot(spot: float) -> None:
    found = flip_of(pair(95.0, 105.0), spot)
    assert (found.level, found.status) == (None, FlipStatus.QUOTE_QUALITY)


def test_a_contract_of_today_holds_the_level_only_when_asked() -> None:
    today = {"dte": 0, "years": 0.001, "vol": 0.4}
    chain = [*pair(95.0, 110.0), *pair(99.0, 100.5, puts=9.0, **today)]
    weighted, plain = flip_of(chain), flip_of(chain, weighted=False)
    assert weighted.level == flip_of(chain[:2]).level
    assert plain.level != weighted.level


def test_weight_grows_with_days() -> None:
    at = spots(SPOT, 0.01, 0.0025)
    peaks = []
    for dte in (0, 1, 2, 5, 9):
        chain = [priced(held(100.0, dte=dte, years=0.02))]
        peaks.append(profile(bells(columns(chain), SPOT, EVERY, weighted=True), at, 0.0025))
    shares = [float(peak[2] / peaks[3][2]) for peak in peaks]
    assert shares == pytest.approx([0.0, 0.2, 0.4, 1.0, 1.0])


@given(CHAINS, st.sampled_from([80.0, 99.0, 100.0, 113.0]))
def test_no_level_exactly_where_not_available(chain: list[naive.Held], spot: float) -> None:
    found = flip_of(chain, spot)
    assert (found.level is None) == (found.status is not FlipStatus.AVAILABLE)
    assert (np.diff(found.crossings) > 0).all()
    side = regime(spot, found.level)
    here = found.profile[found.spots == spot]
    if found.level is None:
        assert side is Regime.UNKNOWN
    elif here[0] != 0:
        assert (side is Regime.POSITIVE) == (here[0] > 0)


@given(st.floats(80.0, 125.0))
def test_the_flip_moves_with_its_inputs_not_with_the_grid(spot: float) -> None:
    """The chain alone says where gamma turns; where spot stands only places the grid."""
    chain = pair(90.0, 110.0, rate=0.0, carry=0.0, vol=0.4)
    found = flip_of(chain, spot)
    meeting = math.sqrt(90.0 * 110.0) * math.exp(-0.5 * 0.4**2 * 30 / 365)
    assert found.level == pytest.approx(meeting, abs=1e-4)


def test_golden_legacy() -> None:
    found = legacy(np.array([100.0, 110.0]), np.array([-10.0, 30.0]))
    assert (found.level, found.method) == (102.5, FlipMethod.LEGACY)
    assert found.status is FlipStatus.AVAILABLE


def test_legacy_takes_the_first_and_adjacent_the_nearest() -> None:
    strike = np.array([90.0, 95.0, 100.0, 105.0, 110.0])
    gex = np.array([-10.0, 10.0, 0.0, -10.0, 30.0])
    assert legacy(strike, gex).level == 92.5
    assert legacy(strike, gex).crossings.tolist() == [92.5, 100.0, 106.25]
    assert adjacent(strike, gex, 101.0).level == 100.0
    assert adjacent(strike, gex, 104.0).level == 106.25
    assert adjacent(strike, gex, 96.25).level == 92.5
    assert adjacent(strike, gex, 96.25).method is FlipMethod.ADJACENT


def test_adjacent_reproduces_a_published_flip() -> None:
    """Two strikes of SPY on 2026-05-27 as the vendor served them."""
    found = adjacent(np.array([749.0, 750.0]), np.array([-741.53e6, 1697.71e6]), 749.87)
    assert found.level == pytest.approx(749.304001, abs=5e-6)


@pytest.mark.parametrize("gex", [[], [5.0], [0.0, 0.0], [1.0, 0.0, 2.0], [-1.0, -2.0]])
def test_strikes_of_one_sign_have_no_boundary(gex: list[float]) -> None:
    strike = np.arange(float(len(gex)))
    for found in (legacy(strike, np.array(gex)), adjacent(strike, np.array(gex), 1.0)):
        assert (found.level, found.status) == (None, FlipStatus.NO_BOUNDARY)


@pytest.mark.parametrize(
    ("spot", "flip", "side"),
    [
        (100.0, 99.0, Regime.POSITIVE), (100.0, 100.0, Regime.POSITIVE),
        (100.0, 100.01, Regime.NEGATIVE), (100.0, None, Regime.UNKNOWN),
        (None, 100.0, Regime.UNKNOWN), (math.nan, 100.0, Regime.UNKNOWN),
        (100.0, math.nan, Regime.UNKNOWN),
    ],
)  # fmt: skip
def test_regime(spot: float | None, flip: float | None, side: Regime) -> None:
    assert regime(spot, flip) is side


def test_names_are_the_wires() -> None:
    assert {status.value for status in FlipStatus} == {
        "available", "no_boundary", "stored_sign_mismatch", "insufficient_local_coverage",
        "insufficient_quote_quality", "uncertain_root_path",
    }  # fmt: skip
    assert [side.value for side in Regime] == [
        "positive_gamma",
        "negative_gamma",
        "unknown",
    ]
