"""What flow has made of the book: sums, shifts, and agreement between the answers."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import assume, given

import snapshots
from names import (
    OPTIONS,
    UNBOUNDED,
    asked,
    body,
    cents,
    changes,
    held,
    listed,
    random_view,
    settled,
    unexpired,
    view,
)
from opentape.desk.ask.book import exposure, flow, levels, max_pain, strikes
from opentape.desk.ask.book.levels import FlowQuery
from opentape.desk.ask.book.strikes import ExposureQuery, GexQuery
from opentape.market.errors import NoData
from positioning import naive

FLOOR = 30 / (365 * 24 * 60)
ANSWERS = {
    "levels": levels.flow_levels, "pin-risk": levels.pin_risk,
    "summary": flow.flow_summary, "oi": flow.flow_oi, "gex": flow.flow_gex,
    "dex": flow.flow_dex, "dealer-risk": flow.dealer_risk, "live": flow.flow_live,
}  # fmt: skip


def every(question):
    """All eight answers to a question, by name."""
    name, expiry = question
    query = FlowQuery(expiry=expiry)
    try:
        return {key: body(answer(name, query)) for key, answer in ANSWERS.items()}
    except NoData:
        assume(False)  # noqa: FBT003


def ask(name, expiry=None, answer=flow.flow_oi):
    return answer(name, FlowQuery(expiry=expiry))


@given(asked())
def test_open_interest_is_that_of_the_naive_twin(question):
    name, expiry = question
    found = every(question)["oi"]
    rows = unexpired(name, expiry)
    oi = name.settled_chain().analysed.chain.open_interest
    known = [
        (int(oi[row]), change)
        for row, change in zip(rows, changes(name, rows), strict=True)
        if oi[row] >= 0
    ]
    assert found["contracts_total"] == len(rows)
    assert found["official_oi"] == sum(o for o, _ in known)
    assert found["intraday_oi_delta"] == sum(d for _, d in known)
    assert found["simulated_oi"] == found["official_oi"] + found["intraday_oi_delta"]
    assert found["effective_oi"] == sum(max(0, o + d) for o, d in known)
    assert found["effective_oi"] >= found["simulated_oi"]
    assert found["contracts_with_flow"] == sum(d != 0 for _, d in known)
    moved = every(question)["dealer-risk"]["total_abs_delta_contracts"]
    assert moved == sum(abs(max(0, o + d) - o) for o, d in known)
    assert 0.43 <= found["oi_delta_confidence"] <= 1


def share(settled_net, live_net):
    """The shift as the contract has it, from what is published."""
    if settled_net == 0:
        return 0.0 if live_net == 0 else None
    return round((live_net - settled_net) / settled_net, 3)


def turned(settled_net, live_net, shift, moved):
    """The label as the contract has it, from what is published."""
    if not moved:
        return "no_flow"
    if shift is None or settled_net * live_net < 0:
        return "regime_flip"
    if abs(shift) < 0.05:
        return "neutral"
    return "amplifying" if abs(live_net) > abs(settled_net) else "dampening"


@given(asked())
def test_shifts_and_labels_follow_from_what_is_published(question):
    found = every(question)
    risk = found["dealer-risk"]
    for measure in ("gex", "dex"):
        before, now = risk[f"settled_net_{measure}"], risk[f"live_net_{measure}"]
        adjustment = risk[f"flow_{measure}_adjustment"]
        assert cents(adjustment) == cents(now) - cents(before)
        assert risk[f"flow_{measure}_pct_shift"] == share(before, now)
    label = turned(
        risk["settled_net_gex"],
        risk["live_net_gex"],
        risk["flow_gex_pct_shift"],
        risk["contracts_with_flow"],
    )
    assert risk["flow_direction"] == found["summary"]["flow_direction"] == label
    assert (label == "no_flow") == (found["oi"]["contracts_with_flow"] == 0)
    assert risk["description"].endswith(".")


@given(asked())
def test_rows_add_up_to_the_headline_to_the_cent(question):
    found = every(question)
    for measure in ("gex", "dex"):
        reply = found[measure]
        rows = reply["strikes"]
        for row in rows:
            net = cents(row[f"call_{measure}"]) + cents(row[f"put_{measure}"])
            assert cents(row[f"net_{measure}"]) == net
        total = sum(cents(row[f"net_{measure}"]) for row in rows)
        assert cents(reply[f"live_net_{measure}"]) == total
    gex = found["gex"]
    assert (gex["live_net_gex_label"] == "positive") == (gex["live_net_gex"] >= 0)


@given(asked())
def test_rows_are_those_of_the_naive_twin(question):
    name, expiry = question
    found, rows = every(question), unexpired(name, expiry)
    twin = naive.strikes(held(name, rows, changes(name, rows)), 500.0, FLOOR)
    for measure in ("gex", "dex"):
        assert [row["strike"] for row in found[measure]["strikes"]] == sorted(twin)
        for row in found[measure]["strikes"]:
            for side in ("call", "put", "net"):
                at = f"{side}_{measure}"
                expected = pytest.approx(twin[row["strike"]][at], rel=1e-9, abs=0.02)
                assert row[at] == expected


@given(asked())
def test_levels_are_those_of_the_naive_twin(question):
    name, expiry = question
    found, rows = every(question)["levels"], unexpired(name, expiry)
    mine = held(name, rows, changes(name, rows))
    table = naive.strikes(mine, 500.0, FLOOR)
    twin = naive.levels(table, 500.0)
    for side in ("call", "put"):
        for wall in (f"{side}_wall", f"{side}_wall_otm"):
            shown = found[f"live_{wall}"]
            assert (shown is None) == (twin[wall] is None)
            if shown is not None:
                best = table[twin[wall]][f"{side}_gex"]
                assert table[shown][f"{side}_gex"] == pytest.approx(best, rel=1e-9)
    assert found["live_max_pain"] == naive.max_pain(mine, 500.0)
    flip, status = found["live_gamma_flip"], found["gamma_flip_status"]
    assert (flip is None) == (status != "available")


@given(asked())
def test_the_answers_agree(question):
    name, expiry = question
    found = every(question)
    live, risk = found["live"], found["dealer-risk"]
    assert live["live_gex"] == found["summary"]["live_gex"]
    assert live["live_gex"] == found["gex"]["live_net_gex"] == risk["live_net_gex"]
    assert live["live_gex_delta"] == found["dex"]["live_net_dex"] == risk["live_net_dex"]
    shared = found["levels"].keys() & live.keys()
    assert {"live_call_wall", "live_put_wall", "live_max_pain"} < shared
    assert {key: live[key] for key in shared} == {k: found["levels"][k] for k in shared}
    assert live["live_gamma_flip"] == found["gex"]["live_gamma_flip"]
    assert live["gamma_flip_status"] == found["gex"]["gamma_flip_status"]
    assert live["live_pin_risk"] == found["pin-risk"]["live_pin_risk"]
    assert live["contracts"] == found["oi"]["contracts_total"]
    for key in ("official_oi", "simulated_oi", "effective_oi", "oi_delta_confidence"):
        assert live[key] == found["oi"][key]
    for reply in (live, found["summary"], found["oi"]):
        assert reply["intraday_oi_delta"] == found["oi"]["intraday_oi_delta"]
        assert reply["contracts_with_flow"] == risk["contracts_with_flow"]
    nested = live["flow_adjusted_dealer_risk"]
    assert nested == {key: risk[key] for key in nested}
    assert risk.keys() - nested.keys() == {
        "symbol", "as_of", "underlying_price", "expiry", "contracts_with_flow",
    }  # fmt: skip
    assert found["summary"]["flow_gex_pct_shift"] == risk["flow_gex_pct_shift"]
    heads = {(reply["symbol"], reply["as_of"], reply["expiry"]) for reply in found.values()}
    assert heads == {("SPX", live["as_of"], None if expiry is None else f"{expiry}")}
    assert "underlying_price" not in found["oi"]
    spots = {reply["underlying_price"] for key, reply in found.items() if key != "oi"}
    assert spots == {strikes.gex(name, GexQuery(expiration=expiry)).underlying_price}


@given(asked())
def test_settled_is_what_the_exposures_say(question):
    name, expiry = question
    risk = every(question)["dealer-risk"]
    gex = strikes.gex(name, GexQuery(expiration=expiry))
    dex = strikes.dex(name, ExposureQuery(expiration=expiry))
    assert risk["settled_net_gex"] == gex.net_gex
    assert risk["settled_net_dex"] == dex.net_dex


@given(asked())
def test_without_a_print_the_live_book_is_the_settled_one(question):
    name, expiry = question
    quiet = view(name.settled_chain(), as_of_ns=name.as_of_ns)
    found = every((quiet, expiry))
    gex = body(strikes.gex(quiet, GexQuery(expiration=expiry)))
    assert found["gex"]["strikes"] == gex["strikes"]
    assert found["gex"]["live_gamma_flip"] == gex["gamma_flip"]
    assert found["summary"]["flow_direction"] == "no_flow"
    assert found["summary"]["flow_gex_pct_shift"] in {0.0, None}
    assert found["oi"]["effective_oi"] == found["oi"]["official_oi"]
    if expiry is None:
        shown = exposure.levels(quiet).levels
        assert found["levels"]["live_call_wall"] == shown.call_wall
        assert found["levels"]["live_put_wall"] == shown.put_wall
        assert found["levels"]["live_max_pain_front"] == shown.max_pain_front


@given(asked())
def test_what_the_chain_does_not_list_counts_nowhere(question):
    name, expiry = question
    chain = name.settled_chain()
    listed_places = set(chain.analysed.chain.contract.tolist())
    told = name.standing
    kept = {
        place: (*told.volume[at].tolist(), int(told.proven[at]), int(told.oi[at]))
        for at, place in enumerate(told.contract.tolist())
        if place in listed_places
    }
    assert len(kept) < len(told.contract)
    only = view(chain, kept, as_of_ns=name.as_of_ns, options=name.options)
    assert every((only, expiry)) == every(question)


@given(asked())
def test_expiries_add_up_to_the_chain(question):
    name, _ = question
    whole = every((name, None))
    parts = []
    for expiry in listed(name):
        try:
            query = FlowQuery(expiry=expiry)
            parts.append((flow.flow_oi(name, query), flow.flow_gex(name, query)))
        except NoData:
            # an expiry of which nothing counts may hold open interest all the same
            return
    for key in ("official_oi", "simulated_oi", "effective_oi", "contracts_with_flow"):
        assert sum(getattr(oi, key) for oi, _ in parts) == whole["oi"][key]
    rows = sum(len(gex.strikes) for _, gex in parts)
    net = sum(gex.live_net_gex for _, gex in parts)
    assert net == pytest.approx(whole["gex"]["live_net_gex"], abs=0.02 * rows)


@given(asked())
def test_pin_risk_is_made_of_its_published_parts(question):
    found = every(question)["pin-risk"]
    parts = found["breakdown"]
    for part in (*parts.values(), found["live_pin_risk"]):
        assert isinstance(part, int)
        assert 0 <= part <= 100
    weighted = (
        30 * parts["oi_score"]
        + 25 * parts["proximity_score"]
        + 25 * parts["time_score"]
        + 20 * parts["gamma_score"]
    )
    # round half up
    assert found["live_pin_risk"] == (weighted + 50) // 100


@given(asked())
def test_the_magnet_and_the_parts_about_it(question):
    name, expiry = question
    found, rows = every(question), unexpired(name, expiry)
    pin, parts = found["pin-risk"], found["pin-risk"]["breakdown"]
    twin = naive.strikes(held(name, rows, changes(name, rows)), 500.0, FLOOR)
    nets = {strike: abs(row["net_gex"]) for strike, row in twin.items()}
    if pin["magnet_strike"] is None:
        assert max(nets.values()) == 0
        assert pin["distance_to_magnet_pct"] is None
        assert parts["oi_score"] == parts["proximity_score"] == parts["gamma_score"] == 0
        return
    magnet = pin["magnet_strike"]
    assert nets[magnet] == pytest.approx(max(nets.values()), rel=1e-9)
    away = abs(magnet - 500.0) / 5.0
    assert pin["distance_to_magnet_pct"] == pytest.approx(away, abs=5e-4)
    assert parts["proximity_score"] == pytest.approx(100 * max(0, 1 - away), abs=0.51)
    gamma = nets[magnet] / sum(nets.values()) / 0.35
    assert parts["gamma_score"] == pytest.approx(100 * min(1, gamma), abs=0.51)
    near = {k: row["total_oi"] for k, row in twin.items() if abs(k - 500.0) <= 25.0}
    part = near.get(magnet, 0.0) / (sum(near.values()) or 1.0) / 0.20
    assert parts["oi_score"] == pytest.approx(100 * min(1, part), abs=0.51)


@given(asked())
def test_the_clock_of_pin_risk_is_the_tapes(question):
    name, expiry = question
    found = every(question)["pin-risk"]
    # 15:00 in New York and what has passed since; then a holiday and five sessions
    left = (snapshots.AS_OF + 3_600 * 10**9 - name.as_of_ns) / 3.6e12
    ahead = {"2026-05-21": 0, "2026-05-29": 5}
    nearest = f"{listed(name)[0] if expiry is None else expiry}"
    if nearest in ahead:
        hours = max(0.1, left + 6.5 * ahead[nearest])
        assert found["time_to_close_hours"] == pytest.approx(hours, abs=1e-4)
    time = 100 * max(0, 1 - found["time_to_close_hours"] / 6.5)
    assert found["breakdown"]["time_score"] == pytest.approx(time, abs=0.51)
    assert found["breakdown"]["time_score"] <= 98


def two_contracts(calls, puts):
    """A call and a put of one expiry with open interest, vols told by the feed."""
    chain = snapshots.bare("SPXW", (dt.date(2026, 6, 18),), strikes=[500.0])
    return settled(
        chain._replace(
            vendor_iv=np.full(2, 0.2), open_interest=np.array([calls, puts], np.int64)
        )
    )


def test_the_documented_sample_of_open_interest():
    """16,222,147 official and 12,450 opened."""
    chain = two_contracts(16_222_147, 0)
    place = int(chain.analysed.chain.contract[0])
    name = view(chain, {place: (28_953, 0, 0, 0, 16_222_147)})
    found = ask(name)
    assert (found.official_oi, found.intraday_oi_delta) == (16_222_147, 12_450)
    assert found.simulated_oi == found.effective_oi == 16_234_597
    assert found.oi_delta_confidence == 0.43


def test_the_documented_sample_of_a_clamped_surplus():
    """14,820,000 official, 12,450 opened, 2,650 more closed than there were."""
    chain = two_contracts(14_819_000, 1_000)
    call, put = chain.analysed.chain.contract.tolist()
    traded = {
        call: (37_442, 0, 0, 0, 14_819_000),
        put: (0, 8_488, 0, 0, 1_000),
    }
    found = ask(view(chain, traded, options=UNBOUNDED))
    assert found.intraday_oi_delta == 16_100 - 3_650
    assert found.simulated_oi == 14_832_450
    assert found.effective_oi == 14_835_100
    bounded = ask(view(chain, traded, options=OPTIONS))
    assert bounded.simulated_oi == bounded.effective_oi == 14_820_000 + 16_100 - 1_000


def test_proof_raises_confidence():
    chain = two_contracts(100, 100)
    place = int(chain.analysed.chain.contract[0])
    found = ask(view(chain, {place: (900, 0, 100, 800, 100)}))
    assert found.oi_delta_confidence == 0.8


def test_a_regime_that_turns():
    """Half the calls are sold off: from as many calls as puts and one, to fewer."""
    chain = two_contracts(101, 100)
    place = int(chain.analysed.chain.contract[0])
    name = view(chain, {place: (0, 100, 0, 0, 101)})
    risk = ask(name, answer=flow.dealer_risk)
    assert risk.settled_net_gex > 0 > risk.live_net_gex
    assert risk.flow_direction == "regime_flip"
    assert "turned the sign" in risk.description
    assert ask(name, answer=flow.flow_gex).live_net_gex_label == "negative"
    assert ask(name, answer=flow.flow_oi).simulated_oi == 201 - 43


def test_without_gamma_there_is_no_magnet():
    """As many calls as puts at the only strike: no net gamma anywhere."""
    pin = ask(view(two_contracts(100, 100)), answer=levels.pin_risk)
    assert pin.magnet_strike is pin.distance_to_magnet_pct is None
    assert pin.live_pin_risk == 0
    assert pin.time_to_close_hours == 6.5 * 19 + 1


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=list(ANSWERS))
def test_what_cannot_be_answered_is_not_found(answer):
    name = view(two_contracts(100, 50))
    with pytest.raises(NoData, match="must be one of 2026-06-18, was 2026-07-17"):
        answer(name, FlowQuery(expiry=dt.date(2026, 7, 17)))
    with pytest.raises(NoData, match="no chain of SPX"):
        answer(view(None), FlowQuery())
    with pytest.raises(NoData, match="both a vol and an open interest"):
        answer(view(two_contracts(-1, -1)), FlowQuery())


def test_exposures_stand_still_while_flow_moves():
    """The sign of live gamma turns and nothing settled knows of it."""
    chain = two_contracts(101, 100)
    place = int(chain.analysed.chain.contract[0])
    quiet, busy = view(chain), view(chain, {place: (0, 100, 0, 0, 101)})
    for settled_answer in (exposure.levels, exposure.summary):
        assert body(settled_answer(quiet)) == body(settled_answer(busy))
    query = ExposureQuery()
    assert max_pain.max_pain(quiet, query) == max_pain.max_pain(busy, query)


def test_random_views_are_varied():
    """What the laws above are tried on: every label, and estimates below zero."""
    labels, clamped = set(), 0
    for seed in range(80):
        try:
            found = ask(random_view(seed), answer=flow.flow_live)
        except NoData:
            continue
        labels.add(found.flow_adjusted_dealer_risk.flow_direction.value)
        clamped += found.effective_oi > found.simulated_oi
    assert labels == {"no_flow", "neutral", "amplifying", "dampening", "regime_flip"}
    assert clamped > 3
