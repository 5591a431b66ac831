"""The answer about a chain: its numbers hang together, and say what they rest on."""

import datetime as dt
import json
import math

import msgspec
import numpy as np
import pytest

import snapshots
from opentape.desk.chain import Question, analyse
from opentape.desk.chain.settle import settle
from opentape.market.calendar import SECOND_NS
from opentape.market.errors import NotFound
from opentape.volatility.options import ChainOptions, Style


def with_interest(chain, seed=3):
    dice = np.random.default_rng(seed)
    near = np.exp(-((chain.strike / chain.spot - 1) ** 2) / 0.005)
    held = (dice.integers(50, 5000, chain.rows) * near).astype(np.int64)
    # calls above the money, puts below it: a flip lies between
    held[chain.put == (chain.strike > chain.spot)] //= 6
    return chain._replace(open_interest=held, volume=held // 3)


@pytest.fixture(scope="module")
def chain():
    return with_interest(snapshots.quoted_chain("SPXW", spread=0.01))


@pytest.fixture(scope="module")
def reply(chain):
    return analyse(chain)


def test_json_has_the_fields_of_the_contract(reply):
    body = json.loads(msgspec.json.encode(reply))
    assert {"symbol", "spot", "as_of", "levels", "expiries", "contracts"} <= body.keys()
    assert {
        "call_wall", "put_wall", "max_pain", "gamma_flip", "gamma_flip_status",
        "net_gex", "net_dex", "net_vex", "net_chex",
    } <= body["levels"].keys()  # fmt: skip
    assert {"expiry", "dte", "forward", "atm_iv", "svi"} <= body["expiries"][0].keys()
    assert list(body["expiries"][0]["svi"]) == ["a", "b", "rho", "m", "sigma"]
    assert {
        "root", "expiry", "strike", "right", "bid", "ask", "mid", "open_interest",
        "volume", "iv", "delta", "gamma", "theta", "vega", "rho",
    } <= body["contracts"][0].keys()  # fmt: skip
    assert body["as_of"] == "2026-05-21T19:00:00.000000Z"


def counted(reply):
    return [r for r in reply.contracts if r.delta is not None and r.quote != "wide"]


def test_the_exposures_are_those_of_the_contracts_shown(reply):
    spot, gex, dex = reply.spot, 0.0, 0.0
    for row in counted(reply):
        sign = 1 if row.right == "C" else -1
        gex += sign * row.gamma * row.open_interest * 100 * spot * spot * 0.01
        dex += row.delta * row.open_interest * 100 * spot
    assert reply.levels.net_gex == pytest.approx(gex, rel=1e-6)
    assert reply.levels.net_dex == pytest.approx(dex, rel=1e-6)


def test_strikes_and_expiries_add_up_to_the_whole(reply):
    net = reply.levels.net_gex
    assert sum(row.net_gex for row in reply.strikes) == pytest.approx(net, abs=1.0)
    assert sum(row.net_gex for row in reply.expiries) == pytest.approx(net, abs=1.0)
    for row in reply.strikes:
        assert row.call_gex >= 0 >= row.put_gex
        assert row.net_gex == pytest.approx(row.call_gex + row.put_gex, abs=0.02)


def test_walls_are_the_strikes_of_most_gex(reply):
    assert reply.levels.call_wall == max(reply.strikes, key=lambda r: r.call_gex).strike
    assert reply.levels.put_wall == min(reply.strikes, key=lambda r: r.put_gex).strike


def test_max_pain_pays_the_least(reply):
    def paid(level):
        return sum(
            max(level - row.strike, 0) * row.call_oi
            + max(row.strike - level, 0) * row.put_oi
            for row in reply.strikes
        )

    assert paid(reply.levels.max_pain) == min(paid(row.strike) for row in reply.strikes)


def test_a_flip_is_there_if_and_only_if_its_status_says_so(reply):
    levels = reply.levels
    assert (levels.gamma_flip is None) == (levels.gamma_flip_status != "available")
    assert levels.gamma_flip is not None
    sides = {True: "positive_gamma", False: "negative_gamma"}
    assert levels.regime == sides[reply.spot >= levels.gamma_flip]
    below, above = (
        np.interp(levels.gamma_flip + step, reply.profile.spots, reply.profile.net_gex)
        for step in (-1.0, 1.0)
    )
    assert below * above < 0


def test_greeks_are_per_day_and_per_vol_point(chain, reply):
    settled = settle([chain])
    row = next(row for row in counted(reply) if row.strike == 500.0 and row.right == "C")
    at = int(np.flatnonzero((chain.strike == 500.0) & ~chain.put)[0])
    assert row.iv == pytest.approx(settled.iv[at], abs=1e-6)
    # an at-the-money call of eight days at 20 %
    until = 8 / 365
    assert row.vega == pytest.approx(500 * math.sqrt(until) * 0.3989 / 100, rel=0.02)
    assert row.theta == pytest.approx(
        -500 * 0.2 * 0.3989 / (2 * math.sqrt(until)) / 365, rel=0.15
    )


def test_one_expiry_alone(chain, reply):
    day = dt.date(2026, 6, 18)
    one = analyse(chain, Question(expiry=day))
    assert {row.expiry for row in one.contracts} == {day}
    assert [row.expiry for row in one.expiries] == [day]
    (same,) = (row for row in reply.expiries if row.expiry == day)
    assert one.levels.net_gex == pytest.approx(same.net_gex, abs=0.01)
    assert one.expiries[0].svi == same.svi
    assert (one.levels.pin_time_score, reply.levels.pin_time_score) == (0, 0)
    assert one.levels.max_pain == same.max_pain


def test_morning_and_afternoon_roots_of_one_date_are_told_apart():
    date = (dt.date(2026, 6, 19),)
    chain = with_interest(snapshots.both_roots(date))
    reply = analyse(chain)
    assert [row.settlement for row in reply.expiries] == ["AM", "PM"]
    apart = [analyse(chain.take(chain.root == root)) for root in ("SPX", "SPXW")]
    for row, alone in zip(reply.expiries, apart, strict=True):
        assert row.net_gex == pytest.approx(alone.levels.net_gex, abs=1.0)
        assert row.max_pain == alone.levels.max_pain
    total = sum(row.net_gex for row in reply.expiries)
    assert total == pytest.approx(reply.levels.net_gex, abs=1.0)


def test_an_expiry_that_is_not_listed_is_named_with_those_that_are(chain):
    with pytest.raises(NotFound, match="2026-05-29, 2026-06-18, 2026-12-18, was 2027"):
        analyse(chain, Question(expiry=dt.date(2027, 1, 15)))


def test_rate_carry_and_style_are_taken_as_given(chain):
    asked = Question(rate=0.01, carry=0.0, style=Style.AMERICAN)
    reply = analyse(chain, asked, options=ChainOptions(rates={"30": 0.2}))
    assert reply.style == "american"
    assert {(row.rate, row.carry, row.carry_from) for row in reply.expiries} == {
        (0.01, 0.0, "given")
    }


def test_after_its_last_expiry_a_chain_has_no_levels(chain):
    reply = analyse(chain._replace(as_of=chain.as_of + 400 * 86_400 * SECOND_NS))
    assert reply.expired == chain.rows
    assert reply.levels.net_gex is None
    assert reply.levels.max_pain is None
    assert reply.levels.gamma_flip is None
    assert reply.levels.pin_risk is None
    assert {row.forward for row in reply.expiries} == {None}
    assert {row.iv_status for row in reply.contracts} == {"expired"}


def test_unknown_open_interest_makes_no_exposure():
    reply = analyse(
        snapshots.quoted_chain("SPXW")._replace(
            open_interest=np.full(246, -1, np.int64), volume=np.full(246, -1, np.int64)
        )
    )
    assert reply.levels.net_gex is None
    assert {row.net_gex for row in reply.expiries} == {None}
    assert reply.levels.gamma_flip_status == "insufficient_quote_quality"
    assert {row.open_interest for row in reply.contracts} == {None}


def test_settling_gives_every_contract_its_marks(chain):
    marks = settle([chain])
    assert marks.contract.tolist() == chain.contract.tolist()
    assert set(marks.spot.tolist()) == {500.0}
    # an hour and eight days; the clocks of New York do not change before
    assert marks.years[0] == pytest.approx((8 + 1 / 24) / 365, abs=1e-12)
    assert settle([]).contract.size == 0


def test_of_two_chains_the_newest_says():
    old = with_interest(snapshots.quoted_chain("SPXW", spread=0.01))
    new = old._replace(as_of=old.as_of + 60 * SECOND_NS, spot=501.0)
    for chains in ([old, new], [new, old]):
        marks = settle(chains)
        assert marks.contract.size == old.rows
        assert set(marks.spot.tolist()) == {501.0}
