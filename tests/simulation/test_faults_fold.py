"""A broken tape folds: the engine counts what is left of it exactly once."""

from functools import cache

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opentape.simulation.faults import FaultKind
from simulation.broken_day import (
    ON_TAPE,
    answer,
    broken,
    counted,
    counted_live,
    in_order,
    mixes,
    played,
    seeds,
    volume,
)


@given(rates=mixes, seed=seeds)
def test_the_engine_counts_what_is_left_once(
    rates: dict[FaultKind, float], seed: int
) -> None:
    tape = broken(rates, seed).tape
    assert counted(tape).volume == volume(in_order(tape))


@settings(max_examples=10, deadline=None)
@given(rates=mixes, seed=seeds)
def test_a_live_tape_is_counted_once_too(rates: dict[FaultKind, float], seed: int) -> None:
    """Rows come as they are in the file: hours late, again, cancels before their prints."""
    tape = broken(rates, seed).tape
    assert counted_live(tape).volume == volume(tape)


def test_every_kind_at_once_folds() -> None:
    given_ = broken(dict.fromkeys(FaultKind, 0.05))
    assert {fault.kind for fault in given_.log} == {kind.value for kind in ON_TAPE}
    assert counted(given_.tape).volume == volume(in_order(given_.tape))
    assert answer(given_.tape)


@settings(max_examples=6, deadline=None)
@given(rate=st.sampled_from([0.002, 0.1, 1.0]), seed=seeds)
@pytest.mark.parametrize(
    "kinds",
    [
        [FaultKind.DISORDER],
        [FaultKind.DUPLICATE],
        [FaultKind.DISORDER, FaultKind.DUPLICATE],
        [FaultKind.BUSTED_PRINT],
    ],
    ids=["disorder", "duplicate", "both", "busted"],
)
def test_what_adds_no_fact_changes_no_answer(
    kinds: list[FaultKind], rate: float, seed: int
) -> None:
    """Not a byte of a signal: neither order, nor a repeat, nor what is taken back."""
    assert answer(broken(dict.fromkeys(kinds, rate), seed).tape) == clean_answer()


@cache
def clean_answer() -> bytes:
    found = answer(played().tape)
    assert len(msgspec.json.decode(found)) > 20
    return found


def test_repeats_are_counted() -> None:
    given_ = broken({FaultKind.DUPLICATE: 0.3})
    cancels = played().tape.cancels[np.array(given_.hit("duplicate")) - 1]
    assert (cancels > 0).sum() > 5
    skips = counted(given_.tape).fold.skips
    assert skips.counts["duplicate"] == len(given_.log)


def test_a_cancel_whose_print_a_gap_swallowed_takes_nothing_back() -> None:
    given_ = broken({FaultKind.GAP: 0.5})
    tape = given_.tape
    orphans = int(np.isin(tape.cancels, given_.hit("gap")).sum())
    assert orphans > 0
    found = counted(tape)
    assert found.fold.cancels_unmatched == orphans
    assert found.volume == volume(tape)


@pytest.mark.parametrize("kind", [FaultKind.CROSSED_NBBO, FaultKind.MISSING_NBBO])
def test_a_print_without_a_market_has_no_side(kind: FaultKind) -> None:
    given_ = broken({kind: 0.5})
    hit = np.isin(given_.tape.sequence, given_.hit(kind))
    assert counted(given_.tape.take(~hit)).signed > 0
    found = counted(given_.tape.take(hit))
    assert sum(found.volume.values()) > 0
    assert found.signed == 0
