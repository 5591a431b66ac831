"""Orders: who sends what, and packages that are what their structure says."""

import numpy as np
import pytest

import markets
from opentape.simulation.chance import stream
from opentape.simulation.customers.intents import ORDERED, TABLE, WAYS
from opentape.simulation.customers.orders import draw_orders
from opentape.simulation.customers.structures import NAMES, STRUCTURES
from opentape.simulation.records import INTENTS, PACKAGES, STYLES

SENDS = 30_000


@pytest.fixture(scope="module")
def orders(scene):
    return draw_orders(scene, SENDS, (0.2, 0.3), stream(1, 2))


def test_tables_agree():
    assert tuple(TABLE) == INTENTS
    assert tuple(WAYS) == STYLES[:-1]
    assert len(set(NAMES)) == len(NAMES) > 40
    for structure in STRUCTURES[1:]:
        assert structure.share > 0
        assert structure.legs
        assert len({(leg.put, leg.strike, leg.expiry) for leg in structure.legs}) == len(
            structure.legs
        )
    assert all(0 <= one.rests <= 1 and one.days[0] <= one.days[1] for one in ORDERED)


def test_singles_come_before_packages_and_every_send_is_there(orders):
    packed = orders.structure > 0
    assert not np.any(np.diff(packed.astype(int)) < 0)
    assert np.array_equal(np.unique(orders.send), np.arange(SENDS))
    alone = orders.send[~packed]
    assert np.unique(alone).size == alone.size
    styles = np.array([name in PACKAGES for name in STYLES[:-1]])
    assert np.array_equal(styles[orders.style], packed)


def test_packages_have_all_their_legs(scene, orders):
    legs = np.flatnonzero(orders.structure > 0)
    for rows in np.split(legs, np.flatnonzero(np.diff(orders.send[legs])) + 1):
        (number,) = set(orders.structure[rows].tolist())
        structure = STRUCTURES[number]
        assert len(rows) == len(structure.legs)
        assert [bool(put) for put in orders.put[rows]] == [
            leg.put for leg in structure.legs
        ]
        signed = orders.customer[rows] * orders.size[rows]
        (size, *rest) = [
            int(lots) / leg.ratio for lots, leg in zip(signed, structure.legs, strict=True)
        ]
        assert size >= 1
        assert all(one == size for one in rest)
        for column in (orders.ts, orders.style, orders.intent, orders.direction):
            assert np.unique(column[rows]).size == 1
        check_places(scene, orders, rows, structure)
        check_opens(orders, rows, structure)


def check_places(scene, orders, rows, structure):
    listing = scene.listing
    block = listing.block[orders.strike[rows]]
    assert np.unique(listing.block_name[block]).size == 1
    last = listing.name_start[listing.block_name[block[0]] + 1] - 1
    near = min(block[at] for at, leg in enumerate(structure.legs) if leg.expiry == 0)
    for at, leg in enumerate(structure.legs):
        assert block[at] == min(near + leg.expiry, last)
    # strikes of one expiry stand in the order of the structure
    for one, other in ((a, b) for a in range(len(rows)) for b in range(a)):
        legs = structure.legs[one], structure.legs[other]
        if block[one] == block[other] and legs[0].expiry == legs[1].expiry:
            apart = orders.strike[rows[one]] - orders.strike[rows[other]]
            assert np.sign(apart) == np.sign(legs[0].strike - legs[1].strike)


def check_opens(orders, rows, structure):
    opens = orders.opens[rows].tolist()
    if structure.roll:
        assert opens == [not leg.closes for leg in structure.legs]
        assert orders.roll[rows].all()
    else:
        assert len(set(opens)) == 1
        assert not orders.roll[rows].any()
    direction = int(orders.direction[rows[0]])
    assert direction == (structure.direction if all(opens) else 0)
    assert orders.hedge[rows[0]] == (structure.stock and structure.direction == 0)


def test_who_closes_or_hedges_bets_on_nothing(orders):
    alone = orders.structure == 0
    idle = alone & (~orders.opens | orders.hedge)
    assert np.all(orders.direction[idle] == 0)
    bets = alone & ~idle
    bullish = (orders.customer > 0) == ~orders.put
    assert np.array_equal(orders.direction[bets], np.where(bullish[bets], 1, -1))


def test_only_patient_orders_rest(orders):
    styles = {STYLES[style] for style in np.unique(orders.style[orders.rests])}
    assert styles == {"auto", "worked"}


def test_contracts_trade_as_the_table_of_styles_says(scene):
    """Shares of volume of a market with every kind of name, in percent."""
    many = draw_orders(scene, 400_000, (0.0, 1.0), stream(1, 3))
    share = np.bincount(many.style, many.size, len(WAYS)) / many.size.sum()
    told = np.array([way.volume for way in WAYS.values()])
    assert 100 * share[:2].sum() == pytest.approx(told[:2].sum(), rel=0.35)
    packed = np.array([name in PACKAGES for name in WAYS])
    assert share[packed].sum() > 0.25


def test_intents_have_the_rights_and_expiries_they_like(scene, orders):
    days = scene.listing.block_day[scene.listing.block[orders.strike]]
    today = scene.listing.block_day.min()
    writes = orders.intent == INTENTS.index("overwriter")
    assert not orders.put[writes].any()
    assert orders.put[orders.intent == INTENTS.index("put_writer")].all()
    assert not np.any(days[writes] == today)
    zero = orders.intent == INTENTS.index("zero_dte")
    spy = scene.listing.block_name[scene.listing.block[orders.strike]] == 0
    assert np.all(days[zero & spy] == markets.DATE.toordinal() - 719_163)
    assert np.median(days[orders.intent == INTENTS.index("leaps")] - today) > 120
