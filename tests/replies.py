"""Answers about a chain, made by hand: what a command would be given to draw."""

import datetime as dt
import math
from collections import Counter

import numpy as np

from opentape.desk.chain.reply import (
    ChainReply,
    ContractRow,
    ExpiryRow,
    Levels,
    ProfileRow,
    StrikeRow,
    SviRow,
    TermRow,
)

SPOT = 652.3
TODAY = dt.date(2026, 9, 16)
DAYS = (0, 1, 2, 5, 7, 9, 16, 30, 65, 121, 303)
STRIKES = np.arange(560.0, 741.0, 2.0)


def normal(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2))


def reply() -> ChainReply:
    """A chain with levels, smiles and open interest that look like those of an ETF."""
    rng = np.random.default_rng(5)
    contracts = [row for days in DAYS for row in _contracts(days, rng)]
    strikes = tuple(_strike(strike, contracts) for strike in STRIKES)
    call_wall = max(strikes, key=lambda row: row.call_gex).strike
    put_wall = min(strikes, key=lambda row: row.put_gex).strike
    spots = np.linspace(SPOT * 0.8, SPOT * 1.2, 161)
    net = 3.1e9 * np.tanh((spots - 648.4) / 9) * np.exp(-(((spots - 655) / 40) ** 2))
    return ChainReply(
        symbol="SPY",
        spot=SPOT,
        quoted_spot=SPOT,
        as_of="2026-09-16T19:30:00.000000Z",
        style="american",
        levels=levels(call_wall, put_wall, sum(row.net_gex for row in strikes)),
        term=TermRow(
            iv_7d=0.131,
            iv_30d=0.146,
            iv_90d=0.163,
            near_slope_pct=11.45,
            far_slope_pct=11.6,
        ),
        expiries=tuple(_expiry(days, contracts) for days in DAYS),
        contracts=tuple(contracts),
        strikes=strikes,
        profile=ProfileRow(spots=tuple(spots.tolist()), net_gex=tuple(net.tolist())),
        quotes=dict(Counter(row.quote for row in contracts)),
        ivs=dict(Counter(row.iv_status for row in contracts)),
        expired=0,
    )


def levels(call_wall: float, put_wall: float, net_gex: float) -> Levels:
    return Levels(
        call_wall=call_wall,
        put_wall=put_wall,
        max_pain=650.0,
        gamma_flip=648.4,
        gamma_flip_status="available",
        net_gex=net_gex,
        net_dex=-4.51e10,
        net_vex=3.2e8,
        net_chex=-1.27e9,
        net_dag=9.9e8,
        regime="positive_gamma",
        gamma_flip_legacy=646.0,
        flip_crossings=(648.4,),
        call_wall_strength=0.21,
        put_wall_strength=0.18,
        call_wall_otm=call_wall,
        put_wall_otm=put_wall,
        max_pain_front=652.0,
        highest_oi_strike=600.0,
        zero_dte_magnet=652.0,
        pin_risk=64,
        pin_oi_score=58,
        pin_proximity_score=95,
        pin_time_score=85,
        pin_gamma_score=12,
    )


def _vol(days: int, strike: float) -> float:
    k = math.log(strike / SPOT) / math.sqrt(max(days, 0.3) / 30)
    return 0.13 + 0.02 * math.log1p(days / 30) - 0.12 * k + 0.25 * k * k


def _contracts(days: int, rng: np.random.Generator) -> list[ContractRow]:
    years = (days + 0.02) / 365
    rows = []
    for strike in STRIKES.tolist():
        vol = _vol(days, strike)
        spread = vol * math.sqrt(years)
        d1 = math.log(SPOT / strike) / spread + spread / 2
        density = math.exp(-d1 * d1 / 2) / math.sqrt(2 * math.pi)
        gamma = density / (SPOT * spread)
        near = math.exp(-(((strike - SPOT) / 30) ** 2)) * (5 if strike % 10 == 0 else 1)
        for right in "CP":
            delta = normal(d1) - (right == "P")
            call = SPOT * normal(d1) - strike * normal(d1 - spread)
            mid = max(call - (SPOT - strike) * (right == "P"), 0.0)
            quoted = mid > 0.02
            held = rng.pareto(2.0) * 900 * near * (1.3 if right == "P" else 1.0)
            rows.append(
                ContractRow(
                    root="SPY",
                    expiry=TODAY + dt.timedelta(days),
                    strike=strike,
                    right=right,
                    bid=round(mid * 0.98, 2) if quoted else 0.0,
                    ask=round(mid * 1.02 + 0.01, 2),
                    mid=mid if quoted else None,
                    open_interest=int(held),
                    volume=int(held * rng.random()),
                    iv=vol + float(rng.normal(0, 0.002)) if quoted else None,
                    delta=delta if quoted else None,
                    gamma=gamma if quoted else None,
                    theta=-0.1 if quoted else None,
                    vega=0.2 if quoted else None,
                    rho=0.1 if quoted else None,
                    quote="two_sided" if quoted else "one_sided",
                    iv_status="solved" if quoted else "one_sided",
                )
            )
    return rows


def _strike(strike: float, contracts: list[ContractRow]) -> StrikeRow:
    here = [row for row in contracts if row.strike == strike]
    calls, puts = ([r for r in here if r.right == right] for right in "CP")
    unit = 100 * SPOT**2 * 0.01
    call_gex = sum((r.gamma or 0) * (r.open_interest or 0) for r in calls) * unit
    put_gex = -sum((r.gamma or 0) * (r.open_interest or 0) for r in puts) * unit
    return StrikeRow(
        strike=strike,
        call_gex=call_gex,
        put_gex=put_gex,
        net_gex=call_gex + put_gex,
        call_oi=sum(r.open_interest or 0 for r in calls),
        put_oi=sum(r.open_interest or 0 for r in puts),
        call_volume=sum(r.volume or 0 for r in calls),
        put_volume=sum(r.volume or 0 for r in puts),
    )


def _expiry(days: int, contracts: list[ContractRow]) -> ExpiryRow:
    date = TODAY + dt.timedelta(days)
    here = [row for row in contracts if row.expiry == date]
    years = (days + 0.02) / 365
    atm = _vol(days, SPOT)
    return ExpiryRow(
        expiry=date,
        dte=days,
        settlement="PM",
        years=years,
        forward=SPOT * math.exp(0.03 * years),
        rate=0.043,
        carry=0.013,
        carry_from="parity",
        atm_iv=atm,
        put_25d_iv=atm + 0.02,
        call_25d_iv=atm - 0.01,
        put_10d_iv=atm + 0.05,
        call_10d_iv=atm - 0.015,
        skew_25d=0.03,
        expected_move=SPOT * atm * math.sqrt(years),
        svi=_svi(days, years),
        svi_status="fitted",
        contracts=len(here),
        solved=sum(row.iv is not None for row in here),
        call_oi=sum(row.open_interest or 0 for row in here if row.right == "C"),
        put_oi=sum(row.open_interest or 0 for row in here if row.right == "P"),
        max_pain=650.0,
        net_gex=1.2e8,
    )


def _svi(days: int, years: float) -> SviRow:
    """Raw SVI through the smile at five places, near enough to look like a fit."""
    k = np.linspace(-0.1, 0.08, 37)
    w = np.array([_vol(days, SPOT * math.exp(x)) ** 2 * years for x in k])
    best = None
    for m in np.linspace(-0.1, 0.1, 41):
        for sigma in (0.01, 0.03, 0.1, 0.2):
            root = np.sqrt((k - m) ** 2 + sigma**2)
            columns = np.stack([np.ones_like(k), k - m, root], axis=1)
            x, *_ = np.linalg.lstsq(columns, w, rcond=None)
            error = float(((columns @ x - w) ** 2).sum())
            if x[2] > abs(x[1]) and (best is None or error < best[0]):
                best = (error, x, m, sigma)
    if best is None:
        return SviRow(a=atm_variance(days, years), b=0.0, rho=0.0, m=0.0, sigma=0.1)
    _, x, m, sigma = best
    return SviRow(
        a=float(x[0]), b=float(x[2]), rho=float(x[1] / x[2]), m=float(m), sigma=sigma
    )


def atm_variance(days: int, years: float) -> float:
    return _vol(days, SPOT) ** 2 * years
