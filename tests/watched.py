"""Rules, and views of a market that they look at."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

import names
import snapshots
import views
from opentape.desk.rules.rule import Found, Rule, RuleKind, Stood
from opentape.desk.state.market import Market
from opentape.desk.state.name import Name
from opentape.desk.state.settled import SettledChain
from opentape.flow.raw.views import Quote, Series, StockView

NOW = 1_779_379_092 * 10**9
MINUTE = 60 * 10**9
NO_SERIES = Series(np.zeros(0), np.zeros(0), 0)


def rule(kind: str, rule_id: str = "rule_1", **given: Any) -> Rule:
    usual = {"id": rule_id, "key_id": "owner", "kind": RuleKind(kind), "created_ns": 0}
    return msgspec.convert(usual | {"symbols": ("SPY",)} | given, Rule)


def standing(found: Found, before: Mapping | None = None) -> dict[tuple[str, str], Stood]:
    """How rules stand after what was found."""
    return {**(before or {})} | {(one.rule_id, one.symbol): one for one in found.stood}


def priced(price: float | None, name: Name | None = None, symbol: str = "SPY") -> Name:
    """An underlying that traded at a price, or did not."""
    name = name or views.name_of(None, symbol=symbol)
    if price is None:
        return name
    quote = Quote(NOW, price, None, None, 0, 0)
    stock = StockView(NO_SERIES, NO_SERIES, np.zeros(0), np.zeros(0), quote)
    return dataclasses.replace(name, stock=stock)


def at(price: float | None, symbol: str = "SPY") -> Market:
    """A market of one stock."""
    return views.market_of(priced(price, symbol=symbol))


def walled(call: float, put: float) -> SettledChain:
    """A chain with its walls at two strikes."""
    chain = snapshots.quoted_chain("SPY", spread=0.01)
    held = np.full(chain.rows, 10)
    held[(chain.strike == call) & ~chain.put] = 50_000
    held[(chain.strike == put) & chain.put] = 50_000
    return names.settled(chain._replace(open_interest=held))


def within(chain: SettledChain | None, price: float) -> Market:
    """A market of one stock with a settled chain."""
    name = names.view(chain, symbol="SPY")
    return views.market_of(priced(price, name))
