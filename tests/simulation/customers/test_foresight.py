"""Where the market has an edge, informed customers trade on what comes; others do not."""

import numpy as np
import pytest

import markets
from opentape.simulation.customers.foresight import AHEAD_NS
from opentape.simulation.records import INTENTS

INFORMED = ("directional", "lottery", "zero_dte", "institution")
CALL = 1


def share_right(edge: float) -> dict[bool, float]:
    """How many orders, of the informed and of the others, bet on what then came."""
    day = markets.played(markets.morning(edge=edge), 20_000)
    scene, truth, rows = day.session.scene, day.truth, day.delivered
    _, first = np.unique(truth.parent, return_index=True)
    single = first[(truth.package[first] == 0) & day.prints[first]]
    contract, ts = rows.contract[single], rows.ts_event[single]
    name = scene.listing.block_name[scene.listing.block[contract // 2]]
    now, then = (scene.paths.at(name, at)[0] for at in (ts, ts + AHEAD_NS))
    bets = truth.customer[single] * np.where(contract % 2 == CALL, -1, 1)
    knows = np.isin(np.array(INTENTS)[truth.intent[single]], INFORMED)
    right = (bets == np.sign(then - now))[now != then]
    return {who: float(right[knows[now != then] == who].mean()) for who in (True, False)}


@pytest.mark.parametrize(("edge", "share"), [(0.0, 0.5), (0.4, 0.7), (1.0, 1.0)])
def test_as_many_know_as_was_asked_for(edge: float, share: float) -> None:
    found = share_right(edge)
    assert found[True] == pytest.approx(share, abs=0.05)
    assert found[False] == pytest.approx(0.5, abs=0.05)
