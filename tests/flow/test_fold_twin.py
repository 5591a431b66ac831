"""The fold against its slow twin, field by field, on tapes that nobody would write."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import naive
import tapes
from opentape.flow.options import FlowOptions, GatherOptions, InterestOptions

MODES = [
    ({}, FlowOptions()),
    (
        {"coalesce": "blocks_only"},
        FlowOptions(gather=GatherOptions(coalesce="blocks_only")),
    ),
    ({"sweep_strict": True}, FlowOptions(gather=GatherOptions(sweep_strict=True))),
    ({"block_min": 7}, FlowOptions(gather=GatherOptions(block_min_contracts=7))),
    ({"oi_bounds": False}, FlowOptions(interest=InterestOptions(bounds=False))),
]


def spelled(signals):
    return [msgspec.to_builtins(signal) for signal in signals]


def without_id(signals):
    return [{key: value for key, value in row.items() if key != "id"} for row in signals]


@pytest.mark.parametrize(("modes", "options"), MODES, ids=lambda mode: str(mode)[:40])
@given(tape=tapes.tapes(most=30), oi=tapes.open_interests())
def test_every_field_agrees(modes, options, tape, oi):
    """Same signals in the same order, whatever the tape holds."""
    found = spelled(tapes.product_signals(tape, oi, options))
    expected = naive.signals(tape, oi, **modes)
    assert without_id(found) == without_id(expected)
    assert len({row["id"] for row in found}) == len(found)


@given(tape=tapes.tapes(most=30), oi=tapes.open_interests(), data=st.data())
def test_batches_do_not_matter(tape, oi, data):
    """Any split of a tape, down to one print at a time, gives the same bytes."""
    cuts = data.draw(st.lists(st.integers(0, len(tape)), max_size=8))
    whole = msgspec.json.encode(tapes.product_signals(tape, oi))
    assert msgspec.json.encode(tapes.product_signals(tape, oi, cuts=cuts)) == whole
    single = range(1, len(tape))
    assert msgspec.json.encode(tapes.product_signals(tape, oi, cuts=single)) == whole


@given(tape=tapes.tapes(most=30), data=st.data())
def test_simultaneous_prints_of_other_contracts_do_not_matter(tape, data):
    """Within one instant only the order of a contract's own prints counts."""
    order = {}
    for p in tape:
        order.setdefault((p.root, p.expiry, p.strike_mills, p.right), []).append(p)
    shuffled = data.draw(st.permutations(tape))
    queues = {key: list(mine) for key, mine in order.items()}
    same_instant = sorted(shuffled, key=lambda p: p.ts_event)
    mixed = [
        queues[(p.root, p.expiry, p.strike_mills, p.right)].pop(0) for p in same_instant
    ]
    mixed.sort(key=lambda p: p.ts_event)
    assert msgspec.json.encode(tapes.product_signals(mixed)) == msgspec.json.encode(
        tapes.product_signals(tape)
    )
