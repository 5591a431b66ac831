"""The evidence of one signal of today."""

from opentape.desk.explain import Explanation, explain
from opentape.desk.replay import Settled
from opentape.desk.state.market import Market
from opentape.flow.judge.spell import identities
from opentape.market.errors import NotFound


def evidence(market: Market, symbol: str, signal_id: str) -> Explanation:
    """Return prints, contract state and arithmetic behind a signal.

    Raises
    ------
    NotFound
        If the underlying has no signal of this id today.
    """
    name = market.name(symbol)
    # an id that names nothing must not name a new contract either
    if market.tape is None or signal_id not in identities(name.judged, name.contracts):
        raise NotFound(f"no signal of {name.symbol} has the id {signal_id[:96]!r} today")
    chain = name.standing_chain
    settled = Settled(market.tape.open_interest, chain and chain.marks)
    return explain(market.tape, signal_id, settled=settled, options=name.options)
