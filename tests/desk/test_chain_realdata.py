"""Whole chains of vendors: our vols and deltas beside the ones they wrote."""

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest

from opentape.desk.chain import analyse
from opentape.feeds.chains import read_chain
from opentape.market.calendar import SECOND_NS
from opentape.volatility.options import ChainOptions
from opentape.volatility.slices import Given
from opentape.volatility.surface import Status, solve

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "chains"
FIVE_HOURS = 5 * 3600 * SECOND_NS

pytestmark = pytest.mark.realdata


def cboe(date):
    path = SHARED / "cboe_quotedata" / f"spy_{date}.csv"
    if not path.exists():
        pytest.skip("the recorded chains are not here")
    return read_chain([path]).chain


@pytest.fixture
def goog(tmp_path):
    archive = SHARED / "lean_universes.tar.gz"
    if not archive.exists():
        pytest.skip("the recorded chains are not here")
    with tarfile.open(archive) as inside:
        member = inside.extractfile("lean_universes/goog/20151224.csv")
        assert member is not None
        content = io.BytesIO(member.read())
    path = tmp_path / "goog" / "20151224.csv"
    path.parent.mkdir()
    path.write_bytes(content.getvalue())
    return read_chain([path]).chain


@pytest.mark.parametrize("date", ["2025-05-16", "2025-09-25"])
def test_two_sided_quotes_of_cboe_give_its_vols_and_deltas(date):
    chain = cboe(date)
    surface = solve(chain)
    compared = surface.usable & (chain.vendor_iv > 0)
    vols = np.abs(surface.vol - chain.vendor_iv)[compared]
    deltas = np.abs(surface.greeks.delta - chain.vendor_delta)[compared]
    assert compared.sum() > 1000
    assert np.median(vols) < 0.002
    assert np.median(deltas) < 0.002
    assert np.percentile(deltas, 95) < 0.02
    away = np.log(chain.strike / surface.each(surface.slices.forward))
    ahead = np.maximum(surface.each(surface.slices.years), 0.0)
    near = np.abs(away) < surface.vol * np.sqrt(ahead)
    assert np.percentile(vols[near[compared]], 95) < 0.005


def test_an_evening_clock_is_most_of_the_difference():
    chain = cboe("2025-09-25")
    of_the_close = chain._replace(as_of=chain.as_of - FIVE_HOURS)
    apart = [
        np.nanmedian(np.abs(solve(each).vol - chain.vendor_iv)[chain.vendor_iv > 0])
        for each in (chain, of_the_close)
    ]
    assert apart[1] < 0.5 * apart[0]


def test_an_evening_spot_is_not_that_of_the_quotes():
    reply = analyse(cboe("2025-05-16"))
    assert reply.spot == 589.25
    assert reply.quoted_spot == pytest.approx(594.0, abs=0.5)
    assert reply.expired > 0


def test_a_chain_of_cboe_has_levels():
    levels = analyse(cboe("2025-09-25")).levels
    assert (levels.call_wall, levels.put_wall, levels.max_pain) == (670.0, 655.0, 655.0)
    assert levels.gamma_flip == pytest.approx(667.0, abs=1.0)
    assert levels.gamma_flip_status == "available"
    assert levels.regime == "negative_gamma"


def test_deltas_of_lean_follow_from_its_vols(goog):
    surface = solve(goog)
    told = goog.vendor_iv > 0
    assert ((surface.status == Status.VENDOR) == told).all()
    assert np.median(np.abs(surface.greeks.delta - goog.vendor_delta)[told]) <= 0.005
    lean = solve(goog, ChainOptions(rate=0.01), given=Given(carry=0.0))
    assert np.median(np.abs(lean.greeks.delta - goog.vendor_delta)[told]) <= 0.002
