"""Exposures by strike: rows add up, filters only drop, the tape moves nothing."""

import datetime as dt
import math

import msgspec
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import snapshots
from names import (
    asked,
    body,
    cents,
    held,
    listed,
    market,
    random_chain,
    settled,
    unexpired,
    view,
)
from opentape.desk.ask.book import strikes
from opentape.desk.ask.book.strikes import ExposureQuery, GexQuery
from opentape.market.errors import NoData, NotFound
from positioning import naive

FLOOR = 30 / (365 * 24 * 60)
MEASURES = {
    "gex": strikes.gex, "dex": strikes.dex, "vex": strikes.vex, "chex": strikes.chex,
}  # fmt: skip


def ask(measure, name, expiry):
    kind = GexQuery if measure == "gex" else ExposureQuery
    try:
        return body(MEASURES[measure](name, kind(expiration=expiry)))
    except NoData:
        assume(False)  # noqa: FBT003


@pytest.mark.parametrize("measure", MEASURES)
@given(asked())
def test_rows_add_up_to_the_headline_to_the_cent(measure, question):
    found = ask(measure, *question)
    rows = found["strikes"]
    for row in rows:
        net = cents(row[f"call_{measure}"]) + cents(row[f"put_{measure}"])
        assert cents(row[f"net_{measure}"]) == net
    assert cents(found[f"net_{measure}"]) == sum(
        cents(row[f"net_{measure}"]) for row in rows
    )


@pytest.mark.parametrize("measure", MEASURES)
@given(asked())
def test_rows_are_those_of_the_naive_twin(measure, question):
    name, expiry = question
    found = ask(measure, name, expiry)
    twin = naive.strikes(held(name, unexpired(name, expiry)), 500.0, FLOOR)
    assert [row["strike"] for row in found["strikes"]] == sorted(twin)
    for row in found["strikes"]:
        for side in ("call", "put", "net"):
            at = f"{side}_{measure}"
            assert row[at] == pytest.approx(twin[row["strike"]][at], rel=1e-9, abs=0.02)
            assert str(row[at]) != "-0.0"


@given(asked())
def test_gex_rows_hold_signs_and_open_interest(question):
    name, expiry = question
    found = ask("gex", name, expiry)
    assert (found["net_gex_label"] == "positive") == (found["net_gex"] >= 0)
    assert (found["gamma_flip"] is None) == (found["gamma_flip_status"] != "available")
    chain = name.settled_chain().analysed.chain
    rows = unexpired(name, expiry)
    for row in found["strikes"]:
        assert row["put_gex"] <= 0 <= row["call_gex"]
        assert row["call_oi_change"] is row["put_oi_change"] is None
        for put, side in ((False, "call"), (True, "put")):
            mine = [
                at for at in rows
                if chain.strike[at] == row["strike"] and chain.put[at] == put
            ]  # fmt: skip
            for column, key in ((chain.open_interest, "oi"), (chain.volume, "volume")):
                known = [int(column[at]) for at in mine if column[at] >= 0]
                none = bool(mine) and not known
                assert row[f"{side}_{key}"] == (None if none else sum(known))


@given(asked(), st.sampled_from([1, 15, 3_000]))
def test_min_oi_only_drops_rows(question, least):
    name, expiry = question
    whole = ask("gex", name, expiry)
    query = GexQuery(expiration=expiry, min_oi=least)
    found = body(strikes.gex(name, query))
    kept = [
        row for row in whole["strikes"]
        if (row["call_oi"] or 0) + (row["put_oi"] or 0) >= least
    ]  # fmt: skip
    assert found == whole | {"strikes": kept}


@given(asked())
def test_expiries_add_up_to_the_chain(question):
    name, _ = question
    whole = ask("gex", name, None)
    parts = []
    for expiry in listed(name):
        try:
            parts.append(strikes.gex(name, GexQuery(expiration=expiry)))
        except NoData:
            continue
    rows = sum(len(part.strikes) for part in parts)
    net = sum(part.net_gex for part in parts)
    assert net == pytest.approx(whole["net_gex"], abs=0.02 * rows)


@given(asked())
def test_the_tape_moves_no_exposure(question):
    name, expiry = question
    untouched = view(name.settled_chain(), as_of_ns=name.as_of_ns)
    for measure in MEASURES:
        assert ask(measure, name, expiry) == ask(measure, untouched, expiry)


def one_call(**columns):
    """A single call of strike 500 on a spot of 500, its vol told by the feed."""
    chain = snapshots.bare("SPXW", (dt.date(2026, 6, 18),), strikes=[500.0])
    chain = chain.take(~chain.put)
    return chain._replace(vendor_iv=np.array([0.2]), **columns)


def test_a_chain_small_enough_for_a_pocket_calculator():
    """d1 = (0.045 - 0.013 + 0.02) * sqrt(T) / 0.2, T = 28 days and an hour, OI 100."""
    years = (28 + 1 / 24) / 365
    d1 = (0.045 - 0.013 + 0.02) * math.sqrt(years) / 0.2
    bell = math.exp(-0.5 * d1 * d1) / math.sqrt(2 * math.pi) * math.exp(-0.013 * years)
    gamma = bell / (500.0 * 0.2 * math.sqrt(years))
    name = view(settled(one_call()))
    found = strikes.gex(name, GexQuery())
    assert found.net_gex == round(gamma * 100 * 100 * 500.0**2 * 0.01, 2)
    assert found.strikes[0].call_oi == 100
    delta = math.exp(-0.013 * years) * 0.5 * math.erfc(-d1 / math.sqrt(2))
    dex = strikes.dex(name, ExposureQuery()).net_dex
    assert dex == round(delta * 100 * 100 * 500.0, 2)


def test_as_of_is_the_instant_of_the_chain():
    name = view(settled(one_call()), as_of_ns=snapshots.AS_OF + 600 * 10**9)
    assert strikes.gex(name, GexQuery()).as_of == "2026-05-21T19:00:00.000000Z"


@pytest.mark.parametrize("measure", MEASURES)
def test_what_cannot_be_answered_is_not_found(measure):
    kind = GexQuery if measure == "gex" else ExposureQuery
    answer = MEASURES[measure]
    name = view(settled(one_call()))
    with pytest.raises(NoData, match="must be one of 2026-06-18, was 2026-07-17"):
        answer(name, kind(expiration=dt.date(2026, 7, 17)))
    with pytest.raises(NoData, match="no chain of SPX"):
        answer(view(None), kind())
    unheld = view(settled(one_call(open_interest=np.array([-1]))))
    with pytest.raises(NoData, match="both a vol and an open interest"):
        answer(unheld, kind())
    with pytest.raises(NotFound, match="never named it"):
        market(name).name("NONE")


def test_an_expiry_that_is_over_is_not_found():
    after_close = snapshots.AS_OF + 2 * 3_600 * 10**9
    chain = snapshots.bare(
        "SPXW", (dt.date(2026, 5, 21), dt.date(2026, 6, 18)), as_of=after_close
    )
    chain = chain._replace(vendor_iv=np.full(chain.rows, 0.2))
    name = view(settled(chain))
    with pytest.raises(NoData, match="every contract of 2026-05-21 has expired"):
        strikes.gex(name, GexQuery(expiration=dt.date(2026, 5, 21)))
    left = strikes.gex(name, GexQuery(expiration=dt.date(2026, 6, 18)))
    assert strikes.gex(name, GexQuery()).net_gex == left.net_gex


def test_a_chain_without_a_spot_counts_nothing():
    chain = random_chain(np.random.default_rng(1))
    empty = chain._replace(spot=math.nan, bid=chain.bid * np.nan, ask=chain.ask * np.nan)
    with pytest.raises(NoData):
        strikes.gex(view(settled(empty)), GexQuery())


def test_answers_are_computed_once():
    name = view(settled(one_call()))
    assert name.outline() is name.outline()
    assert name.live() is name.live()
    assert name.later(name.as_of_ns + 10**9, 2, name.feeds).live() is name.live()
    again = msgspec.json.encode(strikes.gex(name, GexQuery()))
    assert again == msgspec.json.encode(strikes.gex(name, GexQuery()))
