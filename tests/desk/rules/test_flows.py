"""Rules about what flow does to dealers' gamma."""

import numpy as np

import names
import snapshots
import views
from opentape.desk.rules.flows import Flows
from opentape.desk.state.market import Market
from watched import NOW, rule, standing

CHAIN = snapshots.quoted_chain("SPY", spread=0.01)
SETTLED = names.settled(CHAIN._replace(open_interest=np.full(CHAIN.rows, 100)))
SECOND = 10**9


def market(bought: int) -> Market:
    """So many calls at the money bought, and puts sold as many."""
    near = np.abs(CHAIN.strike - CHAIN.spot) <= 5
    calls = CHAIN.contract[near & ~CHAIN.put].tolist()
    traded = dict.fromkeys(calls, (bought, 0, 0, 0, 100)) if bought else {}
    return views.market_of(names.view(SETTLED, traded, symbol="SPY"))


DIRECTIONS = {n: market(n).names["SPY"].live().direction for n in (0, 1, 900)}


def test_it_fires_when_the_direction_turns() -> None:
    assert len(set(DIRECTIONS.values())) > 1
    before, after = DIRECTIONS[0], DIRECTIONS[900]
    flows = Flows([rule("flow")], {}, 5.0)
    first = flows.look(market(0), NOW)
    assert ([one.side for one in first.stood], first.firings) == ([before], [])
    assert flows.look(market(900), NOW + SECOND).firings == []
    ((_, _, told),) = flows.look(market(900), NOW + 5 * SECOND).firings
    assert (told.before, told.direction) == (before, after)
    assert flows.look(market(900), NOW + 10 * SECOND).firings == []


def test_only_the_directions_that_are_named() -> None:
    for wanted, count in ((DIRECTIONS[900], 1), (DIRECTIONS[0], 0)):
        flows = Flows([rule("flow", directions=(wanted,))], {}, 0.0)
        kept = standing(flows.look(market(0), NOW))
        again = Flows([rule("flow", directions=(wanted,))], kept, 0.0)
        assert len(again.look(market(900), NOW).firings) == count


def test_where_nothing_is_known_nothing_turns() -> None:
    flows = Flows([rule("flow", symbols=("SPY", "TSLA"))], {}, 0.0)
    flows.look(market(0), NOW)
    nobody = views.market_of(views.name_of(None, symbol="SPY"))
    assert flows.look(nobody, NOW) == ([], [])
    assert len(flows.look(market(900), NOW).firings) == 1
