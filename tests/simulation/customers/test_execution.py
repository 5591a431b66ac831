"""Execution: prints that add up to their orders, where and by whom they were made."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentape.market.venues import MICS
from opentape.simulation.chance import stream
from opentape.simulation.customers.execution import (
    VENUES,
    _split,
    fill,
    mean_prints,
    prints_of,
)
from opentape.simulation.customers.intents import WAYS
from opentape.simulation.customers.orders import draw_orders
from opentape.simulation.records import PACKAGES, STYLES
from opentape.simulation.world.names import Kind

MS = 1_000_000


@pytest.fixture(scope="module")
def made(scene):
    rng = stream(1, 4)
    orders = draw_orders(scene, 12_000, (0.3, 0.31), rng)
    count = prints_of(orders, rng)
    return orders, count, fill(scene, orders, count, rng)


def style(name):
    return STYLES.index(name)


def spans(orders, fills, name):
    """First and last instants of each order of a style that has several prints."""
    for row in np.flatnonzero(orders.style == style(name)).tolist():
        ts = fills.ts[fills.order == row]
        if ts.size > 1:
            yield row, int(ts.max() - ts.min())


def test_prints_add_up_to_their_orders(made):
    orders, count, fills = made
    assert np.array_equal(np.bincount(fills.order), count)
    assert np.array_equal(np.bincount(fills.order, fills.size), orders.size)
    assert fills.size.min() >= 1
    assert np.all(count <= orders.size)


@given(
    st.lists(st.tuples(st.integers(1, 5_000), st.integers(1, 18)), min_size=1, max_size=9)
)
def test_an_order_is_split_into_whole_contracts(asked):
    total = np.array([size for size, _ in asked])
    prints = np.minimum(np.array([count for _, count in asked]), total)
    order = np.repeat(np.arange(total.size), prints)
    nth = np.concatenate([np.arange(count) for count in prints])
    size = _split(total, prints, order, nth, np.random.default_rng(3))
    assert size.min() >= 1
    assert np.array_equal(np.bincount(order, size), total)


def test_a_package_prints_on_one_venue_with_one_letter(made):
    orders, _, fills = made
    package = np.where(orders.structure > 0, orders.send, -1)[fills.order]
    packed = package >= 0
    for column in (fills.venue, fills.letter):
        pairs = np.unique(np.stack([package[packed], column[packed]]), axis=1)
        assert np.unique(pairs[0]).size == pairs.shape[1]
        assert np.unique(column[packed]).size > 2


def test_letters_are_of_their_style(made):
    orders, _, fills = made
    for number, (name, way) in enumerate(WAYS.items()):
        letters = {
            chr(letter) for letter in fills.letter[orders.style[fills.order] == number]
        }
        assert letters <= set(way.letters), name
        assert letters or name == "compression"


def test_a_sweep_goes_over_venues_within_half_a_second(made):
    orders, _, fills = made
    found = list(spans(orders, fills, "sweep"))
    assert found
    assert max(span for _, span in found) <= 520 * MS
    assert 5 * MS < np.median([span for _, span in found]) < 25 * MS
    for row, _ in found:
        venues = fills.venue[fills.order == row].tolist()
        assert len(set(venues)) in {len(venues), 1}


def test_worked_orders_take_minutes_and_the_rest_stay_together(made):
    orders, _, fills = made
    assert np.median([span for _, span in spans(orders, fills, "worked")]) > 30_000 * MS
    for name in set(STYLES[:-1]) - {"sweep", "worked"}:
        assert all(span <= 2 * MS for _, span in spans(orders, fills, name))


def test_legs_of_a_package_print_within_two_milliseconds(made):
    orders, _, fills = made
    packed = np.flatnonzero(orders.structure[fills.order] > 0)
    send = orders.send[fills.order[packed]]
    for one in np.unique(send):
        ts = fills.ts[packed[send == one]]
        assert ts.max() - ts.min() <= 2 * MS


def test_the_other_side_of_who_waits_crosses(made):
    orders, _, fills = made
    customer, rests = orders.customer[fills.order], orders.rests[fills.order]
    names = np.array(STYLES)[orders.style[fills.order]]
    nobody = np.isin(names, ["cross", "complex_cross", "compression"])
    assert np.all(fills.aggressor[nobody] == 0)
    crossed = ~nobody
    assert np.array_equal(
        fills.aggressor[crossed], np.where(rests, -customer, customer)[crossed]
    )
    # who waited is hit at his price
    quotes = fills.seen.quotes
    touch = np.maximum(np.where(fills.aggressor > 0, quotes.ask, quotes.bid), 1)
    assert np.array_equal(fills.price[rests], touch[rests])


def test_prices_are_near_the_quote(made):
    orders, _, fills = made
    quotes = fills.seen.quotes
    assert fills.price.min() >= 1
    assert np.all(fills.price <= quotes.ask + quotes.tick)
    assert np.all(fills.price >= np.maximum(quotes.bid - quotes.tick, 1))
    first = np.concatenate([[True], np.diff(fills.order) > 0])
    sweeps = first & (orders.style[fills.order] == style("sweep"))
    assert np.all(fills.price[sweeps] <= quotes.ask[sweeps])


def test_what_an_automatic_order_took_was_shown(made):
    orders, _, fills = made
    auto = orders.style[fills.order] == style("auto")
    shown = np.where(
        fills.aggressor > 0, fills.seen.quotes.ask_size, fills.seen.quotes.bid_size
    )
    assert np.all(shown[auto] >= fills.size[auto])


def test_indices_trade_on_their_one_exchange(scene, made):
    orders, _, fills = made
    name = scene.listing.block_name[scene.listing.block[orders.strike]][fills.order]
    index = scene.kind[name] == Kind.INDEX
    assert {MICS[venue] for venue in np.unique(fills.venue[index])} == {"XCBO"}
    assert {MICS[venue] for venue in np.unique(fills.venue[~index])} == set(VENUES)


def test_the_table_of_counts_has_the_means_it_is_used_for(made):
    orders, count, _ = made
    means = mean_prints()
    for name in ("auto", "auction", "cross", "complex"):
        large = (orders.style == style(name)) & (orders.size >= 18)
        if large.sum() > 30:
            found = count[large].mean()
            assert found == pytest.approx(means[style(name)], rel=0.3), name
    assert all(means[style(name)] == 1 for name in ("cross", "stock_tied", "complex_cross"))
    assert {name for name in PACKAGES if means[style(name)] > 1} == {
        "complex",
        "complex_auction",
    }
