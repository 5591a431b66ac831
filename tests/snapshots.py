"""Chains made from a known forward and a known smile, for tests that ask for them back."""

import datetime as dt
import math

import numpy as np

from opentape.market.calendar import EPOCH, at_new_york
from opentape.market.chain import UNKNOWN_COUNT, UNKNOWN_TIME, Chain, ordered, years
from opentape.market.contract import Contracts
from opentape.pricing import american, bsm

AS_OF = at_new_york(dt.date(2026, 5, 21), dt.time(15, 0))
EXPIRIES = (dt.date(2026, 5, 29), dt.date(2026, 6, 18), dt.date(2026, 12, 18))
RATE, CARRY, SPOT = 0.045, 0.02, 500.0


def smile(k, until):
    """A skewed smile in ln(strike / forward), steeper for short expiries."""
    x = k / np.sqrt(until)
    return 0.2 - 0.05 * x + 0.03 * x * x / (1.0 + np.abs(x))


def bare(root, expiries=EXPIRIES, strikes=None, spot=SPOT, as_of=AS_OF):
    """Every strike as a call and a put, without quotes."""
    strikes = np.arange(400.0, 605.0, 5.0) if strikes is None else np.asarray(strikes)
    contracts = Contracts()
    days = [(expiry - EPOCH).days for expiry in expiries]
    rows = [(d, k, put) for d in days for k in strikes.tolist() for put in (False, True)]
    place = contracts.intern_columns(
        [root] * len(rows),
        np.array([row[0] for row in rows], np.int64),
        np.array([round(row[1] * 1000) for row in rows], np.int64),
        np.array([row[2] for row in rows], np.bool_),
    )
    unknown = np.full(place.size, np.nan)
    uncounted = np.full(place.size, UNKNOWN_COUNT, np.int64)
    return ordered(
        Chain(
            underlying="SPX" if root.startswith("SPX") else root,
            as_of=as_of,
            spot=spot,
            contracts=contracts,
            contract=place,
            bid=unknown,
            ask=unknown,
            last=unknown,
            bid_size=uncounted,
            ask_size=uncounted,
            volume=uncounted,
            open_interest=np.full(place.size, 100, np.int64),
            ts_quote=np.full(place.size, UNKNOWN_TIME, np.int64),
            vendor_iv=unknown,
            vendor_delta=unknown,
            vendor_gamma=unknown,
        )
    )


def true_vols(chain, rate=RATE, carry=CARRY):
    """The vol that each contract was made with."""
    until = years(chain)
    forward = chain.spot * np.exp((rate - carry) * until)
    return smile(np.log(chain.strike / forward), until)


def quoted_chain(root, *, spread=0.0, rate=RATE, carry=CARRY, **how):
    """A chain whose middles are worth what the smile says; spread as a share of them."""
    chain = bare(root, **how)
    engine = bsm if root.startswith("SPX") else american
    worth = engine.price(
        chain.put, chain.spot, chain.strike, years(chain), rate, carry,
        true_vols(chain, rate, carry),
    )  # fmt: skip
    half = 0.5 * spread * worth
    return chain._replace(bid=worth - half, ask=worth + half)


def forward_of(until, rate=RATE, carry=CARRY, spot=SPOT):
    """The forward that chains are made with."""
    return spot * math.exp((rate - carry) * until)


def both_roots(expiries):
    """SPX, settled in the morning, and SPXW, in the afternoon, with the feed's vols."""
    morning, afternoon = bare("SPX", expiries), bare("SPXW", expiries)
    place = morning.contracts.intern_columns(
        ["SPXW"] * afternoon.rows,
        afternoon.expiry_day,
        (afternoon.strike * 1000).astype(np.int64),
        afternoon.put,
    )
    columns = {
        name: np.concatenate([getattr(morning, name), getattr(afternoon, name)])
        for name in morning._fields[4:]
    } | {"contract": np.concatenate([morning.contract, place])}
    chain = ordered(morning._replace(**columns))
    return chain._replace(vendor_iv=np.full(chain.rows, 0.2))
